/** A run: input after input through the function, each judged by itself; a seed and a number make an input. */
import { createDice } from './dice.ts';
import { makeGenuine } from './genuine.ts';
import { type Input, judge } from './judge.ts';
import { Issued } from './keys.ts';
import { spoil } from './spoil.ts';
import { loadSubject, type Subject } from './subject.ts';
import { startWitness, type Witness } from './witness.ts';

export interface Asked {
  readonly seed: number;
  /** The first, and how many. */
  readonly from: number;
  readonly inputs: number;
}

export interface Problem {
  readonly input: number;
  readonly problem: string;
}

export interface Tally extends Asked {
  readonly answers: Readonly<Record<string, number>>;
  /** Inputs that woke a sync, by sync. */
  readonly rung: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  /** What one call made the process hold at most, before anything was collected. */
  readonly mostMb: number;
  /** How much more was held when the run ended than when it had warmed up. */
  readonly heapGrewMb: number;
  readonly problems: readonly Problem[];
}

/** Ten milliseconds between two inputs: in a long run the function reads its secrets again and again. */
const BEGAN_MS = 1_773_489_600_000;
const PACE_MS = 10;
const PROBLEMS_MAX = 20;
const WARMED_UP = 1_000;

export function makeInput(seed: number, index: number, issued: Issued): Input {
  const dice = createDice(seed, index);
  const nowMs = BEGAN_MS + index * PACE_MS;
  const { event, rings } = makeGenuine({ dice, issued, nowMs });
  // One in eight comes as it was sent.
  if (dice.oneIn(8)) return { index, event, nowMs, rings };
  return { index, event: spoil(event, dice, nowMs), nowMs, rings: null };
}

export async function fuzz(asked: Asked): Promise<Tally> {
  const witness = await startWitness();
  const subject = await loadSubject(witness);
  try {
    return await runThrough(asked, subject, witness);
  } finally {
    subject.release();
    await witness.stop();
  }
}

async function runThrough(asked: Asked, subject: Subject, witness: Witness): Promise<Tally> {
  const answers: Record<string, number> = {};
  const rung: Record<string, number> = {};
  const problems: Problem[] = [];
  let [slowestMs, mostMb, heapAtFirst] = [0, 0, 0];
  const issued = new Issued();
  const end = asked.from + asked.inputs;
  for (let index = asked.from; index < end && problems.length < PROBLEMS_MAX; index += 1) {
    const input = makeInput(asked.seed, index, issued);
    const answered = await ask(input, subject, witness);
    for (const problem of judge(input, answered, issued)) problems.push({ input: index, problem });
    count(answers, String((answered.answer as { statusCode?: unknown } | null)?.statusCode));
    const [first] = answered.calls.flatMap(({ messages }) => messages);
    if (first !== undefined) count(rung, (JSON.parse(first) as { sync: string }).sync);
    // The first one waits for the secret, and what comes early for the compiler.
    if (index - asked.from > 10) {
      slowestMs = Math.max(slowestMs, answered.ms);
      mostMb = Math.max(mostMb, answered.mb);
    }
    if (index - asked.from === Math.min(WARMED_UP, asked.inputs >> 1)) heapAtFirst = heapMb();
  }
  const heapGrewMb = heapMb() - heapAtFirst;
  return { ...asked, answers, rung, slowestMs, mostMb, heapGrewMb, problems };
}

async function ask(input: Input, subject: Subject, witness: Witness) {
  subject.setTime(input.nowMs);
  const hadMb = heldMb();
  const beganAt = performance.now();
  let [answer, hasThrown]: [unknown, boolean] = [null, false];
  try {
    answer = await subject.handle(input.event);
  } catch (error) {
    [answer, hasThrown] = [error, true];
  }
  const ms = performance.now() - beganAt;
  const mb = heldMb() - hadMb;
  return { answer, hasThrown, ms, mb, calls: witness.take(), printed: subject.takePrinted() };
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function heldMb(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

/** After a collection, where the process was started so that one can be asked for. */
function heapMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
}
