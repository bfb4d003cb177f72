/** A bad day, act by act, and how it ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../lib/local/simulation/random.ts';
import type { SandboxUnderTest } from '../test/support/sandbox.ts';
import type { Asked } from './arguments.ts';
import type { Book } from './book.ts';
import { EDITS } from './edits.ts';
import { footprints, look, openBook } from './look.ts';
import { openStage, RESTARTS, type Stage } from './stage.ts';
import { calm, createTroubles } from './troubles.ts';
import { problemsOf, stillUnderWay, writtenAgain } from './verdict.ts';

export interface Ended {
  readonly acts: number;
  readonly restarts: number;
  readonly people: number;
  readonly problems: readonly string[];
}

type Say = (line: string) => void;

/** A bounded load: some two edits a second, whatever the machine could do. */
const PACE_MS = 400;
const ACTS_BETWEEN_RESTARTS = 90;

const LOOKS_MAX = 6;
const BETWEEN_LOOKS_MS = 5_000;

/** `signal`: somebody wants it to end; what was started is stopped. */
export async function runChaos(asked: Asked, say: Say, signal: AbortSignal): Promise<Ended> {
  const stage = await openStage(asked.contacts, asked.seed);
  let isKept = false;
  signal.addEventListener('abort', () => void stage.sandbox().child.kill('SIGTERM'));
  try {
    signal.throwIfAborted();
    const book = await openBook(stage.sandbox());
    await stage.sandbox().settle(asked.patienceMs);
    say(`${book.people.length} people are in step`);
    const { acts, restarts } = await misbehave(asked, { stage, book, say, signal });
    say('left alone');
    await calm(stage.sandbox());
    const problems = await atRest(stage, book, asked.patienceMs);
    isKept = problems.length > 0;
    return { acts, restarts, people: book.people.length, problems };
  } finally {
    await stage.end(isKept);
    if (isKept) say(`to look at it: npx trivet sandbox --json ${stage.args.join(' ')}`);
  }
}

interface Misbehaving {
  readonly stage: Stage;
  readonly book: Book;
  readonly say: Say;
  readonly signal: AbortSignal;
}

async function misbehave(
  { minutes, seed }: Asked,
  { stage, book, say, signal }: Misbehaving,
): Promise<{ readonly acts: number; readonly restarts: number }> {
  const random = createRandom(seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const troubles = createTroubles(() => performance.now());
  const endsAt = performance.now() + minutes * 60_000;
  let [acts, restarts, calmAt] = [0, 0, Infinity];
  while (performance.now() < endsAt) {
    signal.throwIfAborted();
    acts += 1;
    if (acts % ACTS_BETWEEN_RESTARTS === 0) {
      const how = pick(RESTARTS);
      say(`restart: ${how}`);
      await stage.restart(how);
      restarts += 1;
    }
    const sandbox = stage.sandbox();
    if (acts >= calmAt) {
      await calm(sandbox);
      calmAt = Infinity;
    }
    const isTrouble = random() < 0.15;
    const what = isTrouble
      ? await pick(troubles)(sandbox, pick)
      : await pick(EDITS)({ sandbox, book, pick });
    // Trouble lasts for a dozen acts at most, so that there are hours between the bad ones, too.
    if (isTrouble) calmAt = Math.min(calmAt, acts + 12);
    if (what !== null) say(what);
    await sleep(PACE_MS * 2 * random());
  }
  return { acts, restarts };
}

/** What is wrong once nothing is left to do; looked at again for a while, for a webhook may still be on its way. */
async function atRest(stage: Stage, book: Book, patienceMs: number): Promise<readonly string[]> {
  const sandbox = stage.sandbox();
  const problems = (): Promise<readonly string[]> =>
    look(sandbox).then((seen) => problemsOf(book, seen));
  for (let looks = 1; ; looks += 1) {
    try {
      await sandbox.settle(patienceMs);
    } catch (error) {
      return [String(error), ...(await problems())];
    }
    const found = await problems();
    if (found.length === 0) return whatMoves(sandbox, patienceMs);
    if (looks === LOOKS_MAX) return found;
    await sleep(BETWEEN_LOOKS_MS);
  }
}

async function whatMoves(
  sandbox: SandboxUnderTest,
  patienceMs: number,
): Promise<readonly string[]> {
  const before = await footprints(sandbox);
  try {
    await sandbox.settle(patienceMs);
  } catch (error) {
    return [String(error)];
  }
  const { syncs } = await sandbox.status();
  const records = Object.entries(syncs).map(([name, sync]) => [name, sync.records] as const);
  return [
    ...writtenAgain(before, await footprints(sandbox)),
    ...stillUnderWay(Object.fromEntries(records)),
  ];
}
