/**
 * What a rehearsal comes to, counted by kind, with a few samples of each. Pure, and as small as the number of
 * kinds and fields, however many records there are.
 */
import { consentWord, isWithdrawn } from '../engine/consent.ts';
import { classOf } from '../engine/deeds.ts';
import {
  dayOf,
  grantOver,
  reserve,
  type BrakeBook,
  type Counts,
  type GrantName,
} from '../engine/brakes.ts';
import { BRAKE_CLASSES, isConsent, type Caps } from '../engine/caps.ts';
import type {
  BrakeClass,
  Deed,
  Decision,
  DeedKind,
  FieldSpec,
  ParkedField,
  SyncSpec,
} from '../engine/model.ts';
import { isEmpty, type Value } from '../engine/value.ts';
import type { Unmatched } from '../ports/state.ts';
import type { Rehearsed } from './met.ts';
import { isProvisional } from './scratch-crm.ts';

export type PlanKind =
  | DeedKind
  /** A row and a record of the app that belong together and are not tied yet. */
  | 'link'
  /** Both ends say something else, and a person must decide. */
  | 'conflict'
  /** Consent would be loosened without proof. */
  | 'consent'
  /** An end cannot hold the value, or refused it before. */
  | 'refused'
  /** Another record stands in the way. */
  | 'blocked'
  /** Several rows could be this person. */
  | 'ambiguous'
  /** Set aside until a time. */
  | 'waiting'
  /** At one end only, and it stays so. */
  | 'only-app'
  | 'only-crm'
  /** The filter says it is not for this app. */
  | 'excluded'
  | 'erased'
  | 'in-step';

export interface Sample {
  /** The CRM key, or the app's id where there is no row. */
  readonly record: string;
  /** Their match value. */
  readonly name: string | null;
  readonly from?: Value;
  readonly to?: Value;
  readonly reason: string;
}

export interface PlanGroup {
  readonly kind: PlanKind;
  /** The CRM column; null where it is about the record. */
  readonly field: string | null;
  /** Records. */
  readonly count: number;
  readonly samples: readonly Sample[];
}

/** What a sync would hold of it, if it did all of this in one run. */
export interface BrakeForecast {
  readonly class: BrakeClass;
  readonly wanted: number;
  readonly held: number;
  /** Whose word lets it through: `--yes-<name>`. */
  readonly grant: GrantName;
}

export interface PlanTally {
  readonly groups: readonly PlanGroup[];
  readonly brakes: readonly BrakeForecast[];
}

export interface PlannedDeed extends Deed {
  readonly from?: Value;
  readonly to?: Value;
  readonly reason: string;
}

export interface TallyOptions {
  readonly spec: SyncSpec;
  /** @default 3 */
  readonly samplesMax?: number;
}

export interface Tally {
  add(outcome: Rehearsed): void;
  addAmbiguous(unmatched: Unmatched): void;
  addAlone(count: number, ids: readonly string[]): void;
  result(brakes: { readonly book: BrakeBook; readonly caps: Caps; readonly at: number }): PlanTally;
}

/** In the order in which they are told: first what would be written, last what is well. */
export const PLAN_KINDS: readonly PlanKind[] = [
  'create-app',
  'create-crm',
  'revive-app',
  'write-app',
  'write-crm',
  'subscribe-app',
  'subscribe-crm',
  'refuse-app',
  'refuse-crm',
  'unsubscribe-app',
  'unsubscribe-crm',
  'archive-app',
  'delete-app',
  'delete-crm',
  'mark-crm',
  'link',
  'conflict',
  'consent',
  'refused',
  'blocked',
  'ambiguous',
  'waiting',
  'only-app',
  'only-crm',
  'excluded',
  'erased',
  'in-step',
];

interface OpenGroup {
  readonly kind: PlanKind;
  readonly field: string | null;
  count: number;
  readonly samples: Sample[];
}

