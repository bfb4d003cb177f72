/**
 * What each kind of trouble must be called. All writes meet it, and then all calls, so that there is one right
 * answer:
 *
 *   halted                     a person must act; it stays so
 *   retry, not ambiguous       it surely was not done
 *   retry, ambiguous           a write that may have been done
 *
 * Reading, looking and writing are all asked, and none may take trouble for an answer: an app that is not there
 * is no app without people.
 */
import type { Json } from '../engine/value.ts';
import type { AppCommand, AppReplica } from '../ports/app.ts';
import type { Budget } from '../ports/clock.ts';
import type { Retry } from '../ports/outcome.ts';
import {
  claimHolds,
  createOf,
  PLENTY,
  range,
  tell,
  updateOf,
  valueOf,
  type Bench,
} from './bench.ts';
import { claim, claimEqual, type Clause } from './clause.ts';
import { isLacking, type Held, type TroubleName } from './harness.ts';
import { hasNoTrouble } from './reasons.ts';

/** One call of the port and how it ended. */
export interface Ending {
  readonly asked: string;
  readonly outcome: { readonly kind: string; readonly reason?: string };
}

type Judge = (ending: Ending) => void;

const outcomeOf = ({ asked, outcome }: Ending): string => `${asked} ended in ${tell(outcome)}`;

const isHalted: Judge = (ending) =>
  claim(ending.outcome.kind === 'halted', `${outcomeOf(ending)}, and not halted`);

/** Somebody must act, or it passes; but nothing is known of any record. */
const isNoAnswer: Judge = (ending) =>
  claim(['halted', 'retry'].includes(ending.outcome.kind), outcomeOf(ending));

/** The record's own, and not done. */
const isRefused: Judge = (ending) =>
  claim(['exists', 'rejected', 'retry'].includes(ending.outcome.kind), outcomeOf(ending));

const isRetry: Judge = (ending) => {
  claim(ending.outcome.kind === 'retry', `${outcomeOf(ending)}, and not retry`);
  claim((ending.outcome as Retry).scope !== 'budget', `${ending.asked} blames our own time`);
};

const isUndone: Judge = (ending) => {
  isRetry(ending);
  claim(!(ending.outcome as Retry).ambiguous, `${ending.asked} is called ambiguous`);
};

const isAmbiguous: Judge = (ending) => {
  isRetry(ending);
  claim((ending.outcome as Retry).ambiguous, `${ending.asked} is not called ambiguous`);
};

interface Case {
  readonly name: TroubleName;
  readonly promise: string;
  /** When every call meets it. Null: it is a trouble of writes. */
  readonly everywhere: Judge | null;
  /** What a write is called when writes alone meet it, so that it was surely sent. */
  readonly sent: Judge;
}

const retried = (name: TroubleName, what: string): Case => ({
  name,
  promise: `${what} is tried again, and a write may have been done`,
  everywhere: isRetry,
  sent: isAmbiguous,
});

const CASES: readonly Case[] = [
  {
    name: '401',
    promise: 'credentials that are not accepted (401) halt the sync',
    everywhere: isHalted,
    sent: isHalted,
  },
  {
    name: '403',
    promise: 'a permission that is missing (403) halts the sync',
    everywhere: isHalted,
    sent: isHalted,
  },
  {
    name: '404',
    promise: 'an object that is gone (404 on everything) deletes nobody',
    everywhere: isNoAnswer,
    // A record that is gone while all else is there.
    sent: (ending) => claim(ending.outcome.kind !== 'applied', outcomeOf(ending)),
  },
  {
    name: '409',
    promise: 'a conflict the app reports (409) is that record’s own, and never done',
    everywhere: null,
    sent: isRefused,
  },
  {
    name: '429',
    promise: 'too many calls (429) is tried again later, and was surely not done',
    everywhere: isUndone,
    sent: isUndone,
  },
  retried('500', 'a server error (500)'),
  retried('503', 'an app that is down (503)'),
  retried('html-502', 'a page of HTML with an error (502)'),
  {
    name: 'html-200',
    promise: 'a page of HTML that says 200 is no answer',
    everywhere: isNoAnswer,
    sent: isNoAnswer,
  },
  retried('timeout-before', 'a call that is never answered'),
  retried('timeout-after', 'a call that was done and whose answer is lost'),
  retried('reset', 'a connection that breaks'),
  {
    name: 'unreachable',
    promise: 'an app that cannot be reached is tried again, and nothing was done',
    everywhere: isUndone,
    sent: isUndone,
  },
];

