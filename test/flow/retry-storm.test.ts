/** An app that fails for an hour is not called more often for it: calls are counted, whatever people do meanwhile. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { ring } from '../support/flow-world/deliver.ts';
import { PATHS } from '../support/flow-world/sample-sync.ts';
import { addPair } from '../support/flow-world/scenarios.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { findProblems } from '../support/flow-world/verdict.ts';
import type { AppFault } from '../support/flow-world/app-port.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';

const PEOPLE = 40;
const keys = Array.from({ length: PEOPLE }, (_none, index) => String(index + 1) as CrmKey);
const EVERY_MS = 5_000;
const HOUR_MS = 3_600_000;

async function inStep(): Promise<World> {
  const world = createWorld({ seed: 1, pageMax: 20, sync: { lanes: 4 } });
  for (const key of keys) addPair(world, `p${key}@crm.test`);
  await settle(world);
  world.clock.advance(60_000);
  return world;
}

const callsIn = (world: World, from: number): number =>
  world.steps.trace.slice(from).filter((line) => / app\./.test(line)).length;

/** Somebody edits and something rings every five seconds: twelve times as often as the schedule. */
async function hourOf(world: World, fault: (label: string) => AppFault | null): Promise<number> {
  world.hazards.appFault = fault;
  const from = world.steps.trace.length;
  for (let ms = 0; ms < HOUR_MS; ms += EVERY_MS) {
    const key = world.chance.pick(keys);
    world.crm.update(key, { first_name: `N${ms}` });
    world.audience.people.update(`p${key}@crm.test`, { [PATHS.city]: `C${ms}` });
    ring(world);
    await drain(world);
    world.clock.advance(EVERY_MS);
  }
  const calls = callsIn(world, from);
  world.hazards.appFault = () => null;
  return calls;
}

describe('an hour in which', () => {
  test.each(['busy', 'timeout-before', 'timeout-after'] as const)(
    'every call fails (%s) costs little more than a call a minute, and nothing is lost',
    async (fault) => {
      const world = await inStep();
      const calls = await hourOf(world, () => fault);
      // One a minute, a few while the rest grows to a minute, and what four lanes had in hand at the start.
      expect(calls).toBeGreaterThan(30);
      expect(calls).toBeLessThan(120);
      await settle(world);
      expect(findProblems(world)).toEqual([]);
    },
  );

  test('one record is refused each time costs a dozen calls for it, and the others go on', async () => {
    const world = await inStep();
    const troubled = [...world.audience.members.values()][0]?.id ?? '';
    world.crm.update('1' as CrmKey, { phone: '999' });
    const tried: string[] = [];
    world.hazards.appFault = (label) => {
      const isIts = label.includes(troubled);
      if (isIts) tried.push(label);
      return isIts ? 'record-before' : null;
    };
    for (let ms = 0; ms < HOUR_MS; ms += EVERY_MS) {
      ring(world);
      await drain(world);
      world.clock.advance(EVERY_MS);
    }
    expect(tried.length).toBeGreaterThan(5);
    expect(tried.length).toBeLessThan(30);
    world.hazards.appFault = () => null;
    world.clock.advance(15 * 60_000);
    await settle(world);
    expect(findProblems(world)).toEqual([]);
  });
});
