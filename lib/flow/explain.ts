/**
 * One record explained: what both ends show now, what they last agreed on, what was decided and why,
 * and what the engine would do at its next look, found by asking it. Nothing is written.
 */
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
} from '../engine/model.ts';
import { labelOf, reasonOf, type RecordLabel } from '../engine/record-label.ts';
import type { Value } from '../engine/value.ts';
import type { Health, HistoryEntry } from '../ports/state.ts';
import type { SyncContext } from './context.ts';
import { matchShown } from './commands.ts';
import { nextForField, nextForRecord } from './explain-next.ts';
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
}

export interface DatedDecision {
  readonly at: number;
  /** What made us look: 'crm', 'app', 'both', 'retry', 'command', 'backfill'. */
  readonly cause: string;
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
  const verdict = judge({
    spec: sync.spec,
    state,
    crm: seen.crm,
    app: seen.app,
    proof: seen.app === null ? 'assumed' : 'fresh',
    cautious: false,
    orders: {},
    now: context.clock.now(),
  });
  const decisions = seen.history.flatMap(({ at, cause, decisions: made }) =>
    made.map((decision) => ({ at, cause, decision })),
  );
  return {
    sync: sync.spec.name,
    app: sync.app,
    key,
    remoteId: state.remoteId,
    state: labelOf(state),
    reason: reasonOf(state),
    existence: {
      crm: seen.crm.existence,
      app: seen.app?.existence ?? null,
      agreed: state.shadow?.existence ?? null,
    },
    appProblem: seen.appProblem,
    next: nextForRecord({ state, verdict, health: seen.health, app: sync.app }),
    fields: sync.spec.fields.map((field) =>
      explainField(field, { seen, verdict, decisions, app: sync.app }),
    ),
    decisions,
  };
}

export interface SeenRecord {
  readonly isKnown: boolean;
  readonly state: RecordState;
  readonly crm: CrmSide;
  /** Null when the app could not be asked. */
  readonly app: AppSide | null;
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
  const isKnown = row !== undefined || known.has(key);
  const app = isKnown ? await lookAtApp(context, state, crm) : { side: null, problem: null };
  return { isKnown, state, crm, app: app.side, appProblem: app.problem, history, health };
}

async function lookAtApp(
  { sync, app, budget }: ExplainContext,
  state: RecordState,
  crm: CrmSide,
): Promise<{ side: AppSide | null; problem: string | null }> {
  const { fields } = sync.spec;
  const field = fields.find(({ role }) => role === 'match');
  const own = field === undefined ? undefined : crm.fields[field.fingerprint];
  const match = matchShown(fields, state, null) ?? (typeof own === 'string' ? own : null);
  const { remoteId } = state;
  if (remoteId === null && match === null) {
    return { side: null, problem: 'there is neither an id nor a match value to find it by' };
  }
  const target = { remoteId, match: remoteId === null ? match : null };
  const [outcome] = await app.fetch([target], budget);
  if (outcome === undefined) throw new Error('the app replica gave no outcome for its target');
  return outcome.kind === 'ok'
    ? { side: appSide(sync.spec, outcome.value), problem: null }
    : { side: null, problem: outcome.reason };
}

interface FieldContext {
  readonly seen: SeenRecord;
  readonly verdict: Verdict;
  readonly decisions: readonly DatedDecision[];
  readonly app: string;
}

function explainField(
  field: FieldSpec,
  { seen, verdict, decisions, app }: FieldContext,
): FieldExplanation {
  const { state } = seen;
  return {
    field: field.column,
    path: field.path,
    type: field.type.name,
    owner: field.owner,
    policy: field.owner === 'shared' ? field.onConflict : null,
    crm: shownAt(field, seen.crm, 'the record is not there'),
    app: shownAt(field, seen.app, seen.appProblem ?? 'the record is not there'),
    agreed: state.shadow?.pairs[field.fingerprint] ?? null,
    parked: state.parked[field.fingerprint] ?? null,
    next: nextForField(field, { state, verdict, health: seen.health, app }),
    decisions: decisions
      .filter(({ decision }) => decision.field === field.column)
      .slice(0, FIELD_DECISIONS_MAX),
  };
}

function shownAt(field: FieldSpec, side: CrmSide | AppSide | null, missing: string): Shown {
  const value = side?.fields[field.fingerprint];
  if (value !== undefined) return { value, problem: null };
  return { value: null, problem: side?.broken[field.fingerprint] ?? missing };
}