export function createTally({ spec, samplesMax = 3 }: TallyOptions): Tally {
  const groups = new Map<string, OpenGroup>();
  const wanted: Partial<Record<BrakeClass, number>> = {};
  const heldNow: Partial<Record<BrakeClass, number>> = {};
  const note = (kind: PlanKind, field: string | null, sample: Sample, by = 1): void => {
    const name = `${kind} ${field ?? ''}`;
    const group = groups.get(name) ?? { kind, field, count: 0, samples: [] };
    group.count += by;
    if (group.samples.length < samplesMax) group.samples.push(sample);
    groups.set(name, group);
  };
  return {
    add: (outcome) => {
      const { before, name } = outcome;
      const who = { record: recordOf(outcome), name };
      const deeds = deedsOfOutcome(spec, outcome);
      const told = new Set<string>();
      for (const { kind, column, ...rest } of deeds) {
        const what = `${kind} ${column ?? ''}`;
        if (!told.has(what)) note(kind, column, { ...who, ...rest });
        told.add(what);
      }
      const known = before?.state.withheld?.by === 'brake' ? before.state.withheld.deeds : [];
      const held = new Set(known.map(classOf));
      for (const one of classesOf(deeds, before)) {
        const counts = held.has(one) ? heldNow : wanted;
        counts[one] = (counts[one] ?? 0) + 1;
      }
      if (isNewlyLinked(outcome)) note('link', null, { ...who, reason: 'they belong together' });
      for (const [kind, field, sample] of standingOf(spec, outcome, deeds.length === 0))
        note(kind, field, { ...who, ...sample });
    },
    addAmbiguous: ({ remoteId, reason }) =>
      note('ambiguous', null, { record: remoteId, name: null, reason }),
    addAlone: (count, ids) => {
      if (count === 0) return;
      const reason = 'it has no row, and the sync makes none';
      const samples = ids.map((record) => ({ record, name: null, reason }));
      const group: OpenGroup = { kind: 'only-app', field: null, count, samples };
      groups.set('only-app alone', { ...group, samples: samples.slice(0, samplesMax) });
    },
    result: ({ book, caps, at }) => ({
      groups: PLAN_KINDS.flatMap((kind) =>
        [...groups.values()]
          .filter((group) => group.kind === kind)
          .toSorted((a, b) => b.count - a.count),
      ),
      brakes: forecast({ book, caps, at, fresh: wanted, held: heldNow }),
    }),
  };
}

/** Whoever has no row yet is known by the app's id. */
const recordOf = ({ key, remoteId }: Rehearsed): string =>
  isProvisional(key) ? (remoteId ?? key) : key;

/** The same reckoning as when it is done, in one run of its own. */
function forecast({
  book,
  caps,
  at,
  fresh,
  held,
}: {
  readonly book: BrakeBook;
  readonly caps: Caps;
  readonly at: number;
  readonly fresh: Counts;
  readonly held: Counts;
}): readonly BrakeForecast[] {
  const passage = reserve(book, caps, { run: `plan ${dayOf(at)}`, at, fresh, held });
  return BRAKE_CLASSES.flatMap((one) => {
    const wanted = (fresh[one] ?? 0) + (held[one] ?? 0);
    const passed = (passage.fresh[one] ?? 0) + (passage.held[one] ?? 0);
    const grant = grantOver(one);
    return wanted === 0 ? [] : [{ class: one, wanted, held: wanted - passed, grant }];
  });
}

/** What would be written for one record, the last word for each field. */
export function deedsOfOutcome(
  { fields }: SyncSpec,
  { decisions }: Pick<Rehearsed, 'decisions'>,
): readonly PlannedDeed[] {
  const deeds = new Map<string, PlannedDeed>();
  for (const decision of decisions) {
    const kind = kindOf(fields, decision);
    if (kind === null) continue;
    const name = `${kind} ${decision.field ?? ''}`;
    const first = deeds.get(name);
    const from = first === undefined ? decision.before : first.from;
    const { field: column, after: to, reason } = decision;
    deeds.set(name, {
      kind,
      column,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      reason: reason.text,
    });
  }
  return [...deeds.values()];
}

