/** A question that may be answered at the next try: an app that is busy for a moment must not end a plan of an hour. */
import type { Clock } from '../ports/clock.ts';
import type { Outcome } from '../ports/outcome.ts';

const TRIES_MAX = 6;
const FIRST_PAUSE_MS = 1_000;

export async function askPatiently<T>(
  clock: Pick<Clock, 'sleep'>,
  ask: () => Promise<Outcome<T>>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const outcome = await ask();
    if (outcome.kind === 'ok') return outcome.value;
    if (outcome.kind === 'halted' || tries === TRIES_MAX)
      throw new Error(`The app cannot be asked: ${outcome.reason}`);
    await clock.sleep(outcome.afterMs ?? FIRST_PAUSE_MS * 2 ** (tries - 1));
  }
}
