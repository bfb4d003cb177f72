/**
 * One record explained: what both ends show now, what they last agreed on, what was decided and why,
 * and what the engine would do at its next look, found by asking it. Nothing is written.
 */
import { findMatchField } from '../engine/match-field.ts';
import { deedsOf } from '../engine/deeds.ts';
import { judge, type Verdict } from '../engine/judge.ts';
import type {
  AppExistence,
  AppSide,
  CrmExistence,
  CrmKey,
  CrmSide,
  Decision,
  FieldSpec,
  Pair,
  ParkedField,
  Policy,
  RecordState,
  RemoteId,
  Shadow,
  Withheld,
} from '../engine/model.ts';
import { labelOf, reasonOf, type RecordLabel } from '../engine/record-label.ts';
import { isEmpty, type Json, type Value } from '../engine/value.ts';
import type { SyncConfig } from '../config/model.ts';
import type { AppObservation } from '../ports/app.ts';
import type { CrmRow } from '../ports/crm.ts';
import type { Health, HistoryEntry } from '../ports/state.ts';
import type { SyncContext } from './context.ts';
import { matchShown } from './commands.ts';
import { nextForField, nextForRecord, type NextContext } from './explain-next.ts';
import { whyHere, whyUnwritten, type Unwritten } from './explain-why.ts';
import { judgeRow } from './judge-row.ts';
import { appSide, crmSide } from './sides.ts';
import { newState } from './work.ts';

export type ExplainContext = Pick<
  SyncContext,
  'sync' | 'crm' | 'app' | 'state' | 'clock' | 'budget'
>;

/** What an end shows in a field; `problem` says why there is no value to compare. */
export interface Shown {
  readonly value: Value;
  readonly problem: string | null;
  /** What stands there, where the field's type cannot read it. */
  readonly raw?: Json;
}

export interface DatedDecision {
  readonly at: number;
  /** What made us look: 'crm', 'app', 'both', 'retry', 'command', 'backfill'. */
  readonly cause: string;
  /** The round, backfill, plan or undo it belongs to, and the message that named the record. */
  readonly run?: string;
  readonly message?: string;
  readonly decision: Decision;
}

export interface FieldExplanation {
  readonly field: string;
  readonly path: string;
  readonly type: string;
  readonly owner: FieldSpec['owner'];
  /** What settles an edit at both ends; null where the owner does. */
  readonly policy: Policy | null;
  readonly crm: Shown;
  readonly app: Shown;
  /** What both last agreed on; null before their first meeting. */
  readonly agreed: Pair | null;
  readonly parked: ParkedField | null;
  /** Why this value is here: a sentence. */
  readonly here: string;
  /** Why something that an end shows was not written; null: nothing stands in the way. */
  readonly unwritten: Unwritten | null;
  /** A sentence. */
  readonly next: string;
  readonly decisions: readonly DatedDecision[];
}

export interface Explanation {
  readonly sync: string;
  readonly app: string;
  readonly key: CrmKey;
  readonly remoteId: RemoteId | null;
  readonly state: RecordLabel;
  readonly reason: string | null;
  /** What was judged right and not done when it was last looked at, and why. */
  readonly withheld: Withheld | null;
  readonly existence: {
    readonly crm: CrmExistence;
    /** Null when the app could not be asked; `appProblem` says why. */
    readonly app: AppExistence | null;
    readonly agreed: Shadow['existence'] | null;
  };
  readonly appProblem: string | null;
  /** A sentence about the record as a whole. */
  readonly next: string;
  readonly fields: readonly FieldExplanation[];
  /** Newest first. */
  readonly decisions: readonly DatedDecision[];
}

/** Rounds of history read, newest first. */
export const HISTORY_ROUNDS = 50;
const FIELD_DECISIONS_MAX = 5;

/** Null when neither the CRM nor our memory knows the key. */
export async function explainRecord(
  context: ExplainContext,
  key: CrmKey,
): Promise<Explanation | null> {
  const seen = await lookAtRecord(context, key);
  if (!seen.isKnown) return null;
  const { sync } = context;
  const { state } = seen;
  const verdict = judgeSeen(context, seen);
  const nextContext: NextContext = {
    write: sync.write,
    deeds: deedsOf(sync.spec.fields, verdict, { crm: seen.crm, app: seen.app }),
    state,
    verdict,
    health: seen.health,
    app: sync.app,
    fields: sync.spec.fields,
    obstacle: obstacleTo(sync, seen),
  };
  const decisions = seen.history.flatMap(({ decisions: made, ...entry }) =>
    made.map((decision) => ({ ...entry, decision })),
  );
  return {
    sync: sync.spec.name,
    app: sync.app,
    key,
    remoteId: state.remoteId,
    state: seen.isStored || seen.crm.existence !== 'excluded' ? labelOf(state) : 'excluded',
    reason: reasonOf(state),
    withheld: state.withheld,
    existence: {
      crm: seen.crm.existence,
      app: seen.app?.existence ?? null,
      agreed: state.shadow?.existence ?? null,
    },
    appProblem: seen.appProblem,
    next: nextForRecord(nextContext),
    fields: sync.spec.fields.map((field) =>
      explainField(field, { seen, decisions, next: nextContext, now: context.clock.now() }),
    ),
    decisions,
  };
}

function judgeSeen({ sync, app, clock }: ExplainContext, seen: SeenRecord): Verdict {
  const { state, crm } = seen;
  const now = clock.now();
  if (app.ledger !== undefined)
    return judgeRow(sync, app.ledger, { state, crm, again: false, now });
  return judge({
    spec: sync.spec,
    state,
    crm,
    app: seen.app,
    proof: seen.app === null ? 'assumed' : 'fresh',
    cautious: false,
    orders: {},
    now,
  });
}

