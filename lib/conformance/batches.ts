/** A page of commands of which some fail: one outcome for each, in order, and nobody suffers for another. */
import {
  claimHolds,
  createOf,
  heldBy,
  keyOf,
  matchOf,
  range,
  tell,
  updateOf,
  type Bench,
} from './bench.ts';
import { anyOf, claim, claimEqual, type Clause } from './clause.ts';
import { isLacking, type Fields } from './harness.ts';
import { hasNo, isLedger } from './reasons.ts';

const PEOPLE = 12;
/** Who of them is refused: the first, one in the middle, two in a row, the last. */
const BAD: readonly number[] = [0, 4, 7, 8, PEOPLE - 1];

export const BATCHES: readonly Clause[] = [
  {
    id: 'refused',
    promise: 'a value the app refuses is rejected with a reason, and names the path it blames',
    whyNot: hasNo('refused'),
    prove: async (bench) => {
      const { fields, path } = badPerson(bench, 0);
      const [outcome] = await bench.push(createOf(bench.harness, 0, fields));
      claim(outcome?.kind === 'rejected', `it was answered by ${outcome && tell(outcome)}`);
      claim(outcome.reason.length > 10, 'the reason is no sentence');
      if (path !== null) claimEqual(outcome.path, path, 'the path to blame');
      claimEqual((await bench.stage.held()).length, 0, 'records in the app');
    },
  },
  {
    id: 'refused-rows',
    promise: 'of a page of creates each bad one is rejected, and each other one is made',
    whyNot: hasNo('refused'),
    prove: async (bench) => {
      const { harness } = bench;
      const fields = range(PEOPLE).map((n) => fieldsOf(bench, n));
      const outcomes = await bench.push(
        ...fields.map((each, n) => ({ ...createOf(harness, n), fields: each })),
      );
      claimEqual(
        outcomes.map(({ kind }) => kind),
        range(PEOPLE).map((n) => (BAD.includes(n) ? 'rejected' : 'applied')),
        'outcomes',
      );
      const held = await bench.stage.held();
      for (const n of range(PEOPLE)) {
        const there = heldBy(harness, held, matchOf(harness, harness.person(n)));
        claimEqual(there.length, BAD.includes(n) ? 0 : 1, `records of person ${n}`);
      }
    },
  },
  {
    id: 'refused-updates',
    promise: 'of a page of updates of which one finds nobody, the others are written',
    whyNot: anyOf(isLedger, hasNo('delete')),
    prove: async (bench) => {
      const { harness } = bench;
      const made = await bench.make(6);
      const [, , , nobody] = made;
      claim(nobody !== undefined, 'six records were made');
      const { remoteId } = nobody;
      await bench.push({ kind: 'delete', key: keyOf(3), remoteId });
      const isGone = !(await bench.stage.held()).some((held) => held.remoteId === remoteId);
      claim(isGone, 'a record that was deleted is there');
      const outcomes = await bench.push(...made.map((held, n) => updateOf(harness, n, held)));
      claimEqual(
        outcomes.map(({ kind }) => kind),
        range(6).map((n) => (n === 3 ? 'gone' : 'applied')),
        'outcomes',
      );
      for (const n of [0, 1, 2, 4, 5]) {
        claimHolds(harness, (await bench.requireHeld(n)).raw, harness.changed(n));
      }
    },
  },
];

function badPerson(
  bench: Bench,
  n: number,
): { readonly fields: Fields; readonly path: string | null } {
  const { refused } = bench.harness;
  if (isLacking(refused)) throw new Error(refused.lacks);
  return refused(n);
}

const fieldsOf = (bench: Bench, n: number): Fields =>
  BAD.includes(n)
    ? { ...bench.harness.person(n), ...badPerson(bench, n).fields }
    : bench.harness.person(n);
