/**
 * The flow in miniature: two ends as plain objects, one record between them, and the engine's verdicts
 * carried out in the flow's order (intent → CRM → app → shadow), cut off after any write if asked.
 */
import { deedsOf } from '../../lib/engine/deeds.ts';
import { judge, type Case, type Verdict } from '../../lib/engine/judge.ts';
import type {
  AppExistence,
  AppSide,
  CrmExistence,
  CrmKey,
  CrmSide,
  FieldSpec,
  Intent,
  ParkedField,
  RecordState,
  RemoteId,
  SyncSpec,
} from '../../lib/engine/model.ts';
import type { Value } from '../../lib/engine/value.ts';
import { withhold } from '../../lib/engine/withhold.ts';
import { settleWrites, type Written } from '../../lib/flow/settle.ts';
import { syncOf } from './fields.ts';

export interface Ends {
  crm: CrmSide;
  app: AppSide;
}

/** What was written to an end: the verdict's action, or the fields it carried. */
export interface Write {
  readonly end: 'crm' | 'app';
  readonly action: string;
  readonly values: Readonly<Record<string, Value>>;
}

export interface Cut {
  /** Writes (an intent counts as one) after which the process dies. */
  left: number;
}

export class Died extends Error {
  override name = 'Died';
}

export const START_MS = Date.UTC(2026, 0, 1);

/** A sync that only looks: every deed of the judgement is noted and none carried out. */
export const onlyLooking =
  ({ spec, ends, now }: World) =>
  (verdict: Verdict, before: RecordState): Verdict => {
    const deeds = deedsOf(spec.fields, verdict, ends).map(({ kind, column }) => ({ kind, column }));
    const note = { by: 'mode', deeds, reason: 'only looking', at: now, run: null } as const;
    return deeds.length === 0 ? verdict : withhold(spec.fields, verdict, note, before);
  };

export function freshState(more: Partial<RecordState> = {}): RecordState {
  return {
    key: '17' as CrmKey,
    remoteId: 'm1' as RemoteId,
    link: 'planned',
    shadow: null,
    intent: null,
    parked: {},
    parking: null,
    fights: {},
    withdrawnAt: null,
    wroteAt: null,
    appVersion: null,
    archivedByUs: false,
    deletedAt: null,
    withheld: null,
    passed: [],
    renewal: 0,
    ledger: null,
    ...more,
  };
}

export function sideOf<E extends CrmExistence | AppExistence>(
  existence: E,
  fields: Readonly<Record<string, Value>> = {},
): {
  existence: E;
  fields: Record<string, Value>;
  broken: Record<string, string>;
  changedAt: number | null;
  optInAt: null;
} {
  const changedAt = existence === 'absent' ? null : START_MS;
  return { existence, fields: { ...fields }, broken: {}, changedAt, optInAt: null };
}

export const caseOf = (spec: SyncSpec, more: Partial<Case> = {}): Case => ({
  spec,
  state: freshState(),
  crm: sideOf('present'),
  app: sideOf('present'),
  proof: 'fresh',
  cautious: false,
  orders: {},
  now: START_MS,
  ...more,
});

export interface World {
  readonly spec: SyncSpec;
  readonly ends: Ends;
  /** As last saved: what a crash leaves. */
  state: RecordState;
  now: number;
  /** The app changed since the last apply call: its delta will tell. */
  isAppNews: boolean;
  readonly writes: Write[];
  /** What an end makes of a value it is given. */
  readonly stores: (end: 'crm' | 'app', field: FieldSpec, value: Value) => Value;
}

export const createWorld = (
  spec: SyncSpec,
  ends: Ends,
  more: { readonly state?: RecordState; readonly stores?: World['stores'] } = {},
): World => ({
  spec,
  ends,
  state: more.state ?? freshState(),
  stores: more.stores ?? ((_end, _field, value) => value),
  now: START_MS,
  isAppNews: true,
  writes: [],
});

const LOOKS_MAX = 8;

