/** What a plan of a world says would be written, and what was written afterwards, in the same words. */
import { rehearse, type RehearsalOptions } from '../../../lib/plan/rehearse.ts';
import type { Rehearsed } from '../../../lib/plan/met.ts';
import { plannedRecordOf, type PlannedRecord } from '../../../lib/plan/planned-record.ts';
import type { Action, CrmKey, Decision } from '../../../lib/engine/model.ts';
import { dumpWorld } from './dump.ts';
import { noHazards, type World } from './world.ts';

const WRITES: ReadonlySet<Action> = new Set([
  'write-app',
  'write-crm',
  'create-app',
  'create-crm',
  'archive-app',
  'delete-app',
  'revive-app',
  'delete-crm',
  'mark-crm',
]);

export interface Foretold {
  readonly outcomes: readonly Rehearsed[];
  readonly writes: readonly string[];
  readonly parked: readonly string[];
  /** What would be kept. */
  readonly records: readonly PlannedRecord[];
}

export async function foretell(world: World, options: RehearsalOptions = {}): Promise<Foretold> {
  const context = world.context(world.start());
  const rehearsal = await rehearse(context, options);
  const outcomes = [...rehearsal.outcomes()];
  const parked = outcomes.flatMap(({ key, after }) =>
    after.reason === null ? [] : [`${key} ${after.label}`],
  );
  rehearsal.close();
  const told = outcomes.map(({ key, decisions }) => ({ key, decisions }));
  const records = outcomes.flatMap((outcome) => plannedRecordOf(world.sync.spec, outcome) ?? []);
  return { outcomes, writes: inWords(told), parked, records };
}

/** What the history tells of writes from there on. */
export const writtenSince = ({ memory }: World, from: number): readonly string[] =>
  inWords(memory.history.slice(from).map(({ key, entry: { decisions } }) => ({ key, decisions })));

/** A row that is made has no key before; it is told apart by what it is made with. */
function inWords(
  told: readonly { readonly key: CrmKey; readonly decisions: readonly Decision[] }[],
): readonly string[] {
  const made = new Set(
    told.flatMap(({ key, decisions }) =>
      decisions.some(({ action }) => action === 'create-crm') ? [key] : [],
    ),
  );
  return told
    .flatMap(({ key, decisions }) =>
      decisions
        .filter(({ action }) => WRITES.has(action))
        .map(({ field, action, after }) => {
          const value = after === undefined ? '' : ` ${JSON.stringify(after)}`;
          return `${made.has(key) ? 'new' : key} ${action} ${field ?? ''}${value}`;
        }),
    )
    .toSorted();
}

/** A plan made now, and what it leaves behind anywhere, in words: nothing, if all is well. */
export async function planWithoutTrace(
  world: World,
): Promise<{ readonly foretold: Foretold; readonly problems: readonly string[] }> {
  Object.assign(world.hazards, noHazards());
  const before = stateOf(world);
  const foretold = await foretell(world);
  const after = stateOf(world);
  const problems = Object.keys(before).flatMap((part) =>
    before[part] === after[part] ? [] : [`a plan changed the ${part}`],
  );
  return { foretold, problems };
}

/** Everything there is but the time, as text by part. */
function stateOf(world: World): Readonly<Record<string, string>> {
  const { now: _now, ...parts } = dumpWorld(world);
  const texts = Object.entries({ ...parts, writes: world.monitor.writes, sent: world.queues.sent });
  return Object.fromEntries(texts.map(([name, part]) => [name, JSON.stringify(part)]));
}
