/**
 * Settled: no message is queued or in flight, and a further full round of every sync found nothing to
 * do. Watches the queues and the checkpoints; rings like anybody else would.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PullQueue } from '../../ports/messages.ts';
import type { StateStore } from '../../ports/state.ts';
import type { Runtime } from '../runtime/runtime.ts';

export interface Settling {
  readonly state: StateStore;
  readonly runtime: Runtime;
  readonly queue: PullQueue;
  readonly syncs: readonly string[];
  /** Nothing settles any more once this is aborted; without it a long wait would outlive what it watches. */
  readonly signal: AbortSignal;
}

const POLL_MS = 50;
const DEAD_LETTERS = /dlq|dead/i;

/** True when settled, false when the time was over or everything stopped first. */
export async function settle(settling: Settling, timeoutMs: number): Promise<boolean> {
  const endsAt = Date.now() + timeoutMs;
  while (Date.now() < endsAt && !settling.signal.aborted) {
    if (!(await isQuiet(settling))) {
      await pause(settling);
      continue;
    }
    const quiet = await Promise.all(
      settling.syncs.map((sync) => roundIsIdle(settling, sync, endsAt)),
    );
    if (quiet.every(Boolean) && (await isQuiet(settling))) return true;
    await pause(settling);
  }
  return false;
}

const pause = ({ signal }: Settling): Promise<void> =>
  sleep(POLL_MS, undefined, { signal }).catch(() => undefined);

async function isQuiet({ state, runtime, syncs }: Settling): Promise<boolean> {
  for (const [name, depth] of runtime.queueDepths()) {
    if (!DEAD_LETTERS.test(name) && depth.visible + depth.inFlight > 0) return false;
  }
  for (const sync of syncs) {
    const { cooling, halted, paused } = await state.loadHealth(sync);
    // It will not move by itself, whoever waits.
    if (halted !== null || paused !== null) continue;
    const waiting = await state.due(sync, Number.MAX_SAFE_INTEGER, 1);
    if (waiting.length > 0) return false;
    if (cooling !== null) {
      // Only a round ends the rest, and the schedule may be slow.
      if (cooling.until <= Date.now()) continue;
      return false;
    }
  }
  return true;
}

/** Asks for a round and waits for one that began after the asking. */
async function roundIsIdle(settling: Settling, sync: string, endsAt: number): Promise<boolean> {
  const { state, queue, signal } = settling;
  const askedAt = Date.now();
  await queue.sendPull([{ kind: 'ring', sync, source: 'settle' }]);
  while (Date.now() < endsAt && !signal.aborted) {
    await pause(settling);
    const [checkpoint, health] = await Promise.all([
      state.loadCheckpoint(sync),
      state.loadHealth(sync),
    ]);
    if (health.halted !== null || health.paused !== null) return true;
    if (health.cooling !== null) return false;
    if (checkpoint === null || checkpoint.round.beganAt < askedAt) continue;
    return checkpoint.backfill === null && checkpoint.round.routed === 0;
  }
  return false;
}