/** One apply call for the record: judges and writes until it comes to rest. Throws `Died` when cut. */
export function applyRecord(
  world: World,
  given: Partial<Pick<Case, 'orders' | 'cautious'>> & {
    readonly cut?: Cut;
    /** What is left of a judgement that may not be carried out as it stands. */
    readonly restrain?: (verdict: Verdict, before: RecordState) => Verdict;
  } = {},
): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  let { state } = world;
  let { orders = {} } = given;
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    const { crm, app } = world.ends;
    const seen = { state, crm, orders, cautious: given.cautious ?? false, now: world.now };
    const carried = world.isAppNews
      ? { app, proof: 'seen' as const }
      : { app: null, proof: 'assumed' as const };
    let verdict = judge(caseOf(world.spec, { ...seen, ...carried }));
    const isUnsure = verdict.look !== null || state.withheld !== null;
    if (isUnsure || looks > 0 || Object.keys(orders).length > 0)
      verdict = judge(caseOf(world.spec, { ...seen, app }));
    if (verdict.look !== null) throw new Error(`a fresh look is not enough: ${verdict.look}`);
    if (given.restrain !== undefined) verdict = given.restrain(verdict, state);
    verdicts.push(verdict);
    if (!isWrite(verdict)) {
      world.state = { ...verdict.state, intent: null, parking: null };
      world.isAppNews = false;
      return verdicts;
    }
    state = carryOut(world, verdict, given.cut);
    orders = {};
  }
  throw new Error('the record does not come to rest');
}

const isWrite = ({ action, toApp, toCrm }: Verdict): boolean =>
  action === 'merge'
    ? Object.keys(toApp).length + Object.keys(toCrm).length > 0
    : action !== 'settle';

function carryOut(world: World, verdict: Verdict, cut: Cut | undefined): RecordState {
  let { state } = verdict;
  const before: Ends = { ...world.ends };
  if (verdict.needsIntent) {
    state = { ...state, intent: intentOf(world, verdict), wroteAt: world.now };
    world.state = state;
    die(cut);
  }
  const existence = writeEnds(world, verdict, cut);
  const { fields } = world.spec;
  const written: Written = {
    app: shown(fields, verdict.toApp, world.ends.app),
    crm: shown(fields, verdict.toCrm, world.ends.crm),
    refused: new Map(),
    existence,
    isAmbiguous: false,
  };
  return settleWrites({
    fields,
    verdict: { ...verdict, state },
    crm: { ...before.crm, ...world.ends.crm },
    app: before.app,
    written,
    now: world.now,
  });
}

function die(cut: Cut | undefined): void {
  if (cut === undefined) return;
  if (cut.left === 0) throw new Died();
  cut.left -= 1;
}

const shown = (
  fields: readonly FieldSpec[],
  sent: Readonly<Record<string, Value>>,
  side: CrmSide | AppSide,
): ReadonlyMap<FieldSpec, Value | undefined> =>
  new Map(
    fields
      .filter(({ fingerprint }) => sent[fingerprint] !== undefined)
      .map((field) => [field, side.fields[field.fingerprint]]),
  );

function intentOf(world: World, { action, toApp, toCrm }: Verdict): Intent {
  const { crm, app } = world.ends;
  const both = { c: 'present', r: 'present' } as const;
  const of: Record<Verdict['action'], Intent['existence']> = {
    'create-app': { end: 'app', to: both },
    'revive-app': { end: 'app', to: both },
    'create-crm': { end: 'crm', to: both },
    'archive-app': { end: 'app', to: { c: crm.existence, r: 'archived' } },
    'delete-app': { end: 'app', to: { c: crm.existence, r: 'absent' } },
    'delete-crm': { end: 'crm', to: { c: 'absent', r: app.existence } },
    merge: null,
    'mark-crm': null,
    settle: null,
  };
  return { at: world.now, toApp, toCrm, existence: of[action] };
}

