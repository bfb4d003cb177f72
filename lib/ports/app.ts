/** An app as the flow sees it. One folder per app under lib/connectors/ satisfies this port. */
import type { AppExistence, CrmKey, RemoteId } from '../engine/model.ts';
import type { Json, Value } from '../engine/value.ts';
import type { Budget } from './clock.ts';
import type { Ledger } from './ledger.ts';
import type { Outcome, Failure } from './outcome.ts';

/** What an app said about one record, before judgement. */
export interface AppObservation {
  /** Null in answers that do not name the record's durable id. */
  readonly remoteId: RemoteId | null;
  readonly existence: AppExistence;
  /** Raw values by app path. A path that is missing was not observed. */
  readonly raw: Readonly<Record<string, Json>>;
  /** The app's version of the record (Mailchimp: `last_changed`, epoch ms), or null. */
  readonly version: number | null;
  /** When the person last opted in, epoch ms (Mailchimp: `timestamp_opt`), or null. */
  readonly optInAt: number | null;
  /** When the call that saw this began, epoch ms of our clock. */
  readonly beganAt: number;
}

/** One page of a walk through the app's changes. `cursor` is opaque to the flow, JSON, at most 1 kB. */
export interface PullPage {
  readonly observations: readonly AppObservation[];
  readonly cursor: Json;
  /** The walk has reached the present; the next pull goes on from `cursor`. */
  readonly done: boolean;
}

/** How to find a record: by its durable id, or by its match value while we have no id. */
export interface FetchTarget {
  readonly remoteId: RemoteId | null;
  readonly match: string | null;
  /** Our own key of it, for apps in which a create plants that; counts while we have no id. */
  readonly key?: CrmKey;
}

/** A create of the app's record with all mapped values. Must not overwrite a record that exists: `exists`. */
export interface CreateCommand {
  readonly kind: 'create';
  readonly key: CrmKey;
  /** By app path, the match value among them; the consent path holds the merged consent. */
  readonly fields: Readonly<Record<string, Value>>;
}

/** By app path, what the app showed when both ends last agreed: a value that stands there still may be replaced. */
export type AgreedValues = Readonly<Record<string, Value>>;

/** Profile values of one record. Never carries consent, tags or the match value. */
export interface UpdateCommand {
  readonly kind: 'update';
  readonly key: CrmKey;
  readonly remoteId: RemoteId;
  /** The match value the app last showed (r), for bulk calls addressed by it. */
  readonly match: string | null;
  readonly fields: Readonly<Record<string, Value>>;
  readonly agreed?: AgreedValues;
  /** All fields are CRM-owned and no rename is pending: a bulk call may carry it. */
  readonly bulk: boolean;
}

/** One operation on the durable id: the record's match value changes, the record stays. */
export interface RenameCommand {
  readonly kind: 'rename';
  readonly key: CrmKey;
  readonly remoteId: RemoteId;
  readonly path: string;
  readonly to: string;
  readonly agreed?: AgreedValues;
}

export interface ConsentCommand {
  readonly kind: 'consent';
  readonly key: CrmKey;
  readonly remoteId: RemoteId;
  readonly path: string;
  /** A word of consent; true or false where the field is a yes or no (`optOut()`). */
  readonly to: string | boolean;
}

