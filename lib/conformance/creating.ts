/** Creates: once, whole, and never over somebody who is there. */
import {
  claimHolds,
  createOf,
  heldBy,
  keyOf,
  matchOf,
  PLENTY,
  range,
  requireOnly,
  tell,
  type Bench,
} from './bench.ts';
import { always, anyOf, claim, claimEqual, type Clause } from './clause.ts';
import { hasNoBulk, hasNoTrouble, isLedger } from './reasons.ts';

export const CREATING: readonly Clause[] = [
  {
    id: 'create',
    promise: 'a create makes the record with all its values',
    whyNot: always,
    prove: async (bench) => {
      const made = await bench.make(1);
      claimHolds(bench.harness, requireOnly(made).raw, bench.harness.person(0));
    },
  },
  {
    id: 'create-many',
    promise: 'a page of creates makes each record, and answers each in order',
    whyNot: always,
    prove: async (bench) => {
      const count = bench.harness.limits.rowsPerPage + 3;
      const made = await bench.make(count);
      made.forEach(({ raw }, n) => claimHolds(bench.harness, raw, bench.harness.person(n)));
      claimEqual((await bench.stage.held()).length, count, 'records in the app');
    },
  },
  {
    id: 'create-again',
    promise: 'a create of somebody who is there changes nothing and makes nobody',
    whyNot: isLedger,
    prove: async (bench) => {
      const { harness } = bench;
      await bench.make(1);
      const before = await bench.stage.held();
      const again = createOf(harness, 0, harness.changed(0));
      // Where the match value tells, it does so whoever sends it.
      const key = harness.oneRecordPer === 'match' ? keyOf(500) : keyOf(0);
      const outcome = requireOnly(await bench.push({ ...again, key }));
      claim(outcome.kind === 'exists', `the second create was answered by ${tell(outcome)}`);
      claimEqual(await bench.stage.held(), before, 'what the app holds');
    },
  },
  {
    id: 'create-again-many',
    promise: 'in a page of creates, those who are there are left alone and the others are made',
    whyNot: anyOf(isLedger, hasNoBulk),
    prove: async (bench) => {
      const { harness } = bench;
      await bench.make(2);
      const before = await bench.stage.held();
      const outcomes = await bench.push(
        ...range(4).map((n) => createOf(harness, n, harness.changed(n))),
      );
      claimEqual(
        outcomes.map(({ kind }) => kind),
        ['exists', 'exists', 'applied', 'applied'],
        'outcomes',
      );
      const after = await bench.stage.held();
      claimEqual(after.length, 4, 'records in the app');
      claimEqual(after.slice(0, 2), before, 'what was there');
    },
  },
  {
    id: 'create-lost',
    promise: 'a create whose answer was lost can be repeated, and makes nobody twice',
    whyNot: hasNoTrouble('timeout-after'),
    prove: (bench) => proveLostCreates(bench, 1),
  },
  {
    id: 'create-lost-many',
    promise: 'a page of creates whose answer was lost can be repeated, and makes nobody twice',
    whyNot: anyOf(hasNoBulk, hasNoTrouble('timeout-after')),
    prove: (bench) => proveLostCreates(bench, 3),
  },
];

async function proveLostCreates(bench: Bench, count: number): Promise<void> {
  const { harness, stage } = bench;
  const creates = range(count).map((n) => createOf(harness, n));
  await stage.trouble({ name: 'timeout-after', on: 'writes', times: 1 });
  const first = await bench.app.push(creates, { remainingMs: () => harness.shortBudgetMs });
  for (const outcome of first) {
    const isOpen = outcome.kind === 'retry' || outcome.kind === 'applied';
    claim(isOpen, `a create without an answer was called ${tell(outcome)}`);
  }
  const lost = first.filter((outcome) => outcome.kind === 'retry' && outcome.ambiguous);
  const done = first.filter(({ kind }) => kind === 'applied');
  claim(lost.length > 0 || done.length === count, 'no outcome says that it may have taken effect');
  await stage.calm();
  const second = await bench.app.push(creates, PLENTY);
  for (const outcome of second) {
    const isSettled = outcome.kind === 'exists' || outcome.kind === 'applied';
    claim(isSettled, `the repeated create was answered by ${tell(outcome)}`);
  }
  const held = await stage.held();
  for (const n of range(count)) {
    const there = heldBy(harness, held, matchOf(harness, harness.person(n)));
    claimEqual(there.length, 1, `records of person ${n}`);
  }
  claimEqual(held.length, count, 'records in the app');
}
