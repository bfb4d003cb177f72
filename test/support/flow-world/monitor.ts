/**
 * Watches every write of the sync as it happens. Consent is never loosened without proof, nobody is made twice, nobody
 * who was taken away comes back, an owner's value is not overwritten, and what a person took away is not put back.
 */
import type { CrmKey, FieldSpec } from '../../../lib/engine/model.ts';
import type { AppCommand } from '../../../lib/ports/app.ts';
import type { CrmCommand } from '../../../lib/ports/crm.ts';
import type { Member } from './audience.ts';
import { cellOf, type Cells } from './crm-table.ts';
import { placeInApp, placeInCrm, type Edit, type Witness } from './witness.ts';

export interface Monitor {
  /** Writes of the sync that changed something, in words. */
  readonly writes: string[];
  readonly violations: string[];
  appWrote(command: AppCommand, before: Member | null, after: Member | null): void;
  crmWrote(command: CrmCommand, before: Cells | null): void;
  /** The sync has read the row. */
  rowShown(key: CrmKey, cells: Cells): void;
  /** A call that was given up took effect after all. */
  landedLate(after: Member): void;
  /** A person deletes a row. */
  rowRemoved(key: CrmKey): void;
  /** Somebody archives or deletes a member at the app. */
  memberTaken(member: Member): void;
  /** Our memory of who was taken away is gone; of whom we made as well, where the state table is what went. */
  dismiss(isStateGone: boolean): void;
  /** The person is there again by their own will. */
  memberReturned(member: Member): void;
}

export interface MonitorContext {
  readonly fields: () => readonly FieldSpec[];
  readonly witness: Witness;
  /** Whom the app took out may be made again. */
  readonly recreates: () => boolean;
  readonly now: () => number;
  /** Both ends agreed on something about the record. */
  readonly isMet: (key: CrmKey) => boolean;
  /**
   * We have taken its record out of the app ourselves, or are about to, or to bring it back, as far as we know: who came
   * back and is taken out again before anybody looked looks like one who has not come back (SPEC.md, gaps).
   */
  readonly isMoving: (key: CrmKey) => boolean;
  /** And on this field. */
  readonly isAgreed: (key: CrmKey, field: FieldSpec) => boolean;
  readonly consentOwner: 'crm' | 'app';
  readonly memberOf: (key: CrmKey) => Member | null;
  readonly keyOf: (member: Member) => CrmKey | null;
  readonly rowOf: (key: CrmKey) => Cells | null;
  /** Whether the member is still in the app, and nobody else's. */
  readonly isThere: (id: Member['id'], key: CrmKey) => boolean;
  /** When the person last withdrew at either end, in truth. */
  readonly withdrawnAt: (key: CrmKey, member: Member | null) => number | null;
}

const WITHDRAWN = new Set(['unsubscribed', 'cleaned', 'complained']);
/** The app keeps opt-in times in whole seconds. */
const SECOND_MS = 1000;
/** So far two clocks may be apart. */
const CLOCKS_MS = 6_000;

export function createMonitor(context: MonitorContext): Monitor {
  const writes: string[] = [];
  const violations: string[] = [];
  const shown = new Map<CrmKey, Cells>();
  const watch: Watch = { context, violations, written: new Map(), made: new Set(), shown };
  const consent = watchConsent(watch);
  const lives = watchLives(watch);
  return {
    writes,
    violations,
    appWrote: (command, before, after) => {
      writes.push(`app ${JSON.stringify(command)}`);
      lives.appRemoved(command);
      if (after === null) {
        if (before !== null) context.witness.memberGoes(before);
        return;
      }
      lives.appWrote(command, after);
      consent.appWrote(command.key, before?.status ?? null, after);
      if (before === null) noteWritten(watch, after);
      // A batch that makes a second contact shows that one.
      if (before?.id === after.id)
        checkEdits(watch, { end: 'app', key: command.key }, appEdits(context, before, after));
    },
    crmWrote: (command, before) => {
      writes.push(`crm ${JSON.stringify(command)}`);
      if (command.kind === 'delete') {
        context.witness.rowGoes(before ?? {});
        lives.rowDeleted(command.key);
        return;
      }
      if (command.kind === 'insert') {
        watch.made.add(command.key);
        lives.rowMade(command.key);
      }
      consent.crmWrote(command, before);
      if (before !== null)
        checkEdits(watch, { end: 'crm', key: command.key }, crmEdits(context, command, before));
    },
    rowShown: (key, cells) => void shown.set(key, cells),
    landedLate: (after) => noteWritten(watch, after),
    rowRemoved: lives.rowRemoved,
    memberTaken: lives.memberTaken,
    memberReturned: lives.memberReturned,
    dismiss: lives.dismiss,
  };
}

