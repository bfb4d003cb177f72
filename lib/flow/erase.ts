/**
 * Erasing one person from one sync, in the lane of their record, where nothing races with it.
 *
 *   bury their names → out of the app, for good → the row, if asked → links, notes, history, record → done
 *
 * Each step is noted before it is taken and may be taken twice: what is not there any more was taken by the try before.
 * Names go under first, so that nothing which is on its way brings them back.
 */
import { findMatchField } from '../engine/match-field.ts';
import type { CrmKey, RecordState, RemoteId } from '../engine/model.ts';
import type { FetchTarget } from '../ports/app.ts';
import { CrmUnavailable } from '../ports/crm.ts';
import type { Erasure, ErasureStep, Health, StoredRecord } from '../ports/state.ts';
import { blockersOf, wakeWaiting } from './blockers.ts';
import type { SyncContext } from './context.ts';
import { changeErasure } from './erasures.ts';
import { isResting } from './health.ts';
import { judgeRow } from './judge-row.ts';
import { dropGivenUp, findSharers } from './ledger-holders.ts';
import { checkEnds } from './open-sync.ts';
import { route } from './route.ts';
import { crmSide } from './sides.ts';
import { erasedNames, namesOf } from './tombstones.ts';
import { newState } from './work.ts';

export async function applyErasures(context: SyncContext, ids: readonly string[]): Promise<void> {
  const { state, sync, clock } = context;
  for (const id of ids) {
    const [health, checkpoint] = await Promise.all([
      state.loadHealth(sync.spec.name),
      state.loadCheckpoint(sync.spec.name),
    ]);
    const erasure = health.erasing.find((each) => each.id === id);
    // The next round sends whatever is still open.
    if (erasure === undefined || erasure.doneAt !== null) continue;
    if (isResting(health, clock.now()) || !sync.write) {
      await noteProblem(context, erasure, whyResting(health));
      continue;
    }
    try {
      const problem =
        (await checkEnds(context, checkpoint))?.reason ?? (await eraseOne(context, erasure));
      if (problem !== null) await noteProblem(context, erasure, problem);
    } catch (error) {
      if (!(error instanceof CrmUnavailable)) throw error;
      await noteProblem(context, erasure, error.message);
    }
  }
}

const whyResting = ({ paused, halted, cooling }: Health): string =>
  paused !== null
    ? `the sync is paused by ${paused.by}`
    : (halted?.reason ?? cooling?.reason ?? 'the sync only looks (write: false)');

const noteProblem = (context: SyncContext, { id }: Erasure, problem: string): Promise<void> =>
  changeErasure(context, id, (each) => (each.problem === problem ? each : { ...each, problem }));

/** Why it is not done yet; null: it is. */
async function eraseOne(context: SyncContext, erasure: Erasure): Promise<string | null> {
  const { state, sync, clock } = context;
  const person = await findPerson(context, erasure);
  const { key, ids, matches } = person;
  await state.bury([...namesOf(sync, key, ids), ...erasedNames(sync, key, matches)], clock.now());
  const problem =
    context.app.ledger === undefined
      ? await leaveApp(context, erasure, person)
      : await leaveLedger(context, erasure, person);
  if (problem !== null) return problem;
  const row = erasure.crmRow ? await deleteRow(context, erasure, key) : null;
  if (row !== null) return row;
  if (!(await forget(context, erasure, person))) return 'another holder is at the record';
  await finish(context, erasure);
  return null;
}

interface Person {
  readonly key: CrmKey | null;
  readonly stored: StoredRecord | undefined;
  readonly record: RecordState;
  readonly ids: readonly RemoteId[];
  readonly matches: readonly string[];
}

/** All names under which anybody knows them: the order's, the row's, and those of our memory. */
async function findPerson(
  { state, sync, crm }: SyncContext,
  { key, remoteId, match }: Erasure,
): Promise<Person> {
  const name = sync.spec.name;
  const stored = key === null ? undefined : (await state.load(name, [key])).get(key);
  const row = key === null ? undefined : (await crm.read([key])).get(key);
  const record = stored?.state ?? newState(key ?? ('' as CrmKey));
  const field = findMatchField(sync.spec.fields);
  const fingerprint = field?.fingerprint ?? '';
  const pair = record.shadow?.pairs[fingerprint];
  const shown = crmSide(sync, row, null).fields[fingerprint];
  const parked = record.parked[fingerprint];
  const sent = record.intent?.toApp[fingerprint];
  const matches = [match, pair?.c, pair?.r, shown, parked?.crm, parked?.app, sent].filter(
    (each): each is string => typeof each === 'string' && each !== '',
  );
  const ids = [remoteId, record.remoteId].filter((id) => id !== null);
  return { key, stored, record, ids: [...new Set(ids)], matches: [...new Set(matches)] };
}

async function leaveApp(
  context: SyncContext,
  erasure: Erasure,
  { key, ids, matches }: Person,
): Promise<string | null> {
  const targets: FetchTarget[] = [
    ...ids.map((remoteId) => ({ remoteId, match: null })),
    ...matches.map((match) => ({ remoteId: null, match })),
  ];
  const outcomes = targets.length === 0 ? [] : await context.app.fetch(targets, context.budget);
  const there = new Set<RemoteId>();
  for (const outcome of outcomes) {
    if (outcome.kind !== 'ok') return outcome.reason;
    const { remoteId, existence } = outcome.value;
    if (remoteId !== null && existence !== 'absent') there.add(remoteId);
  }
  const own = await withoutForeign(context, [...there], key);
  if (own.length === 0) {
    await note(context, erasure, 'app', 'absent');
    return null;
  }
  await note(context, erasure, 'app', 'going');
  // One by one: commands of one record end at the first that fails.
  for (const remoteId of own) {
    const command = { kind: 'delete', key: key ?? ('' as CrmKey), remoteId } as const;
    const [outcome] = await context.app.push([command], context.budget);
    if (outcome === undefined) throw new Error('the app replica gave no outcome for a delete');
    if (outcome.kind !== 'applied' && outcome.kind !== 'gone')
      return 'reason' in outcome ? outcome.reason : 'the app did not take it';
  }
  await note(context, erasure, 'app', 'removed');
  return null;
}

