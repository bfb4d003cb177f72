/**
 * FIFO queues in memory: one group at a time, redelivery with a receive count, and messages parsed from
 * text as they are on SQS, so that a field the parser forgets is missed here too.
 */
import type {
  LaneMessage,
  LaneQueue,
  PullMessage,
  PullQueue,
} from '../../../lib/ports/messages.ts';
import { requireLaneMessage, requirePullMessage } from '../../../lib/queue/parse-message.ts';
import type { Running } from './running.ts';

export interface Queued {
  readonly body: string;
  readonly sentAt: number;
  receiveCount: number;
}

/** By group: `pull`, or `lane 0`, `lane 1` … The head of a group is served first. */
export interface Queues {
  readonly groups: Map<string, Queued[]>;
  /** Everything ever sent to a lane, so that a test can deliver it once more, late. */
  readonly sent: { group: string; body: string }[];
}

/** `waiting`: bodies by group. */
export function createQueues(
  waiting: Readonly<Record<string, readonly string[]>> = {},
  sentAt = 0,
): Queues {
  const queues: Queues = { groups: new Map(), sent: [] };
  for (const [group, bodies] of Object.entries(waiting)) {
    for (const body of bodies) enqueue(queues, group, body, sentAt);
  }
  return queues;
}

export const PULL_GROUP = 'pull';
export const laneGroup = (lane: number): string => `lane ${lane}`;

export function enqueue(queues: Queues, group: string, body: string, sentAt: number): void {
  const waiting = queues.groups.get(group) ?? [];
  waiting.push({ body, sentAt, receiveCount: 0 });
  queues.groups.set(group, waiting);
  queues.sent.push({ group, body });
}

export const isDrained = ({ groups }: Queues): boolean =>
  [...groups.values()].every((messages) => messages.length === 0);

export const pullMessageOf = ({ body }: Queued): PullMessage => requirePullMessage(body);
export const laneMessageOf = ({ body }: Queued): LaneMessage => requireLaneMessage(body);

export function createQueuePort(queues: Queues, running: Running): PullQueue & LaneQueue {
  const { clock } = running;
  return {
    sendPull: async (messages) => {
      for (const message of messages) {
        await running.call(`queue.sendPull ${message.kind}`, () =>
          enqueue(queues, PULL_GROUP, JSON.stringify(message), clock.now()),
        );
      }
    },
    sendLane: async (messages) => {
      for (const message of messages) {
        const keys = message.refs.map(({ key }) => key).join(',');
        await running.call(`queue.sendLane ${message.lane}: ${keys}`, () =>
          enqueue(queues, laneGroup(message.lane), JSON.stringify(message), clock.now()),
        );
      }
    },
  };
}
