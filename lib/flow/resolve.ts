/**
 * A person settles a field. The order is checked here against what both ends show, then travels in the
 * record's own lane like any reference, so that it cannot race with the sync; apply carries it out.
 */
import { consentWord, mayOrder } from '../engine/consent.ts';
import { laneOf } from '../engine/hash.ts';
import type { CrmKey, Decision, FieldSpec, RecordState } from '../engine/model.ts';
import { isEmpty, type Json } from '../engine/value.ts';
import type { LaneQueue, ResolveCommand } from '../ports/messages.ts';
import type { HistoryEntry } from '../ports/state.ts';
import { HISTORY_ROUNDS, lookAtRecord, type ExplainContext, type SeenRecord } from './explain.ts';

export type ResolveContext = ExplainContext & { readonly queue: LaneQueue };

export interface ResolveRequest {
  readonly key: CrmKey;
  /** The CRM column. */
  readonly field: string;
  readonly take: 'crm' | 'app' | { readonly raw: Json };
  /** Who orders it; stands in the history. */
  readonly by: string;
}

export type Prepared =
  | { readonly kind: 'ready'; readonly command: ResolveCommand; readonly before: SeenRecord }
  /** The request makes no sense for this sync, whatever its records say. */
  | { readonly kind: 'wrong'; readonly reason: string }
  /** It makes sense, but not for this record now. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Looks at both ends and says whether the order can be carried out; sends nothing. */
export async function prepareResolve(
  context: ResolveContext,
  { key, field: column, take, by }: ResolveRequest,
): Promise<Prepared> {
  const { fields } = context.sync.spec;
  const field = fields.find((each) => each.column === column);
  if (field === undefined) {
    const known = fields.map((each) => each.column).join(', ');
    return { kind: 'wrong', reason: `There is no field “${column}”; there is ${known}.` };
  }
  if (field.compute !== undefined && take !== 'crm') {
    const reason = `${column} is computed from the CRM’s row and has no column to write to; take crm, or change what it is made of.`;
    return { kind: 'wrong', reason };
  }
  const taken = parseTake(field, take);
  if (taken.kind === 'wrong') return taken;
  if (!context.sync.write) {
    const reason = 'This sync only looks (write: false): no order is carried out.';
    return { kind: 'refused', reason };
  }
  const before = await lookAtRecord(context, key);
  const refusal = whyNothingToSettle(field, key, before) ?? whyNotTaken(field, taken.take, before);
  if (refusal !== null) return { kind: 'refused', reason: refusal };
  const command: ResolveCommand = { kind: 'resolve', key, field: column, take: taken.take, by };
  return { kind: 'ready', command, before };
}

type Taken =
  | { readonly kind: 'taken'; readonly take: ResolveCommand['take'] }
  | { readonly kind: 'wrong'; readonly reason: string };

function parseTake(field: FieldSpec, take: ResolveRequest['take']): Taken {
  if (take === 'crm' || take === 'app') return { kind: 'taken', take: { side: take } };
  const parsed = field.type.parse(take.raw);
  if (!parsed.ok) {
    return { kind: 'wrong', reason: `${field.column} cannot hold this value: ${parsed.reason}` };
  }
  const { value } = parsed;
  if (field.role === 'match' && isEmpty(value)) {
    return { kind: 'wrong', reason: `${field.column} names the person, so it cannot be empty.` };
  }
  return { kind: 'taken', take: { side: 'value', value } };
}

function whyNothingToSettle(field: FieldSpec, key: CrmKey, seen: SeenRecord): string | null {
  if (!seen.isKnown) return `There is no record ${key}.`;
  const { state, crm, app, appProblem } = seen;
  const isOut = state.parked[field.fingerprint] !== undefined || state.parking !== null;
  if (!isOut) {
    return `${field.column} of record ${key} is not parked: there is nothing to resolve. Change it at either end instead.`;
  }
  if (app === null) return `The app cannot be asked: ${appProblem ?? 'no answer'}.`;
  if (crm.existence !== 'present' || app.existence !== 'present') {
    return `Record ${key} is not at both ends (CRM: ${crm.existence}, app: ${app.existence}), so no field of it can be settled.`;
  }
  return null;
}