export const TROUBLES: readonly Clause[] = [
  ...CASES.map(
    (each): Clause => ({
      id: `trouble-${each.name}`,
      promise: each.promise,
      whyNot: hasNoTrouble(each.name),
      prove: (bench) => proveTrouble(bench, each),
    }),
  ),
  {
    id: 'no-time',
    promise: 'without time left nothing is sent, and nobody is to blame',
    whyNot: () => null,
    prove: async (bench) => {
      const made = await bench.make(1);
      const before = (await bench.stage.usage()).calls;
      for (const ending of await askAll(bench, {
        made,
        place: null,
        budget: { remainingMs: () => 0 },
      })) {
        claim(ending.outcome.kind === 'retry', `${outcomeOf(ending)}, and not retry`);
        const { scope, ambiguous } = ending.outcome as Retry;
        claimEqual([scope, ambiguous], ['budget', false], `${ending.asked}: scope, ambiguous`);
      }
      claimEqual((await bench.stage.usage()).calls - before, 0, 'calls that were made');
    },
  },
  {
    id: 'give-up',
    promise: 'a trouble that is everybody’s ends the calling: the rest is handed back untried',
    whyNot: hasNoTrouble('429'),
    prove: async (bench) => {
      const made = await bench.make(bench.harness.limits.rowsPerPage + 20);
      await bench.stage.trouble({ name: '429', on: 'everything', times: null });
      const before = (await bench.stage.usage()).calls;
      const outcomes = await bench.push(...made.map((held, n) => updateOf(bench.harness, n, held)));
      const calls = (await bench.stage.usage()).calls - before;
      claimEqual(outcomes.length, made.length, 'outcomes');
      claim(calls < made.length / 2, `${calls} calls were made for ${made.length} records`);
    },
  },
  {
    id: 'recovery',
    promise:
      'whatever fails on the way, repeating ends with everybody there once, as they should be',
    whyNot: () => null,
    prove: proveRecovery,
  },
];

/** Calls made before do not count any more. */
const LIMITS_REST_MS = 120_000;

async function proveTrouble(bench: Bench, { name, everywhere, sent }: Case): Promise<void> {
  const { harness, stage } = bench;
  const made = await bench.make(2);
  const place = await placeOf(bench);
  const budget: Budget = { remainingMs: () => harness.shortBudgetMs };
  const meaning = harness.troubles[name];
  const judgeBy = (judge: Judge) => (ending: Ending) => {
    if (meaning === undefined || isLacking(meaning)) judge(ending);
    else claim(ending.outcome.kind === meaning.means, `${outcomeOf(ending)}, not ${meaning.means}`);
  };
  stage.pass(LIMITS_REST_MS);
  await stage.trouble({ name, on: 'writes', times: null });
  // Connections that were kept break first, and whoever meets that cannot know what was done.
  if (name === 'unreachable') await askAll(bench, { made, place, budget });
  (await askWrites(bench, made, budget)).forEach(judgeBy(sent));
  if (everywhere === null) return;
  if (name !== 'unreachable') await stage.calm();
  stage.pass(LIMITS_REST_MS);
  await stage.trouble({ name, on: 'everything', times: null });
  const reads = await askReads(bench, { made, place, budget });
  const writes = await askWrites(bench, made, budget);
  [...reads, ...writes].forEach(judgeBy(everywhere));
}

