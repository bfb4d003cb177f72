/**
 * The words of the design as types: what a sync is, what we remember of a record, what we see of it
 * now, and what we decide. Pure data; nothing here does anything.
 *
 *                 shadow (c, r)  ·  what both last agreed on
 *                /                                         \
 *   CRM side: c' seen now                       app side: r' seen now
 *                \                                         /
 *                 merge → writes for either end, new pairs, parked fields, reasons
 */
import type { FieldType, Json, Value } from './value.ts';

declare const brand: unique symbol;
/** A CRM primary key in its canonical text form (composite keys: a JSON array of texts). */
export type CrmKey = string & { readonly [brand]: 'CrmKey' };
/** The app's own durable id of a record (Mailchimp: `contact_id`). */
export type RemoteId = string & { readonly [brand]: 'RemoteId' };

export type End = 'crm' | 'app';
export type Owner = End | 'shared';
export type Policy = 'crm' | 'app' | 'newest' | 'union' | 'manual';

/**
 * What a field is *for*, which decides how its changes travel:
 * `match` names the person (a change is a rename), `consent` obeys §consent instead of its owner,
 * `set` is written as additions and removals, `plain` is everything else.
 */
export type FieldRole = 'match' | 'consent' | 'set' | 'plain';

/** A value made of a row: of its columns as the CRM shows them. May throw: then the value cannot be used. */
export type ComputeValue = (row: Readonly<Record<string, Json>>) => Json | Date | undefined;

export interface FieldSpec {
  /** The CRM column; of a computed field its name, which is that of no mapped column. */
  readonly column: string;
  /** The app's path, e.g. `merge_fields.FNAME`. */
  readonly path: string;
  readonly type: FieldType;
  readonly owner: Owner;
  readonly onConflict: Policy;
  readonly role: FieldRole;
  /** At first meeting an empty value of the owner erases the other end's value. @default false */
  readonly adoptEmpty: boolean;
  /** (column, path, type): the name under which the pair is stored, so that a re-mapped field finds no foreign base. */
  readonly fingerprint: string;
  /** Only a keyed digest of its values is kept. */
  readonly pii?: 'digest';
  /** Computed: no column is behind it. The CRM owns it, and it is never written there. */
  readonly compute?: ComputeValue;
  /** The app shows it and has no way to be told. */
  readonly isReadOnly?: true;
}

export type OnCrmDelete = 'archive' | 'delete' | 'leave';
export type OnAppDelete = 'mark' | 'delete' | 'recreate' | 'leave';

export interface SyncSpec {
  /** `<table>-<app>` unless named; the prefix of everything this sync stores. */
  readonly name: string;
  readonly fields: readonly FieldSpec[];
  /** Where records without a partner are created. */
  readonly create: { readonly inApp: boolean; readonly inCrm: boolean };
  readonly onCrmDelete: OnCrmDelete;
  readonly onAppDelete: OnAppDelete;
  /** The column `onAppDelete: 'mark'` sets and the value it sets. */
  readonly mark: { readonly column: string; readonly value: string } | null;
}

/** What one end holds of a record. `excluded`: the CRM row exists but its filter says it is not for this app. */
export type CrmExistence = 'present' | 'excluded' | 'absent';
export type AppExistence = 'present' | 'archived' | 'absent';

/**
 * One end of a record as observed, parsed. A field missing from `fields` was not observed (the app's
 * answer did not carry it, or it could not be parsed: then `broken` says why).
 */
export interface SideOf<E> {
  readonly existence: E;
  /** By field fingerprint. */
  readonly fields: Readonly<Record<string, Value>>;
  /** Fields whose raw value this type cannot hold, by fingerprint, with the reason. */
  readonly broken: Readonly<Record<string, string>>;
  /** When the record last changed at this end, epoch ms, or null when the end cannot say. */
  readonly changedAt: number | null;
  /** When the person last opted in at this end, epoch ms, or null when there is no evidence. */
  readonly optInAt: number | null;
}
/** `undecided`: why the filter could not say whether the row is for the app. Nothing is judged by it then. */
export type CrmSide = SideOf<CrmExistence> & { readonly undecided?: string };
export type AppSide = SideOf<AppExistence>;