export interface TagsCommand {
  readonly kind: 'tags';
  readonly key: CrmKey;
  readonly remoteId: RemoteId;
  readonly path: string;
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** Takes the record out of the app: `archive` can be revived, `delete` cannot. */
export interface RemoveCommand {
  readonly kind: 'archive' | 'delete';
  readonly key: CrmKey;
  readonly remoteId: RemoteId;
}

/** Brings back a record we archived ourselves, with the merged consent and all mapped values. */
export interface ReviveCommand {
  readonly kind: 'revive';
  readonly key: CrmKey;
  readonly remoteId: RemoteId;
  readonly fields: Readonly<Record<string, Value>>;
}

export type AppCommand =
  | CreateCommand
  | UpdateCommand
  | RenameCommand
  | ConsentCommand
  | TagsCommand
  | RemoveCommand
  | ReviveCommand;

export type AppOutcome =
  /** `observed` is the record after the write when the answer carries it, else null (bulk answers without ids carry what they show). */
  | { readonly kind: 'applied'; readonly observed: AppObservation | null; readonly beganAt: number }
  /** create: a record with this match value is already there. Look and match. rename: the new value belongs to another record. */
  | { readonly kind: 'exists'; readonly reason: string }
  /** A bulk update made a second record because the address it named had been renamed away; the flow repairs it. */
  | { readonly kind: 'duplicated'; readonly duplicate: FetchTarget; readonly reason: string }
  /** The record is not there any more. */
  | { readonly kind: 'gone'; readonly reason: string }
  | Failure;

export interface Capabilities {
  /** `time`: a delta by change time. `listing`: only full listings. `none`: write-only. */
  readonly delta: 'time' | 'listing' | 'none';
  /** Observations carry versions, so `newest` may be used. */
  readonly versions: boolean;
  /** The app's longest call, ms: apply's time-out is this plus 30 s. */
  readonly longestCallMs: number;
  /** Calls at once with one credential, over all its syncs; what the account's other tools need is left out. */
  readonly connectionsMax: number;
  /** Creates, or bulk updates, that one call carries: for counting beforehand. @default 1 */
  readonly batchMax?: number;
  /** A call costs the same however many rows it carries: pages grow to this many. @default pages of 500 */
  readonly rowsPerCall?: number;
  /** False: nothing can be archived. What leaves the filter is deleted, and made anew when it comes back. @default true */
  readonly archives?: boolean;
  /** Records worked at once where calls are rationed, so that few are begun that cannot be ended. @default a whole page */
  readonly portionMax?: number;
  /** delta `listing`: how often everything is listed and compared with what was agreed. @default once an hour */
  readonly listEveryMs?: number;
}

/** One object of one app (an audience), for one sync. */
export interface AppReplica {
  /** The configured object's id (an audience), known without a call: the app's half of the pair of ends. */
  readonly object: string;
  readonly capabilities: Capabilities;
  /** Which end this is. A sync that finds another account or object than last time halts. */
  identify(budget: Budget): Promise<Outcome<{ readonly account: string; readonly object: string }>>;
  /** The present, from which `pull` will deliver every later change; taken before the first listing. */
  present(budget: Budget): Promise<Outcome<Json>>;
  /** Changes since the cursor, oldest first. */
  pull(cursor: Json, budget: Budget): Promise<Outcome<PullPage>>;
  /** A number that never falls along the walk, so that the earlier of two `pull` cursors can be told. */
  orderOf(cursor: Json): number;
  /** Our key planted in an id that a create of this installation made, or null. Apps without planted keys lack it. */
  keyOf?(id: RemoteId): CrmKey | null;
  /** All records, from a null cursor. Safe under change: what changes meanwhile is in this walk or in `pull` from `present`. */
  list(cursor: Json, budget: Budget): Promise<Outcome<PullPage>>;
  /** About how many records a `list` will show, where the app can say: progress for people, nothing else. */
  size?(budget: Budget): Promise<Outcome<number>>;
  /** Each target's record now, in the order asked. A record that is not there: existence 'absent'. */
  fetch(
    targets: readonly FetchTarget[],
    budget: Budget,
  ): Promise<readonly Outcome<AppObservation>[]>;
  /** With `delta: 'none'`, and only then: records are told by this, and never asked for. */
  readonly ledger?: Ledger;
  /** One outcome per command, in order. Commands of one record run in order; after a failure the rest of that record's get `retry`. */
  push(commands: readonly AppCommand[], budget: Budget): Promise<readonly AppOutcome[]>;
}

/** A webhook request as the endpoint received it, body already decoded from base64. */
export interface WebhookRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface WebhookSecrets {
  /** Signing secrets that are valid now (more than one during rotation). */
  readonly signing: readonly string[];
  /** The last path segment of unsigned hooks; null when they are not accepted. */
  readonly path: string | null;
}

/** A record that a webhook named. */
export interface RungTarget extends FetchTarget {
  /**
   * What the signed event says it shows, by app path. Never data: it only tells whether looking would tell anything
   * that we do not know already.
   */
  readonly shows?: Readonly<Record<string, Json>>;
}

/** A doorbell names records to look at by match value or remote id; its contents are never data. */
export type Doorbell =
  | { readonly kind: 'ring'; readonly look: readonly RungTarget[] }
  /** The vendor checks that the endpoint answers. */
  | { readonly kind: 'validation' }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string };

export type VerifyWebhook = (
  request: WebhookRequest,
  secrets: WebhookSecrets,
  nowMs: number,
) => Doorbell;
