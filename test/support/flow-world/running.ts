/**
 * One invocation of a function, as a chain of port calls. It can die after any of them, and somebody
 * may act between any two: that is all the harness needs to try every interleaving.
 */
import type { Clock } from '../../../lib/ports/clock.ts';

/** The process is gone. Nothing may catch this: a killed process runs no handlers. */
export class Crash extends Error {
  constructor(step: number, label: string) {
    super(`killed after step ${step} (${label})`);
    this.name = 'Crash';
  }
}

export interface WorldClock extends Clock {
  advance(ms: number): void;
}

/** A port call takes this long, so that no two happen at one moment. */
const CALL_MS = 40;

export function createWorldClock(startsAt: number): WorldClock {
  let now = startsAt;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
    advance: (ms) => {
      now += ms;
    },
  };
}

/** Counts the steps of all invocations of a world, and says what happens at each. */
export interface Fate {
  /** True: the invocation dies right after this step, whose effect has happened. */
  dies(step: number, label: string): boolean;
  /** Somebody acts between this step and the next. */
  between(step: number, label: string): void;
  /** True: after this step the invocation has no time left. */
  timeIsUp(step: number): boolean;
}

export interface Running {
  readonly clock: WorldClock;
  /** Does the effect and lets fate speak. `label` is for the trace only. */
  call<T>(label: string, effect: () => T): Promise<T>;
  isDead(): boolean;
  /** What is left of the invocation, ms. */
  remainingMs(): number;
}

export interface RunningOptions {
  readonly clock: WorldClock;
  readonly steps: StepCounter;
  readonly fate: Fate;
  /** Waits for our turn when several invocations run at once. */
  readonly turn?: () => Promise<void>;
  /** How far this host's clock is ahead of the world's, ms. */
  readonly skewMs: number;
}

export interface StepCounter {
  count: number;
  /** More calls than this are no end in sight. @default none */
  max: number;
  readonly trace: string[];
}

export const createStepCounter = (): StepCounter => ({ count: 0, max: Infinity, trace: [] });

const PLENTY_MS = 50_000;

export function createRunning(options: RunningOptions): Running {
  const { clock, steps, fate, turn, skewMs } = options;
  let isDead = false;
  let isOver = false;
  return {
    clock: { ...clock, now: () => clock.now() + skewMs },
    isDead: () => isDead,
    remainingMs: () => (isOver ? 0 : PLENTY_MS),
    call: async (label, effect) => {
      await turn?.();
      if (isDead) throw new Crash(steps.count, label);
      if (steps.count >= steps.max) throw new Error(`${steps.max} calls, and no end in sight`);
      clock.advance(CALL_MS);
      const result = effect();
      steps.count += 1;
      const { count } = steps;
      steps.trace.push(`${count} ${label}`);
      fate.between(count, label);
      isOver ||= fate.timeIsUp(count);
      if (fate.dies(count, label)) {
        isDead = true;
        throw new Crash(count, label);
      }
      return result;
    },
  };
}