/** An app record that shows their address and belongs to another row is somebody else as far as we know. */
async function withoutForeign(
  { state, sync }: SyncContext,
  ids: readonly RemoteId[],
  key: CrmKey | null,
): Promise<readonly RemoteId[]> {
  if (ids.length === 0) return [];
  const links = await state.findLinks(sync.spec.name, ids);
  return ids.filter((id) => !links.has(id) || links.get(id) === key);
}

/** Out of everything the account has. Whoever shares an identifier is told again, and is in as before. */
async function leaveLedger(
  context: SyncContext,
  erasure: Erasure,
  { key, record }: Person,
): Promise<string | null> {
  const { app, sync, clock, crm } = context;
  const { ledger } = app;
  if (ledger === undefined || key === null) return null;
  const row = (await crm.read([key])).get(key);
  const verdict = judgeRow(sync, ledger, {
    state: record,
    crm: crmSide(sync, row, null),
    again: true,
    now: clock.now(),
  });
  const take = [...new Set([...(record.ledger?.ids ?? []), ...(verdict.plan?.put?.ids ?? [])])];
  if (take.length === 0) {
    await note(context, erasure, 'app', 'absent');
    return null;
  }
  await note(context, erasure, 'app', 'going');
  const plan = { take, everywhere: true, put: null } as const;
  const [outcome] = await ledger.send([{ key, ...plan }], context.budget);
  if (outcome === undefined) throw new Error('the ledger gave no outcome for a row');
  if (outcome.kind !== 'applied') return outcome.reason;
  const told = [{ work: { key, opened: record }, plan, take }];
  const sharers = (await findSharers(context, told)).filter((each) => each !== key);
  await route(context, {
    refs: sharers.map((each) => ({ key: each, look: true })),
    position: {},
    run: null,
  });
  await dropGivenUp(context, told);
  await note(context, erasure, 'app', 'removed');
  return null;
}

async function deleteRow(
  context: SyncContext,
  erasure: Erasure,
  key: CrmKey | null,
): Promise<string | null> {
  const isThere = key !== null && (await context.crm.read([key])).has(key);
  if (key === null || !isThere) {
    await note(context, erasure, 'crm', 'absent');
    return null;
  }
  await note(context, erasure, 'crm', 'going');
  const [outcome] = await context.crm.write([{ kind: 'delete', key, expect: {} }]);
  switch (outcome?.kind) {
    case 'applied':
      await note(context, erasure, 'crm', 'removed');
      return null;
    case 'rejected':
      return `the CRM refuses to delete the row: ${outcome.reason}`;
    case 'locked':
    case 'moved':
    case 'taken':
    case undefined:
      return 'the row is locked or was changed at that moment';
  }
}

/** The record itself last: it holds the names by which the rest is found. False: another holder wrote it. */
async function forget(
  context: SyncContext,
  erasure: Erasure,
  { key, ids, stored, record }: Person,
): Promise<boolean> {
  const { state, sync } = context;
  const { name } = sync.spec;
  await state.dropUnmatched(name, ids);
  await state.dropPlanned(name, ids);
  await wakeWaiting(context, ids, null);
  if (ids.length > 0 && state.digestBuckets > 0) await state.dropDigests(name, ids);
  if (key === null) {
    await note(context, erasure, 'memory', 'removed');
    return true;
  }
  await note(context, erasure, 'memory', 'going');
  for (const id of ids) await state.releaseLink(name, id, key);
  for (const blocker of blockersOf(record)) await state.unblock(name, blocker, key);
  const waiting = await state.blockedBy(name, key);
  for (const each of waiting) await state.unblock(name, key, each);
  await route(context, {
    refs: waiting.map((each) => ({ key: each, look: true })),
    position: {},
    run: null,
  });
  await state.forgetHistory(name, key);
  if (stored !== undefined && (await state.forgetRecord(name, stored)) === 'lost') return false;
  await note(context, erasure, 'memory', 'removed');
  return true;
}

/** Of a try that was cut off it is known that something was there. */
function note(
  context: SyncContext,
  { id }: Erasure,
  step: keyof Erasure['steps'],
  state: ErasureStep['state'],
): Promise<void> {
  return changeErasure(context, id, (each, at) => {
    const wasGoing = each.steps[step]?.state === 'going' || each.steps[step]?.state === 'removed';
    const said = state === 'absent' && wasGoing ? 'removed' : state;
    return { ...each, steps: { ...each.steps, [step]: { state: said, at } } };
  });
}

/** What named the person goes; that they were erased, when and where, stays for whoever ordered it. */
const finish = (context: SyncContext, { id }: Erasure): Promise<void> =>
  changeErasure(context, id, (each, now) => ({
    ...each,
    key: null,
    remoteId: null,
    match: null,
    problem: null,
    doneAt: now,
  }));
