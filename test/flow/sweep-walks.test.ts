/** Whatever people, faults and kills did to a world: once it is at rest, a sweep finds everybody where the flow left them. */
import type { Proof } from '../../lib/engine/proof.ts';
import { askSweep } from '../../lib/flow/steer.ts';
import { readCheckpoint, readRecords } from '../support/flow-world/memory-state.ts';
import { settle } from '../support/flow-world/settle.ts';
import { walk, type WalkOptions } from '../support/flow-world/walk.ts';
import type { World } from '../support/flow-world/world.ts';
import { contextOf } from './explain-world.ts';

const SEEDS = 40;

async function sweep(world: World): Promise<Proof> {
  await askSweep(contextOf(world), 'ann');
  await settle(world);
  const proof = readCheckpoint(world.memory)?.sweep?.proof ?? null;
  if (proof === null) throw new Error('no proof came of it');
  return proof;
}

const sum = (counts: Proof['onlyCrm']): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** What a second sweep still finds to look at; the first may have met what no change announced. */
async function troublesOf(world: World): Promise<string[]> {
  await sweep(world);
  const writes = world.monitor.writes.length;
  const proof = await sweep(world);
  const counted = proof.equal + proof.gone + sum(proof.differing) + sum(proof.onlyCrm);
  const known = readRecords(world.memory).length;
  return [
    ...world.monitor.violations,
    ...world.monitor.writes.slice(writes).map((write) => `it wrote ${write}`),
    ...(proof.differing['drifted'] === undefined ? [] : [`drifted: ${JSON.stringify(proof)}`]),
    ...(counted + sum(proof.onlyApp) >= known
      ? []
      : [`somebody is not counted: ${JSON.stringify(proof)}`]),
  ];
}

describe('a sweep after a walk', () => {
  test.each<[string, WalkOptions]>([
    ['of an app with a delta', {}],
    ['of an app that is only listed', { app: 'listed' }],
    ['of a CRM read by timestamp', { isTimed: true }],
  ])('%s writes nothing, and counts everybody', async (_, options) => {
    const failures: string[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { world, problems } = await walk(seed, options);
      // Those are for the walks' own tests.
      if (problems.length > 0) continue;
      const troubles = await troublesOf(world);
      if (troubles.length > 0) failures.push(`seed ${seed}: ${troubles.join(' | ')}`);
    }
    expect(failures).toEqual([]);
  });
});