/** The last agreed values of one field: the CRM's and the app's. They differ when an end rewrites what it is given. */
export interface Pair {
  readonly c: Value;
  readonly r: Value;
  /** Which end rewrote the value when the pair is not equivalent. Unset on an equivalent pair. */
  readonly rewrittenBy?: End;
  /** A person dropped what a brake held: the halves differ in peace until either end changes. */
  readonly dropped?: true;
}

export interface ExistencePair {
  readonly c: CrmExistence;
  readonly r: AppExistence;
  /** A person dropped what a brake held: it stays so until either end shows something else. */
  readonly dropped?: true;
}

/** The base of the merge: per field the pair, and existence as one more pair. */
export interface Shadow {
  readonly existence: ExistencePair;
  /** By fingerprint. No pair = first meeting of that field. */
  readonly pairs: Readonly<Record<string, Pair>>;
}

/**
 * What we were about to write when we last wrote, noted before writing. A value found later that
 * equals it is ours, not an edit (protocol trap "half-finished write").
 */
export interface Intent {
  readonly at: number;
  /** Values on their way to the app / to the CRM, by fingerprint. */
  readonly toApp: Readonly<Record<string, Value>>;
  readonly toCrm: Readonly<Record<string, Value>>;
  /** A create, removal or revival on its way to `end`, and the existence pair it will make. */
  readonly existence: { readonly end: End; readonly to: Shadow['existence'] } | null;
}

/** Memory of a field whose writes keep being undone: three reverts in a day are a fight. */
export interface FightMemory {
  /** Digest of the value that was there before we wrote; marked once its return was counted. */
  readonly before: string;
  readonly reverts: number;
  readonly since: number;
}

export type ParkedKind =
  /** Both ends changed it and the policy leaves the choice to a person. */
  | 'conflict'
  /** An end keeps undoing our writes. */
  | 'fight'
  /** Consent was loosened without proof. */
  | 'consent'
  /** An end refused the value. */
  | 'rejected'
  /** An end shows what the field's type cannot hold. */
  | 'unreadable'
  /** Another record stands in the way. */
  | 'blocked'
  /** The time of a change is not known yet. */
  | 'waiting';

/** Why a field is out of traffic. Values are kept so that a person sees what they decide about. */
export interface ParkedField {
  readonly kind: ParkedKind;
  readonly crm: Value;
  readonly app: Value;
  readonly base: Pair | null;
  readonly reason: string;
  readonly at: number;
  /** The record that stands in the way; when it moves, this one is looked at again. */
  readonly blockedBy?: CrmKey;
}

/** Why a whole record is out of traffic. */
export type Parking =
  | {
      readonly kind: 'waiting';
      readonly until: number;
      readonly attempts: number;
      readonly reason: string;
    }
  | {
      readonly kind: 'quarantined';
      readonly reason: string;
      /** When it was refused first. */
      readonly at: number;
      /** How often it was refused for this reason, and when last; missing: once. */
      readonly attempts?: number;
      readonly lastAt?: number;
      readonly blockedBy?: string;
      /** Records of the app with one match value: each may be this person's, and nobody can tell which. */
      readonly among?: readonly RemoteId[];
    };

/** One thing a judgement would do at one end. */
export type DeedKind =
  | 'create-app'
  | 'create-crm'
  | 'revive-app'
  | 'archive-app'
  | 'delete-app'
  | 'delete-crm'
  | 'mark-crm'
  | 'unsubscribe-app'
  | 'unsubscribe-crm'
  | 'refuse-app'
  | 'refuse-crm'
  | 'subscribe-app'
  | 'subscribe-crm'
  | 'write-app'
  | 'write-crm';

export interface Deed {
  readonly kind: DeedKind;
  /** The field's column; null for deeds that are one with the record. */
  readonly column: string | null;
}

