/** Counts a sync’s records again and again beside a watch, a small part of the time: exact when it ends, and then it ages. */
import { countRecords } from '../flow/status.ts';
import type { StateStore } from '../ports/state.ts';
import { rest } from './stop-signal.ts';
import type { Counted } from './watch-snapshot.ts';

export interface BackgroundCount {
  /** The last count that was finished. */
  latest(): Counted | null;
}

/** For each second of counting so many of rest. */
const REST_FACTOR = 19;
const REST_MIN_MS = 2_000;

export function startCounting(
  state: StateStore,
  sync: string,
  clock: { now(): number },
  signal: AbortSignal,
): BackgroundCount {
  let latest: Counted | null = null;
  const count = async (): Promise<void> => {
    while (!signal.aborted) {
      const at = clock.now();
      const { records } = await countRecords(state, sync, () => signal.throwIfAborted());
      latest = { records, at };
      await rest(Math.max(REST_MIN_MS, (clock.now() - at) * REST_FACTOR), signal);
    }
  };
  // What goes wrong here goes wrong at the next look as well, and is told there.
  count().catch(() => undefined);
  return { latest: () => latest };
}
