/**
 * A state between two invocations, which can be gone on with any number of times. Two states are the same when they
 * differ in nothing but the names of random ids, how often something was counted, and the times of day: of times, their
 * order counts, and whether two that follow one another are within the fence.
 */
import { createHash } from 'node:crypto';
import { dumpWorld } from '../../test/support/flow-world/dump.ts';
import type { Queued } from '../../test/support/flow-world/queues.ts';
import type { WitnessDump } from '../../test/support/flow-world/witness.ts';
import { createWorld, type World, type WorldDump } from '../../test/support/flow-world/world.ts';
import type { Scope } from './scope.ts';

export interface State {
  readonly dump: string;
  readonly queued: readonly (readonly [string, readonly Queued[]])[];
  readonly witnessed: WitnessDump;
  readonly left: Left;
  /** How it came about, in words. */
  readonly path: readonly string[];
}

/** What may still happen. */
export interface Left {
  readonly crm: number;
  readonly app: number;
  readonly crashes: number;
}

export const keepState = (world: World, left: Left, path: readonly string[]): State => ({
  dump: JSON.stringify(dumpWorld(world)),
  queued: structuredClone([...world.queues.groups]),
  witnessed: world.witness.dump(),
  left,
  path,
});

const IDS_PER_STEP = 1_000;

export function wake(scope: Scope, state: State): World {
  const world = createWorld({
    seed: 1,
    receivesMax: 100,
    sync: { lanes: 1, phonePolicy: scope.policy },
    resumed: JSON.parse(state.dump) as WorldDump,
    witnessed: state.witnessed,
    idsFrom: (state.path.length + 1) * IDS_PER_STEP,
  });
  world.queues.groups.clear();
  for (const [group, messages] of structuredClone(state.queued))
    world.queues.groups.set(group, [...messages]);
  return world;
}

const FENCE_MS = 5_000;

/** Versions, which nobody holds between two invocations, and the numbers of rounds and runs; in JSON within JSON. */
const COUNTS =
  /\\*"(?:version|number|routed)\\*":\d+|\\*"run\\*":\\*"\d+\\*"|\\*"v\\*":\{\\*"N\\*":\\*"\d+\\*"\}/g;

export function nameOf({ dump, queued, left }: State): string {
  const { memory, now, ...ends } = JSON.parse(dump) as WorldDump;
  const { history, ...kept } = memory;
  const told = [...new Set(JSON.stringify(history).match(/"[ca]\d+"/g) ?? [])].toSorted();
  const waiting = queued.map(([group, messages]) => [
    group,
    messages.map(({ body, receiveCount }) => [body, Math.min(receiveCount, 2)]),
  ]);
  const text = JSON.stringify([ends, kept, told, waiting, left]);
  return createHash('sha256').update(withoutNames(text, now)).digest('base64');
}

function withoutNames(text: string, now: number): string {
  const times = [...new Set([...(text.match(/\b1\d{12}\b/g) ?? []), String(now)])].toSorted();
  const order = new Map(times.map((time, index) => [time, index]));
  const gaps = times.map((time, index) => {
    const before = times[index - 1];
    return before !== undefined && Number(time) - Number(before) < FENCE_MS ? '~' : '|';
  });
  const ids = new Map<string, number>();
  const named = text
    .replaceAll(COUNTS, '')
    .replaceAll(/\b1\d{12}\b/g, (time) => `t${order.get(time)}`)
    .replaceAll(/\bid-\d+\b/g, (id) => {
      const known = ids.get(id) ?? ids.size;
      ids.set(id, known);
      return `i${known}`;
    });
  return named + gaps.join('');
}
