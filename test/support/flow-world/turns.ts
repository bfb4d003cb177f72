/** Several invocations at once: at each step one of them, chosen by chance, may go on. */
import type { Chance } from './chance.ts';

export interface Turns {
  join(): { readonly turn: () => Promise<void>; readonly leave: () => void };
}

export function createTurns(chance: Chance): Turns {
  const waiting = new Map<object, (() => void)[]>();
  /** Everybody who is still running wants the next step: then one of them has it. */
  const release = (): void => {
    const queues = [...waiting.values()];
    if (queues.length === 0 || queues.some((queue) => queue.length === 0)) return;
    chance.pick(queues).shift()?.();
  };
  return {
    join: () => {
      const own: (() => void)[] = [];
      waiting.set(own, own);
      return {
        turn: () =>
          new Promise<void>((resolve) => {
            own.push(resolve);
            // Not at once: the others must have come to their next step first.
            setImmediate(release);
          }),
        leave: () => {
          waiting.delete(own);
          setImmediate(release);
        },
      };
    },
  };
}
