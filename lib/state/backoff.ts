/**
 * Waiting longer each time, by a random part of it: callers that were throttled together come back apart.
 *
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 */
import { StateUnavailable } from '../ports/state.ts';

export interface Backoff {
  /** Waits after the given number of attempts; throws `StateUnavailable` when there were enough. */
  pause(attempts: number, reason: string, cause?: unknown): Promise<void>;
}

export interface BackoffOptions {
  readonly sleep: (ms: number) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
  /** @default 8 */
  readonly attemptsMax?: number;
  /** @default 50 */
  readonly baseMs?: number;
  /** @default 2000 */
  readonly capMs?: number;
}

export function createBackoff(options: BackoffOptions): Backoff {
  const { attemptsMax = 8, baseMs = 50, capMs = 2000 } = options;
  return {
    pause: async (attempts, reason, cause) => {
      if (attempts >= attemptsMax) {
        const message = `DynamoDB refused ${attempts} times in a row: ${reason}.`;
        throw new StateUnavailable(message, { cause });
      }
      await options.sleep(options.random() * Math.min(capMs, baseMs * 2 ** attempts));
    },
  };
}
