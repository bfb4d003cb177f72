/**
 * Writing: batches first, for what may go in batches, then the rest one by one.
 *
 *   create            batch, `update_existing: false`        a lone one: look, then POST
 *   update, bulk      batch, addressed by the last address   a lone one: PATCH by contact_id
 *   everything else   one call each, by contact_id, in the order of its record
 */
import type { AppCommand, AppOutcome } from '../../ports/app.ts';
import type { Budget } from '../../ports/clock.ts';
import type { Failure } from '../../ports/outcome.ts';
import { type BatchSize, sendBatches } from './bulk.ts';
import { isFailure, notTried, withoutRejection } from './failures.ts';
import { profileOf, shapeProfile } from './mapping.ts';
import type { MergeFields } from './merge-fields.ts';
import type { MergeFieldCache } from './merge-field-cache.ts';
import { sendSingle, type SingleTools } from './single.ts';
import { mapUntil } from '../slots.ts';
import { createTriage, skipRest, type Triage } from '../triage.ts';

export interface PushTools extends SingleTools {
  readonly mergeFields: MergeFieldCache;
  readonly batchSize: BatchSize;
  readonly connectionsMax: number;
}

/** One push: what it knows of the audience, and what became of each command so far. */
export interface Run {
  readonly tools: PushTools;
  readonly live: MergeFields;
  readonly budget: Budget;
  readonly triage: Triage;
  readonly outcomes: Map<AppCommand, AppOutcome>;
}

type OfRecord = readonly [AppCommand, ...AppCommand[]];

export async function pushCommands(
  tools: PushTools,
  commands: readonly AppCommand[],
  budget: Budget,
): Promise<readonly AppOutcome[]> {
  const live = await readLive(tools, commands, budget);
  if (live.kind !== 'ok') return commands.map(() => withoutRejection(live));
  const triage = createTriage(() => tools.audience.whyMissing(budget));
  const run: Run = { tools, live: live.value, budget, triage, outcomes: new Map() };
  const records = groupByRecord(commands);
  const stop = await sendBatches(
    run,
    records.map(([head]) => head),
  );
  const stops =
    stop === null
      ? await mapUntil(
          records,
          tools.connectionsMax,
          (record) => finishRecord(run, record),
          skipRest,
        )
      : records.map(() => stop);
  records.forEach((record, index) => giveRest(run, record, stops[index] ?? null));
  return commands.map((command) => requireOutcome(run, command));
}

async function readLive(
  tools: PushTools,
  commands: readonly AppCommand[],
  budget: Budget,
): ReturnType<MergeFieldCache['read']> {
  const profiles = commands.flatMap((command) => ('fields' in command ? [command.fields] : []));
  if (profiles.length === 0) return { kind: 'ok', value: new Map() };
  const held = await tools.mergeFields.read(budget);
  if (held.kind !== 'ok') return held;
  const isFit = profiles.every((fields) => shapeProfile(profileOf(fields), held.value).ok);
  return isFit ? held : tools.mergeFields.readFresh(budget);
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

/** The record's commands in order, until one is not applied. The failure that ended it, if one did. */
async function finishRecord(run: Run, record: OfRecord): Promise<Failure | null> {
  for (const command of record) {
    const outcome = run.outcomes.get(command) ?? (await sendSingle(run, command));
    run.outcomes.set(command, outcome);
    if (outcome.kind === 'applied') run.triage.noteServed();
    else return isFailure(outcome) ? outcome : null;
  }
  return null;
}

/** What was not tried waits: for the app when that failed as a whole, else for the record's own trouble. */
function giveRest(run: Run, record: OfRecord, stop: Failure | null): void {
  const forAll = stop === null ? null : skipRest(stop);
  const rest = forAll ?? notTried('An earlier command of this record was not applied.');
  for (const command of record) {
    if (!run.outcomes.has(command)) run.outcomes.set(command, rest);
  }
}

function requireOutcome(run: Run, command: AppCommand): AppOutcome {
  const outcome = run.outcomes.get(command);
  if (outcome === undefined) throw new Error(`No outcome for a ${command.kind} of ${command.key}`);
  return outcome;
}