interface Watch {
  readonly context: MonitorContext;
  readonly violations: string[];
  /** What the sync wrote last, by place. */
  readonly written: Map<Edit['place'], Edit['after']>;
  /** Rows the sync made. */
  readonly made: Set<CrmKey>;
  /** Rows as they were read last. */
  readonly shown: Map<CrmKey, Cells>;
}

function noteWritten({ context, written }: Watch, member: Member): void {
  for (const { field, place } of appEdits(context, member, member))
    written.set(place, member.profile[field.path] ?? null);
}

interface FieldEdit extends Edit {
  readonly field: FieldSpec;
}

const appEdits = ({ fields }: MonitorContext, before: Member, after: Member): FieldEdit[] =>
  fields()
    .filter(({ path }) => path in after.profile)
    .map((field) => ({
      field,
      place: placeInApp(after, field.path),
      before: before.profile[field.path] ?? null,
      after: after.profile[field.path] ?? null,
    }));

const crmEdits = (
  { fields }: MonitorContext,
  { key, set }: Extract<CrmCommand, { kind: 'insert' | 'update' }>,
  before: Cells,
): FieldEdit[] =>
  fields()
    .filter(({ column, role }) => role === 'plain' && column in set)
    .map((field) => ({
      field,
      place: placeInCrm(key, field.column),
      before: before[field.column]?.text ?? null,
      after: cellOf(set[field.column] ?? null).text,
    }));

function checkEdits(
  { context, violations, written, made, shown }: Watch,
  { end, key }: { readonly end: 'crm' | 'app'; readonly key: CrmKey },
  edits: readonly FieldEdit[],
): void {
  for (const { field, ...edit } of edits) {
    if (edit.before === edit.after) continue;
    const isPutBack = context.witness.isPutBack(edit);
    // What we wrote there in this very page was agreed by that, though it is not stored yet; and so was a row we made.
    const isOurs = written.get(edit.place) === edit.before || made.has(key);
    // So was what both ends showed. The row was emptied while we wrote another field of it, and the answer says so.
    const wereEqual = end === 'app' && shown.get(key)?.[field.column]?.text === edit.before;
    written.set(edit.place, edit.after);
    const where = `${edit.place} went from “${edit.before}” to “${edit.after}”`;
    if (edit.after === null && !isOurs && !wereEqual && !context.isAgreed(key, field))
      violations.push(`an empty value erased one at a first meeting: ${where}`);
    // Another end's field is put back by right.
    if (field.owner !== end && field.owner !== 'shared') continue;
    if (isPutBack) violations.push(`an edit was undone: ${where}`);
    else if (
      field.owner === end &&
      edit.before !== null &&
      !context.witness.isUnseen(edit.place, edit.before)
    )
      violations.push(`the owner’s value was overwritten: ${where}`);
  }
}