/** Where a walk would go on. */
async function placeOf({ harness, app }: Bench): Promise<Json> {
  return harness.capabilities.delta === 'time' ? valueOf(await app.present(PLENTY)) : null;
}

interface Asking {
  readonly made: readonly Held[];
  readonly place: Json;
  readonly budget: Budget;
}

/** Every call of the port, each by a process that has learned nothing from the others. */
export async function askAll(bench: Bench, asking: Asking): Promise<readonly Ending[]> {
  const reads = await askReads(bench, asking);
  return [...reads, ...(await askWrites(bench, asking.made, asking.budget))];
}

type Call = (app: AppReplica) => Promise<readonly Ending['outcome'][]>;

/** All at once: most of what is asked in trouble waits for an answer that does not come. */
async function askEach(
  bench: Bench,
  calls: readonly (readonly [asked: string, call: Call])[],
): Promise<readonly Ending[]> {
  const endings = await Promise.all(
    calls.map(async ([asked, call]) => {
      const outcomes = await call(bench.stage.connect());
      return outcomes.map((outcome) => ({ asked, outcome }));
    }),
  );
  return endings.flat();
}

function askReads(bench: Bench, { made, place, budget }: Asking): Promise<readonly Ending[]> {
  const { delta } = bench.harness.capabilities;
  const targets = made.map(({ remoteId }) => ({ remoteId, match: null }));
  const calls: (readonly [string, Call])[] = [
    ['identify', async (app) => [await app.identify(budget)]],
  ];
  if (delta !== 'none') {
    calls.push(
      ['a page of the listing', async (app) => [await app.list(null, budget)]],
      ['a look', (app) => app.fetch(targets, budget)],
    );
  }
  if (delta === 'time') calls.push(['the present', async (app) => [await app.present(budget)]]);
  if (place !== null) {
    calls.push(['a page of the delta', async (app) => [await app.pull(place, budget)]]);
  }
  return askEach(bench, calls);
}

function askWrites(
  bench: Bench,
  made: readonly Held[],
  budget: Budget,
): Promise<readonly Ending[]> {
  const { harness } = bench;
  const create = (n: number): AppCommand => createOf(harness, n);
  const updates = made.map((held, n) => updateOf(harness, n, held));
  return askEach(bench, [
    ['a create', (app) => app.push([create(40)], budget)],
    ['a page of creates', (app) => app.push([41, 42, 43].map(create), budget)],
    ['an update', (app) => app.push(updates, budget)],
  ]);
}

const ROUNDS_MAX = 60;

async function proveRecovery(bench: Bench): Promise<void> {
  const { harness, stage } = bench;
  const made = await bench.make(4);
  const commands = [
    ...made.map((held, n) => updateOf(harness, n, held)),
    ...range(6).map((n) => createOf(harness, 50 + n)),
  ];
  const names = (['429', '503', 'timeout-after', 'reset', 'html-502'] as const).filter(
    (name) => hasNoTrouble(name)(harness) === null,
  );
  let open = commands;
  for (let round = 0; open.length > 0 && round < ROUNDS_MAX; round += 1) {
    await stage.calm();
    const name = names[round];
    if (name !== undefined) await stage.trouble({ name, on: 'writes', times: 3 });
    const outcomes = await stage.connect().push(open, { remainingMs: () => harness.shortBudgetMs });
    open = open.filter((_, n) => !['applied', 'exists'].includes(outcomes[n]?.kind ?? ''));
  }
  claimEqual(open.length, 0, 'commands that never came through');
  const matches = (await stage.held()).map(({ raw }) => JSON.stringify(raw[harness.matchPath]));
  claimEqual(matches.length, 10, 'records in the app');
  claimEqual(new Set(matches).size, 10, 'match values in the app');
  for (const n of range(4)) {
    claimHolds(harness, (await bench.requireHeld(n)).raw, harness.changed(n));
  }
  for (const n of range(6)) {
    claimHolds(harness, (await bench.requireHeld(50 + n)).raw, harness.person(50 + n));
  }
}