/** A row that is not for this app, or names nobody there. */
function obstacleTo({ spec, app: name }: SyncConfig, { crm, app }: SeenRecord): string | null {
  if (crm.existence === 'absent' || app?.existence === 'present') return null;
  if (crm.existence === 'excluded') return 'the filter excludes the row';
  const match = findMatchField(spec.fields);
  const value = match === undefined ? undefined : crm.fields[match.fingerprint];
  return match === undefined || (value !== undefined && !isEmpty(value))
    ? null
    : `the row has no ${match.column}, which is what names a person in ${name}`;
}

export interface SeenRecord {
  /** Our memory or the CRM has it. */
  readonly isKnown: boolean;
  readonly isStored: boolean;
  readonly state: RecordState;
  readonly crm: CrmSide;
  readonly row: CrmRow | undefined;
  /** Null when the app could not be asked. */
  readonly app: AppSide | null;
  readonly observation: AppObservation | null;
  readonly appProblem: string | null;
  readonly history: readonly HistoryEntry[];
  readonly health: Health;
}

/** Memory and both ends as they are now. */
export async function lookAtRecord(context: ExplainContext, key: CrmKey): Promise<SeenRecord> {
  const { sync, state: store } = context;
  const { name } = sync.spec;
  const [known, rows, history, health] = await Promise.all([
    store.load(name, [key]),
    context.crm.read([key]),
    store.read(name, key, HISTORY_ROUNDS),
    store.loadHealth(name),
  ]);
  const row = rows.get(key);
  const crm = crmSide(sync, row, null);
  const state = known.get(key)?.state ?? newState(key);
  const isStored = known.has(key);
  const isKnown = row !== undefined || isStored;
  const looked = isKnown ? await lookAtApp(context, state, crm) : NOT_LOOKED;
  const { observation, problem: appProblem } = looked;
  const app = observation === null ? null : appSide(sync.spec, observation);
  return { isKnown, isStored, state, crm, row, app, observation, appProblem, history, health };
}

interface LookedAtApp {
  readonly observation: AppObservation | null;
  readonly problem: string | null;
}

const NOT_LOOKED: LookedAtApp = { observation: null, problem: null };

async function lookAtApp(
  { sync, app, budget }: ExplainContext,
  state: RecordState,
  crm: CrmSide,
): Promise<LookedAtApp> {
  if (app.ledger !== undefined) return { observation: null, problem: toldOf(state, sync.app) };
  const { fields } = sync.spec;
  const field = findMatchField(fields);
  const own = field === undefined ? undefined : crm.fields[field.fingerprint];
  const match = matchShown(fields, state, null) ?? (typeof own === 'string' ? own : null);
  const { remoteId } = state;
  if (remoteId === null && match === null) {
    return { observation: null, problem: 'there is neither an id nor a match value to find it by' };
  }
  const target = { remoteId, match: remoteId === null ? match : null };
  const [outcome] = await app.fetch([target], budget);
  if (outcome === undefined) throw new Error('the app replica gave no outcome for its target');
  return outcome.kind === 'ok'
    ? { observation: outcome.value, problem: null }
    : { observation: null, problem: outcome.reason };
}

/** What can be said in the place of a look. */
function toldOf({ ledger, shadow }: RecordState, app: string): string {
  const shows = `${app} shows nobody who is in it`;
  if (ledger === null) return `${shows}; it was not told of this record`;
  if (ledger.row === null) return `${shows}; what it was told last is not acknowledged yet`;
  return shadow?.existence.r === 'present'
    ? `${shows}; it has acknowledged this record`
    : `${shows}; it may hold something of this record`;
}

interface FieldContext {
  readonly seen: SeenRecord;
  readonly decisions: readonly DatedDecision[];
  readonly next: NextContext;
  readonly now: number;
}

function explainField(field: FieldSpec, context: FieldContext): FieldExplanation {
  const { seen, next, now } = context;
  const { state, crm, app, appProblem, row, observation } = seen;
  // What was decided about the record as a whole, its creation above all, was decided about its fields.
  const decisions = context.decisions.filter(
    ({ decision }) => decision.field === field.column || decision.field === null,
  );
  const why = { next, decisions, crm, app, now };
  const missing = 'the record is not there';
  return {
    field: field.column,
    path: field.path,
    type: field.type.name,
    owner: field.owner,
    policy: field.owner === 'shared' ? field.onConflict : null,
    crm: shownAt(field, crm, row?.columns[field.column]?.json, missing),
    app: shownAt(field, app, observation?.raw[field.path], appProblem ?? missing),
    agreed: state.shadow?.pairs[field.fingerprint] ?? null,
    parked: state.parked[field.fingerprint] ?? null,
    here: whyHere(field, why),
    unwritten: whyUnwritten(field, why),
    next: nextForField(field, next),
    decisions: decisions.slice(0, FIELD_DECISIONS_MAX),
  };
}

function shownAt(
  field: FieldSpec,
  side: CrmSide | AppSide | null,
  raw: Json | undefined,
  missing: string,
): Shown {
  const value = side?.fields[field.fingerprint];
  if (value !== undefined) return { value, problem: null };
  const broken = side?.broken[field.fingerprint];
  if (broken === undefined) return { value: null, problem: missing };
  return { value: null, problem: broken, ...(raw === undefined ? {} : { raw }) };
}
