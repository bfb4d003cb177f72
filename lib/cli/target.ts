/**
 * What commands talk to: a stack that runs somewhere, seen through the ports. A sandbox is one; whatever
 * else can give a state store, queues and replicas is another, and the commands do not change.
 */
import type { SyncConfig, TrivetConfig } from '../config/model.ts';
import type { SyncContext } from '../flow/context.ts';
import type { StateStore } from '../ports/state.ts';
import { wrongUsage } from './failure.ts';

/** Everything of a sync's context but the logger: commands speak for themselves. */
export type TargetContext = Omit<SyncContext, 'log'>;

export interface Target {
  /** Stands in every output, so that nobody takes one stack for another. */
  readonly mode: 'sandbox';
  /** Which one, for people. */
  readonly name: string;
  readonly config: TrivetConfig;
  readonly state: StateStore;
  /** One sync with its two ends. The budget counts from this call. */
  open(sync: SyncConfig): TargetContext;
  close(): Promise<void>;
}

export function requireSync({ config }: Pick<Target, 'config'>, name: string): SyncConfig {
  const sync = config.syncs.find(({ spec }) => spec.name === name);
  if (sync !== undefined) return sync;
  const known = config.syncs.map(({ spec }) => spec.name).join(', ');
  throw wrongUsage(`There is no sync “${name}”; there is ${known}.`);
}

/** All syncs, or the one that was named. */
export const chosenSyncs = (
  target: Pick<Target, 'config'>,
  name: string | undefined,
): readonly SyncConfig[] =>
  name === undefined ? target.config.syncs : [requireSync(target, name)];