function watchConsent({ context, violations }: Watch) {
  const isNewer = (optInAt: number | null, withdrawnAt: number | null): boolean =>
    optInAt !== null && (withdrawnAt === null || optInAt + SECOND_MS > withdrawnAt);
  return {
    appWrote: (key: CrmKey, before: string | null, after: Member): void => {
      if (after.status !== 'subscribed' || before === 'subscribed') return;
      const optIn = Date.parse(context.rowOf(key)?.['opt_in_at']?.text ?? '');
      const withdrawnAt = context.withdrawnAt(key, after);
      const isProven =
        context.consentOwner === 'crm' && isNewer(Number.isNaN(optIn) ? null : optIn, withdrawnAt);
      if (!isProven)
        violations.push(`the app's ${after.id} was subscribed from “${before}” without proof`);
    },
    crmWrote: (
      command: Extract<CrmCommand, { kind: 'insert' | 'update' }>,
      before: Cells | null,
    ): void => {
      const to = command.set['email_status'];
      const from = before?.['email_status']?.text ?? null;
      if (to !== 'subscribed' || from === 'subscribed') return;
      const member = context.memberOf(command.key);
      const isOwned = context.consentOwner === 'app' && member?.status === 'subscribed';
      const withdrawnAt = context.withdrawnAt(command.key, member);
      if (WITHDRAWN.has(from ?? '') && !(isOwned && isNewer(member.optInAt, withdrawnAt))) {
        violations.push(`row ${command.key} was subscribed from “${from}” without proof`);
      }
    },
  };
}

/** Nobody is made twice, and nobody comes back who was taken away. */
function watchLives({ context, violations }: Watch) {
  const made = new Map<CrmKey, Member['id'][]>();
  /** Rows people deleted, by the member that was theirs. */
  const removedAt = new Map<Member['id'], number>();
  const taken = new Set<Member['id'] | CrmKey>();
  /** Whoever was taken out of the app at any time, back or not. */
  const everTaken = new Set<Member['id']>();
  let isDismissed = false;

  function checkCreate(key: CrmKey, after: Member): void {
    // The same id again is the same record: it was taken out, and made anew.
    const earlier = (made.get(key) ?? []).filter(
      (id) => id !== after.id && context.isThere(id, key),
    );
    if (earlier.length > 0) violations.push(`row ${key} was created twice in the app`);
    made.set(key, [...earlier, after.id]);
  }
  return {
    appRemoved: ({ kind, key }: AppCommand): void => {
      if ((kind === 'archive' || kind === 'delete') && !context.isMet(key))
        violations.push(`row ${key}, which was never met, had its member taken out`);
    },
    appWrote: (command: AppCommand, after: Member): void => {
      const { kind, key } = command;
      if (kind === 'create') checkCreate(key, after);
      if ((kind !== 'create' && kind !== 'revive') || context.recreates()) return;
      if (taken.has(kind === 'create' ? key : after.id))
        violations.push(`${after.id}, whom the app took out, is back for row ${key}`);
    },
    /** By the sync, because the app had taken the person out. */
    rowDeleted: (key: CrmKey): void => {
      const member = context.memberOf(key);
      if (member === null || isDismissed || everTaken.has(member.id)) return;
      if (context.isThere(member.id, key))
        violations.push(`row ${key} was deleted, and nobody took ${member.id} out of the app`);
    },
    rowMade: (key: CrmKey): void => {
      const member = context.memberOf(key);
      const at = member === null ? undefined : removedAt.get(member.id);
      if (member === null || at === undefined) return;
      if (Math.max(member.changedAt, member.optInAt ?? 0) + CLOCKS_MS < at)
        violations.push(`row ${key} was made for ${member.id}, whose row was deleted`);
    },
    rowRemoved: (key: CrmKey): void => {
      // A row that goes before anybody met it leaves its person to be met as a newcomer.
      const member = context.isMet(key) ? context.memberOf(key) : null;
      if (member !== null) removedAt.set(member.id, context.now());
    },
    memberTaken: (member: Member): void => {
      everTaken.add(member.id);
      const key = context.keyOf(member);
      // Who was never met, is on the way or is there once more afterwards, was not taken from anybody.
      if (key !== null && context.isMet(key) && !context.isMoving(key))
        taken.add(key).add(member.id);
    },
    dismiss: (isStateGone: boolean): void => {
      isDismissed = true;
      if (isStateGone) made.clear();
      taken.clear();
      removedAt.clear();
    },
    memberReturned: (member: Member): void => {
      taken.delete(member.id);
      removedAt.delete(member.id);
      const key = context.keyOf(member);
      if (key !== null) taken.delete(key);
    },
  };
}
