/** A plan carried out in a world: the lanes work whenever its sender waits for them. */
import { mapCode, mapOf } from '../../../lib/engine/sync-map.ts';
import { carryOut, type Carried, type CarryExcuse } from '../../../lib/plan/carry-out.ts';
import type { PlannedRecord } from '../../../lib/plan/planned-record.ts';
import { drain } from './settle.ts';
import type { World } from './world.ts';

export interface Carrying extends Carried {
  readonly excuses: readonly CarryExcuse[];
}

export async function* oneByOne(records: readonly PlannedRecord[]): AsyncIterable<PlannedRecord> {
  yield* records;
}

export async function carry(
  world: World,
  records: readonly PlannedRecord[],
  options: { readonly code?: string; readonly pageMax?: number } = {},
): Promise<Carrying> {
  const context = world.context(world.start());
  const sleep = async (ms: number): Promise<void> => {
    world.clock.advance(ms);
    await drain(world);
  };
  const clock = { now: () => world.clock.now(), sleep };
  const excuses: CarryExcuse[] = [];
  const { spec, functions } = world.sync;
  const carried = await carryOut({ ...context, clock }, oneByOne(records), {
    planId: 'plan',
    // No two attempts have the same name, for each leaves its results behind.
    attempt: String(world.steps.count),
    code: mapCode(mapOf(spec, functions)),
    pollMs: 1_000,
    silenceMaxMs: 60_000,
    onExcuse: (excuse) => void excuses.push(excuse),
    ...options,
  });
  return { ...carried, excuses };
}
