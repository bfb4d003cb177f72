/**
 * Writing. Per record two calls: a look, and the write that is built from it.
 *
 *   create            GET by the planted id, then PUT, which would replace whatever is there
 *   anything else     GET, then one PATCH with the whole contact and all that this record's commands change
 *   delete            DELETE; Dialpad has no archive
 *   consent           GET, then the number is blocked, or is not any more (block.ts)
 */
import type { AppCommand, AppOutcome, CreateCommand } from '../../ports/app.ts';
import type { Budget } from '../../ports/clock.ts';
import { mapUntil } from '../slots.ts';
import { blockFirst, setRefusals } from './block.ts';
import { sendChanges } from './change.ts';
import { rejected } from './failures.ts';
import type { FetchTools } from './fetch.ts';
import { shapeCreate } from './mapping.ts';
import { conclude, finish, isOwnRest, type Run, untried } from './outcomes.ts';
import { createTriage, skipRest } from '../triage.ts';
import { idOfUid, plantUid } from './uid.ts';

type OfRecord = readonly [AppCommand, ...AppCommand[]];

export async function pushCommands(
  tools: FetchTools,
  commands: readonly AppCommand[],
  budget: Budget,
): Promise<readonly AppOutcome[]> {
  const records = groupByRecord(commands);
  const turn = tools.company.turn(budget, needsOf(records, tools.refusals.callsPerLook));
  const run: Run = { tools, turn, triage: createTriage(() => tools.company.whyMissing(turn)) };
  const outcomes = await mapUntil(
    records,
    tools.connectionsMax,
    (record) => pushRecord(run, record),
    skipRecord,
  );
  const byCommand = new Map(
    records.flatMap((record, index) =>
      record.map((command, n) => [command, outcomes[index]?.[n] ?? outcomes[index]?.[0]] as const),
    ),
  );
  return commands.map((command) => requireOutcome(byCommand.get(command), command));
}

function groupByRecord(commands: readonly AppCommand[]): readonly OfRecord[] {
  const groups = new Map<string, [AppCommand, ...AppCommand[]]>();
  for (const command of commands) {
    const group = groups.get(command.key);
    if (group === undefined) groups.set(command.key, [command]);
    else group.push(command);
  }
  return [...groups.values()];
}

function needsOf(records: readonly OfRecord[], callsPerLook: number) {
  const creates = records.filter(([{ kind }]) => kind === 'create').length;
  return { creates, company: records.length * (2 + callsPerLook) };
}

/** What stopped one record stops all of them, or only that one. */
function skipRecord(outcomes: readonly AppOutcome[]): readonly AppOutcome[] | null {
  const own = outcomes.filter((outcome) => !isOwnRest(outcome));
  const stop = own.map(skipRest).find((each) => each !== null) ?? null;
  return stop === null ? null : [stop];
}

async function pushRecord(run: Run, record: OfRecord): Promise<readonly AppOutcome[]> {
  const [head, ...rest] = record;
  switch (head.kind) {
    case 'create':
      return [await create(run, head), ...rest.map(untried)];
    case 'revive':
      return [
        rejected('Dialpad has no archive to bring anybody back from.', null),
        ...rest.map(untried),
      ];
    case 'consent':
      return setRefusals(run, record);
    case 'archive':
    case 'delete': {
      const done = await run.tools.company.remove(head.remoteId, run.turn);
      return [await conclude(run, done, null), ...rest.map(untried)];
    }
    case 'update':
    case 'rename':
    case 'tags':
      return sendChanges(run, record);
  }
}

async function create(run: Run, command: CreateCommand): Promise<AppOutcome> {
  const { company, installation } = run.tools;
  const uid = plantUid(installation, command.key);
  const shaped = shapeCreate(uid, command.fields);
  if (!shaped.ok) return rejected(shaped.reason, shaped.path);
  const there = await company.contact(idOfUid(company.id, uid), run.turn);
  if (there.kind === 'ok')
    return { kind: 'exists', reason: 'Dialpad has a contact with this record’s uid already.' };
  if (there.kind !== 'missing') return conclude(run, there, null);
  const failure = await run.triage.whyMissing();
  if (failure !== null) return failure;
  const hindrance = await blockFirst(run, command);
  if (hindrance !== null) return hindrance;
  return finish(run, await company.put(shaped.value, run.turn));
}

function requireOutcome(outcome: AppOutcome | undefined, command: AppCommand): AppOutcome {
  if (outcome === undefined) throw new Error(`No outcome for a ${command.kind} of ${command.key}`);
  return outcome;
}
