/**
 * A sync that rests, is halted, or that nobody rings for, and the clock jumps by a day, by eight, by sixteen: a queue
 * forgets after fourteen, a place in the log is given up after seven, and nothing is lost.
 */
import type { CrmKey } from '../../lib/engine/model.ts';
import { deliver, ring } from '../support/flow-world/deliver.ts';
import {
  changeHealthOf,
  readCheckpoint,
  readHealth,
  readRecord,
} from '../support/flow-world/memory-state.ts';
import { PULL_GROUP } from '../support/flow-world/queues.ts';
import { PATHS } from '../support/flow-world/sample-sync.ts';
import { addPair, ANN, BOB, bothShow, CID, memberOf } from '../support/flow-world/scenarios.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { findProblems } from '../support/flow-world/verdict.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';
import { say } from './held-word.ts';

const DAY_MS = 86_400_000;
/** SQS, https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-architecture.html */
const RETENTION_MS = 14 * DAY_MS;
const [FIRST, SECOND, THIRD] = ['1', '2', '3'] as [CrmKey, CrmKey, CrmKey];
const DAYS = [1, 8, 16] as const;

/** Without a sweep by itself: it would find whatever else is lost. */
async function worldInStep(): Promise<World> {
  const world = createWorld({ seed: 1, sync: { sweep: false } });
  for (const email of [ANN, BOB, CID]) addPair(world, email);
  await settle(world);
  world.clock.advance(60_000);
  return world;
}

/** What was sent longer ago than a queue keeps is gone, and nobody is told. */
function jump(world: World, days: number): void {
  world.clock.advance(days * DAY_MS);
  const oldest = world.clock.now() - RETENTION_MS;
  for (const [group, messages] of world.queues.groups)
    world.queues.groups.set(
      group,
      messages.filter(({ sentAt }) => sentAt >= oldest),
    );
}

function editBothEnds(world: World): void {
  world.crm.update(FIRST, { first_name: 'Anna' });
  world.audience.people.update(BOB, { [PATHS.city]: 'Bern' });
  world.crm.remove(THIRD);
}

function expectMadeUp(world: World): void {
  expect(bothShow('first_name', 'Anna')(world)).toEqual([]);
  expect(bothShow('city', 'Bern', SECOND)(world)).toEqual([]);
  expect(memberOf(world, THIRD)?.isArchived).toBe(true);
  expect(findProblems(world, { withoutRow: true })).toEqual([]);
}

describe.each(DAYS)('after %i days', (days) => {
  test('a sync whose app was busy goes on with everything that happened', async () => {
    const world = await worldInStep();
    editBothEnds(world);
    world.hazards.appFault = () => 'busy';
    ring(world);
    await drain(world);
    expect(readHealth(world.memory).cooling).not.toBeNull();
    jump(world, days);
    world.hazards.appFault = () => null;
    await settle(world);
    expectMadeUp(world);
    expect(readHealth(world.memory).cooling).toBeNull();
  });

  test('a sync whose app tells what changed and takes no write goes on from where its lanes stood', async () => {
    const world = await worldInStep();
    editBothEnds(world);
    const isTold = (label: string): boolean => /^(identify|present|pull|list)/.test(label);
    world.hazards.appFault = (label) => (isTold(label) ? null : 'busy');
    ring(world);
    await drain(world);
    // Both sources are read and the checkpoint has moved: only what the lanes handed back names them again.
    expect(readHealth(world.memory).resumeFrom).not.toBeNull();
    jump(world, days);
    world.hazards.appFault = () => null;
    await settle(world);
    expectMadeUp(world);
    expect(readHealth(world.memory)).toMatchObject({ cooling: null, resumeFrom: null });
  });

  test('a sync that was halted at each ring goes on by itself when the ends let it in again', async () => {
    const world = await worldInStep();
    editBothEnds(world);
    world.hazards.appFault = () => 'busy';
    changeHealthOf(world.memory, (health) => ({
      ...health,
      halted: { since: world.clock.now(), reason: 'the key was revoked' },
    }));
    for (let day = 0; day < days; day += 1) {
      jump(world, 1);
      ring(world);
      await drain(world);
    }
    expect(readHealth(world.memory).halted?.reason).toBe('the key was revoked');
    // A place that nobody reads from is given up after a week.
    expect(world.reader.mark === null).toBe(days > 7);
    world.hazards.appFault = () => null;
    await settle(world);
    expectMadeUp(world);
    expect(readHealth(world.memory).halted).toBeNull();
  });

  test('a sync nobody rang for finds also what its queue has forgotten', async () => {
    const world = await worldInStep();
    editBothEnds(world);
    ring(world);
    // Read and handed to the lanes, and the checkpoint moved; no lane works it.
    await deliver(world, PULL_GROUP);
    jump(world, days);
    const waiting = [...world.queues.groups.values()].flat().length;
    expect(waiting > 0).toBe(days < 14);
    await settle(world);
    expectMadeUp(world);
  });

  test('a sync whose place in the log is lost walks both ends, once; before a week is over it takes nobody away by itself', async () => {
    const world = await worldInStep();
    editBothEnds(world);
    jump(world, days);
    Object.assign(world.reader, { mark: 'another', previous: null });
    world.table.log.length = 0;
    await settle(world);
    expect(readCheckpoint(world.memory)?.backfill).toBeNull();
    // A purge takes a place of more than a week for forgotten; a younger one was lost with a database that went back.
    const isDoubted = days <= 7;
    const held = readRecord(world.memory, THIRD)?.state.withheld ?? null;
    expect(held !== null).toBe(isDoubted);
    const word = isDoubted ? await say(world, 'approve') : { applied: 1 };
    expect(word).toMatchObject({ applied: 1 });
    expectMadeUp(world);
  });
});