function kindOf(fields: readonly FieldSpec[], decision: Decision): DeedKind | null {
  const { action, field, after } = decision;
  switch (action) {
    case 'agree':
    case 'park':
    case 'wait':
    case 'leave':
    case 'write-both':
      return null;
    case 'write-app':
    case 'write-crm': {
      const end = action === 'write-app' ? 'app' : 'crm';
      const isOfConsent = fields.find(({ column }) => column === field)?.role === 'consent';
      if (!isOfConsent) return action;
      if (consentWord(after) === 'subscribed') return `subscribe-${end}`;
      return isWithdrawn(after) ? `unsubscribe-${end}` : action;
    }
    case 'create-app':
    case 'create-crm':
    case 'archive-app':
    case 'delete-app':
    case 'revive-app':
    case 'delete-crm':
    case 'mark-crm':
      return action;
  }
}

/** The brakes a record asks; what fills an empty field asks none. */
function classesOf(
  deeds: readonly PlannedDeed[],
  before: Rehearsed['before'],
): ReadonlySet<BrakeClass> {
  // Between two who have met, a withdrawal that the row is told is the person’s own word.
  const isOwnWord = (kind: DeedKind): boolean =>
    (kind === 'unsubscribe-crm' || kind === 'refuse-crm') &&
    (before?.state.existence ?? null) !== null;
  const asking = deeds.filter(
    ({ kind, column, from }) =>
      !isOwnWord(kind) &&
      (column === null || isConsent(classOf({ kind, column })) || !isEmpty(from ?? null)),
  );
  return new Set(asking.map(classOf));
}

export const isNewlyLinked = ({ before, after }: Rehearsed): boolean =>
  after.state.remoteId !== null && before?.state.remoteId !== after.state.remoteId;

type Standing = readonly [PlanKind, string | null, Omit<Sample, 'record' | 'name'>];

/** How the record is left: what is out of traffic and why, or that nothing is to be done. */
function standingOf(
  { fields }: SyncSpec,
  { after }: Rehearsed,
  isUntouched: boolean,
): readonly Standing[] {
  const { label, state } = after;
  const reason = after.reason ?? '';
  const { parking, existence } = state;
  if (parking?.kind === 'waiting') return [['waiting', null, { reason }]];
  if (parking?.kind === 'quarantined') {
    const kind = parking.blockedBy === undefined ? 'refused' : 'blocked';
    return [[parking.among === undefined ? kind : 'ambiguous', null, { reason }]];
  }
  const parked = fields.flatMap(({ column, fingerprint }): readonly Standing[] => {
    const found = state.parked[fingerprint];
    return found === undefined ? [] : [standingOfField(column, found)];
  });
  if (parked.length > 0 || !isUntouched) return parked;
  if (label === 'erased') return [['erased', null, { reason: 'it was deleted' }]];
  if (existence?.c === 'excluded')
    return [['excluded', null, { reason: 'the filter says it is not for this app' }]];
  if (existence !== null && existence.r !== 'present')
    return [['only-crm', null, { reason: `the app’s record is ${existence.r}` }]];
  if (existence !== null && existence.c !== 'present')
    return [['only-app', null, { reason: 'it has no row, and the sync makes none' }]];
  return [['in-step', null, { reason: 'both ends hold the same' }]];
}

const PARKED: Readonly<Record<ParkedField['kind'], PlanKind>> = {
  conflict: 'conflict',
  fight: 'conflict',
  consent: 'consent',
  rejected: 'refused',
  unreadable: 'refused',
  blocked: 'blocked',
  waiting: 'waiting',
};

const standingOfField = (column: string, { kind, crm, app, reason }: ParkedField): Standing => [
  PARKED[kind],
  column,
  { from: crm, to: app, reason },
];