/** CRM first, as the flow does; each write can be the last. */
function writeEnds(world: World, verdict: Verdict, cut: Cut | undefined): Written['existence'] {
  const { action, toApp, toCrm } = verdict;
  const { ends, writes } = world;
  const crmBecomes: Partial<Record<typeof action, CrmExistence>> = {
    'create-crm': 'present',
    'delete-crm': 'absent',
  };
  const appBecomes: Partial<Record<typeof action, AppExistence>> = {
    'create-app': 'present',
    'revive-app': 'present',
    'archive-app': 'archived',
    'delete-app': 'absent',
  };
  const crm = crmBecomes[action];
  const app = appBecomes[action];
  if (crm !== undefined || action === 'mark-crm' || Object.keys(toCrm).length > 0) {
    writes.push({ end: 'crm', action, values: toCrm });
    ends.crm = written(world, ends.crm, crm, stored(world, 'crm', toCrm));
    die(cut);
  }
  if (app !== undefined || Object.keys(toApp).length > 0) {
    writes.push({ end: 'app', action, values: toApp });
    ends.app = written(world, ends.app, app, stored(world, 'app', toApp));
    die(cut);
  }
  if (action === 'mark-crm' || action === 'delete-crm')
    return { c: ends.crm.existence, r: ends.app.existence };
  if (crm === 'present' || app === 'present') return { c: 'present', r: 'present' };
  return app === undefined ? {} : { r: app };
}

const stored = (
  { spec, stores }: World,
  end: 'crm' | 'app',
  values: Readonly<Record<string, Value>>,
): Record<string, Value> =>
  Object.fromEntries(
    spec.fields
      .filter(({ fingerprint }) => values[fingerprint] !== undefined)
      .map((field) => [field.fingerprint, stores(end, field, values[field.fingerprint] as Value)]),
  );

/** A new record shows every field it has: what was not given is empty. */
function written<E extends CrmSide | AppSide>(
  { spec, now }: World,
  side: E,
  becomes: E['existence'] | undefined,
  values: Readonly<Record<string, Value>>,
): E {
  const existence = becomes ?? side.existence;
  const empty = Object.fromEntries(spec.fields.map(({ fingerprint }) => [fingerprint, null]));
  const before = side.existence === 'absent' ? empty : side.fields;
  const fields = existence === 'absent' ? {} : { ...before, ...values };
  const left = Object.entries(side.broken).filter(([name]) => values[name] === undefined);
  const broken = Object.fromEntries(left);
  return { ...side, existence, fields, broken, changedAt: now };
}

/** Somebody edits an end by hand. */
export function edit(
  world: World,
  end: 'crm' | 'app',
  values: Readonly<Record<string, Value>>,
): void {
  const side = world.ends[end];
  const edited = { ...side, fields: { ...side.fields, ...values }, changedAt: world.now };
  if (end === 'crm') world.ends.crm = edited as CrmSide;
  else world.ends.app = edited as AppSide;
  world.isAppNews ||= end === 'app';
}

/** Both ends hold the value and have agreed on it. */
export function agreedOn(
  field: FieldSpec,
  value: Value,
  fields: readonly FieldSpec[] = [field],
): World {
  const values = Object.fromEntries(fields.map(({ fingerprint }) => [fingerprint, value]));
  const both = { crm: sideOf('present', values), app: sideOf('present', values) };
  const world = createWorld(syncOf(fields), both);
  applyRecord(world);
  world.now += 60_000;
  return world;
}

export const parkedIn = (world: World, field: FieldSpec): ParkedField | undefined =>
  world.state.parked[field.fingerprint];

export const shows = (world: World, field: FieldSpec): readonly Value[] => [
  world.ends.crm.fields[field.fingerprint] ?? null,
  world.ends.app.fields[field.fingerprint] ?? null,
];

/** Looks again with both ends as they are: an echo of our own writes, then a bare reference. */
export function looksAgain(world: World): readonly unknown[] {
  const before = world.writes.length;
  world.isAppNews = true;
  applyRecord(world);
  applyRecord(world);
  return world.writes.slice(before);
}