/** The engine would park it again; said here, the person need not wait for that. */
function whyNotTaken(
  field: FieldSpec,
  take: ResolveCommand['take'],
  { state, crm, app }: SeenRecord,
): string | null {
  if (app === null) return null;
  const { fingerprint } = field;
  const broken = take.side === 'value' ? undefined : { crm, app }[take.side].broken[fingerprint];
  if (broken !== undefined) return `The ${sideName(take)} cannot be used: ${broken}`;
  if (field.role !== 'consent') return null;
  const at = { crm: crm.fields[fingerprint] ?? null, app: app.fields[fingerprint] ?? null };
  const value = take.side === 'value' ? take.value : at[take.side];
  const evidence = {
    crmOptInAt: crm.optInAt,
    appOptInAt: app.optInAt,
    withdrawnAt: state.withdrawnAt,
  };
  const isGranted = [at.crm, at.app].every((shown) => mayOrder(field, value, shown, evidence));
  if (isGranted && consentWord(value) !== 'pending') return null;
  return `“${consentWord(value)}” cannot be ordered: only an opt-in at the owner of ${field.column}, newer than the last withdrawal, grants consent.`;
}

const sideName = ({ side }: ResolveCommand['take']): string =>
  side === 'crm' ? 'CRM’s value' : 'app’s value';

export async function sendResolve(context: ResolveContext, command: ResolveCommand): Promise<void> {
  const { spec, lanes } = context.sync;
  const lane = laneOf(command.key, lanes);
  await context.queue.sendLane([
    { sync: spec.name, lane, refs: [], commands: [command], position: {} },
  ]);
}

export type Resolution =
  | { readonly kind: 'done'; readonly decision: Decision }
  /** An end did not take the value; the field is parked again with its words. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The record waits; what was ordered is lost, and the reason says for what it waits. */
  | { readonly kind: 'waiting'; readonly reason: string }
  | { readonly kind: 'unanswered' };

const POLL_MS = 150;

/** Watches the record until the order shows in it. */
export async function awaitResolve(
  context: ResolveContext,
  { command, before }: Extract<Prepared, { kind: 'ready' }>,
  timeoutMs: number,
): Promise<Resolution> {
  const { sync, state: store, clock } = context;
  const { name } = sync.spec;
  const known = new Set(before.history.map(nameOfEntry));
  const endsAt = clock.now() + timeoutMs;
  while (clock.now() < endsAt) {
    const [history, records] = await Promise.all([
      store.read(name, command.key, HISTORY_ROUNDS),
      store.load(name, [command.key]),
    ]);
    const news = history.filter((entry) => !known.has(nameOfEntry(entry)));
    const state = records.get(command.key)?.state;
    const resolution =
      state === undefined
        ? null
        : judgeNews(context, command, { before: before.state, state, news });
    if (resolution !== null) return resolution;
    await clock.sleep(POLL_MS);
  }
  return { kind: 'unanswered' };
}

interface News {
  readonly before: RecordState;
  readonly state: RecordState;
  readonly news: readonly HistoryEntry[];
}

function judgeNews(
  { sync }: ResolveContext,
  command: ResolveCommand,
  { before, state, news }: News,
): Resolution | null {
  const field = sync.spec.fields.find(({ column }) => column === command.field);
  if (field === undefined) return null;
  const parked = state.parked[field.fingerprint];
  const was = before.parked[field.fingerprint];
  if (parked !== undefined && (was === undefined || parked.at !== was.at)) {
    return { kind: 'refused', reason: parked.reason };
  }
  const decision = news
    .flatMap(({ decisions }) => decisions)
    .find((each) => each.field === command.field && each.reason.rule === 'resolve');
  const isAtRest = parked === undefined && state.intent === null;
  if (decision !== undefined && isAtRest && state.parking === null)
    return { kind: 'done', decision };
  const { parking } = state;
  const isNewParking =
    parking !== null && JSON.stringify(parking) !== JSON.stringify(before.parking);
  return isNewParking ? { kind: 'waiting', reason: parking.reason } : null;
}

const nameOfEntry = (entry: HistoryEntry): string => JSON.stringify(entry);

/** How a value that came as text was meant: as it stands if the type can hold it, else as JSON, else as a list of words. */
export function rawOfText(field: FieldSpec, text: string): Json {
  if (field.type.parse(text).ok) return text;
  const json = parseJson(text);
  if (json !== undefined) return json;
  return field.role === 'set' ? wordsOf(text) : text;
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

const wordsOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
