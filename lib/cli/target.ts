/**
 * What commands talk to: a stack that runs somewhere, seen through the ports. It is the sandbox, `trivet
 * local`, or a stack on AWS; the commands do not know which, they only say it.
 */
import type { SyncConfig, TrivetConfig } from '../config/model.ts';
import type { SyncContext } from '../flow/context.ts';
import { AWS_PACE, MACHINE_PACE, type RoundWatch } from '../flow/follow-round.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeadLetters } from '../ports/dead-letters.ts';
import type { LaneQueue, PullQueue } from '../ports/messages.ts';
import type { RateStore } from '../ports/rates.ts';
import type { StateStore } from '../ports/state.ts';
import type { SecretBook } from './secret-book.ts';
import { wrongUsage } from './failure.ts';

/** Everything of a sync's context but the logger: commands speak for themselves. */
export type TargetContext = Omit<SyncContext, 'log'>;

export type Mode = 'sandbox' | 'local' | 'aws';

/** What is in one sync's lanes. On AWS the queue's counts are approximate and late by seconds. */
export interface LaneDepth {
  readonly waiting: number;
  readonly inWork: number;
}

export interface Target {
  /** Stands in every output, so that nobody takes one stack for another. */
  readonly mode: Mode;
  /** Which one, for people. */
  readonly name: string;
  readonly config: TrivetConfig;
  readonly state: StateStore;
  /** Commands call apps as everybody does: counted. */
  readonly rates: RateStore;
  readonly queue: PullQueue & LaneQueue;
  readonly deadLetters: DeadLetters;
  readonly secrets: SecretBook;
  readonly clock: Clock;
  /** Somebody carries out what is sent to its queues: false for the state of a `trivet local` that was stopped. */
  readonly isRunning: boolean;
  /** Where apps and the CRM call in from outside, without a slash at the end; null where nobody can. */
  readonly endpoint: string | null;
  /** The secret that holds the doorbell's key and the webhooks' signing secrets. */
  readonly webhookSecret: string;
  depth(sync: string): Promise<LaneDepth>;
  /** One sync with its two ends; reads their secrets. The budget counts from this call. */
  open(sync: SyncConfig): Promise<TargetContext>;
  close(): Promise<void>;
}

export function requireSync({ config }: Pick<Target, 'config'>, name: string): SyncConfig {
  const sync = config.syncs.find(({ spec }) => spec.name === name);
  if (sync !== undefined) return sync;
  const known = config.syncs.map(({ spec }) => spec.name).join(', ');
  throw wrongUsage(`There is no sync “${name}”; there is ${known}.`);
}

/** One sync, for whoever waits for what it does. */
export const watchOf = (target: Target, sync: string): RoundWatch => ({
  sync,
  state: target.state,
  queue: target.queue,
  clock: target.clock,
  pace: target.mode === 'aws' ? AWS_PACE : MACHINE_PACE,
  depth: async () => {
    const { waiting, inWork } = await target.depth(sync);
    return waiting + inWork;
  },
});

/** All syncs, or the one that was named. */
export const chosenSyncs = (
  target: Pick<Target, 'config'>,
  name: string | undefined,
): readonly SyncConfig[] =>
  name === undefined ? target.config.syncs : [requireSync(target, name)];