/** How far a deed can be undone: what brakes tell apart. */
export type BrakeClass =
  | 'delete'
  | 'unsubscribe'
  | 'archive'
  | 'refuse'
  | 'subscribe'
  | 'create'
  | 'overwrite';

/** What was judged and not carried out. Judged anew at each look, so it is never out of date for long. */
export interface Withheld {
  /** `mode`: the sync only looks. `brake`: too much of it at once; it waits for a person. */
  readonly by: 'mode' | 'brake';
  readonly deeds: readonly Deed[];
  /** `brake`: of each deed a digest of what it would write, so that a person’s word is for that and nothing else. */
  readonly values?: readonly string[];
  readonly reason: string;
  readonly at: number;
  /** The run in which it was last judged; `brake`: in which it was first held. */
  readonly run: string | null;
}

/** What an app that shows nobody was told of a record: our memory is all there is to compare with. */
export interface LedgerEntry {
  /** Identifiers the app may hold: each enters before it is sent, and leaves after its removal was acknowledged. */
  readonly ids: readonly string[];
  /** Digest of the row the app has acknowledged; null: a write is on its way, and all of it is sent again. */
  readonly row: string | null;
}

/** A record that was judged after the sync had lost its place. In doubt: it has not come to rest since. */
export interface Adopted {
  readonly number: number;
  readonly isInDoubt: boolean;
}

/** Everything we remember of one record of one sync. */
export interface RecordState {
  readonly key: CrmKey;
  /** The partner in the app; null while our create has not told us its id yet. */
  readonly remoteId: RemoteId | null;
  /** A planned link proves no delete: one end has not been made yet. */
  readonly link: 'planned' | 'linked';
  readonly shadow: Shadow | null;
  readonly intent: Intent | null;
  /** By fingerprint. */
  readonly parked: Readonly<Record<string, ParkedField>>;
  readonly parking: Parking | null;
  /** By end and fingerprint. */
  readonly fights: Readonly<Record<string, FightMemory>>;
  /** When the person last withdrew consent as far as we saw, epoch ms. */
  readonly withdrawnAt: number | null;
  /** When our last write of this record (or its intent) ended, epoch ms: the fence. */
  readonly wroteAt: number | null;
  /** The newest version of the app's record an accepted observation carried. */
  readonly appVersion: number | null;
  /** We took the app's record out ourselves, so we may bring it back: an archived one revived, a deleted one made anew. */
  readonly archivedByUs: boolean;
  /** Set when the record was deleted or erased: nothing that began before it re-creates the record. */
  readonly deletedAt: number | null;
  readonly withheld: Withheld | null;
  /** Brakes that let its deeds through which are not carried out yet: a second try is not counted again. */
  readonly passed: readonly BrakeClass[];
  /** The last late return of a field (see retirement.ts) this record has heard of. */
  readonly renewal: number;
  /** The last adoption (see adoption.ts) this record has met; missing: none. */
  readonly adopted?: Adopted;
  /** Only where the app shows nobody, and only while it may hold something of the record. */
  readonly ledger: LedgerEntry | null;
}

/** One judgement about one field (or about existence, `field: null`), with its reason as data. */
export interface Decision {
  readonly field: string | null;
  readonly action: Action;
  readonly reason: Reason;
  /** What the end that is written showed; of a parked field the CRM's value. */
  readonly before?: Value;
  /** What it shall hold, which the other end holds or gets too; of a parked field the app's value. */
  readonly after?: Value;
  /** What both had last agreed on; left out where nothing was. */
  readonly base?: Pair;
}

export type Action =
  | 'agree'
  | 'write-app'
  | 'write-crm'
  | 'write-both'
  | 'park'
  | 'wait'
  | 'create-app'
  | 'create-crm'
  | 'archive-app'
  | 'delete-app'
  | 'revive-app'
  | 'delete-crm'
  | 'mark-crm'
  | 'leave';

/** Why, as data: `rule` is a row of SPEC.md's tables, `text` the sentence a person reads. */
export interface Reason {
  readonly rule: string;
  readonly text: string;
}
