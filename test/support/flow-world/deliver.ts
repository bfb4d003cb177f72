/** Working the queues: what SQS and Lambda do between a message and its handler. */
import { applyLane } from '../../../lib/flow/apply-planned.ts';
import { pullSync } from '../../../lib/flow/pull.ts';
import { enqueue, laneMessageOf, PULL_GROUP, pullMessageOf, type Queued } from './queues.ts';
import { Crash } from './running.ts';
import { createTurns } from './turns.ts';
import type { World } from './world.ts';

export function ring(world: World): void {
  const message = { kind: 'ring', sync: world.sync.spec.name, source: 'test' };
  enqueue(world.queues, PULL_GROUP, JSON.stringify(message), world.clock.now());
}

const RECEIVED_MAX = 10;

/** Takes the head of a group, as one invocation would, and works it. */
export async function deliver(world: World, group: string): Promise<void> {
  const received = receive(world, group);
  if (received.length > 0) giveBack(world, group, received, await work(world, group, received));
}

/**
 * Several invocations at once, taking turns as chance has it. A group named twice has two holders: the
 * messages came back to the queue while their first holder was still at work.
 */
export async function deliverTogether(world: World, groups: readonly string[]): Promise<void> {
  const turns = createTurns(world.chance);
  const runs = groups.flatMap((group) => {
    const received = receive(world, group);
    return received.length === 0 ? [] : [{ group, received, seat: turns.join() }];
  });
  const done = runs.map(async ({ group, received, seat }) => {
    const isDone = await work(world, group, received, seat.turn);
    seat.leave();
    return isDone;
  });
  const outcomes = await Promise.all(done);
  for (const [index, { group, received }] of runs.entries()) {
    const isDone = runs.some((run, other) => run.group === group && outcomes[other] === true);
    if (runs.findIndex((run) => run.group === group) === index)
      giveBack(world, group, received, isDone);
  }
}

function receive(world: World, group: string): readonly Queued[] {
  const received = (world.queues.groups.get(group) ?? []).slice(0, RECEIVED_MAX);
  for (const message of received) message.receiveCount += 1;
  return received;
}

/** Deletes what was worked; what came back too often goes to the dead-letter queue. */
function giveBack(world: World, group: string, received: readonly Queued[], isDone: boolean): void {
  const gone = isDone
    ? received
    : received.filter(({ receiveCount }) => receiveCount >= (world.options.receivesMax ?? 5));
  if (!isDone) world.dead.push(...gone);
  const waiting = world.queues.groups.get(group) ?? [];
  world.queues.groups.set(
    group,
    waiting.filter((message) => !gone.includes(message)),
  );
}

async function work(
  world: World,
  group: string,
  received: readonly Queued[],
  turn?: () => Promise<void>,
): Promise<boolean> {
  const running = world.start(turn);
  const context = world.context(running);
  world.atWork += 1;
  let isOver = false;
  const end = (): void => {
    world.atWork -= isOver ? 0 : 1;
    isOver = true;
  };
  try {
    if (group === PULL_GROUP) {
      const bells = received.map((each) => ({ message: pullMessageOf(each), sentAt: each.sentAt }));
      await pullSync(context, bells);
    } else {
      const delivered = received.map((each) => ({
        message: laneMessageOf(each),
        receiveCount: each.receiveCount,
        id: `${group} ${each.sentAt}`,
      }));
      await applyLane(context, delivered);
    }
    return true;
  } catch (error) {
    end();
    if (error instanceof Crash) {
      world.steps.trace.push(`-- ${error.message}`);
      world.clock.advance(world.hazards.redeliveryMs);
      world.hazards.afterCrash();
    } else {
      world.errors.push(error);
      world.clock.advance(world.hazards.redeliveryMs);
    }
    return false;
  } finally {
    end();
  }
}
