/** What every step of the flow works with: one sync, its two ends, its memory and its queues. */
import type { SyncConfig } from '../config/model.ts';
import type { AppReplica } from '../ports/app.ts';
import type { Budget, Clock, RandomId } from '../ports/clock.ts';
import type { CrmReplica } from '../ports/crm.ts';
import type { Log } from '../ports/log.ts';
import type { LaneQueue, PullQueue } from '../ports/messages.ts';
import type { StateStore } from '../ports/state.ts';

export interface SyncContext {
  readonly sync: SyncConfig;
  readonly crm: CrmReplica;
  readonly app: AppReplica;
  readonly state: StateStore;
  readonly queue: PullQueue & LaneQueue;
  readonly clock: Clock;
  readonly random: RandomId;
  readonly log: Log;
  /** What is left of this invocation. */
  readonly budget: Budget;
}

/** A step that begins with less than this left hands its work back instead. */
export const RESERVE_MS = 2_500;

export const isTimeUp = (budget: Budget): boolean => budget.remainingMs() < RESERVE_MS;
