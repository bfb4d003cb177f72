/** A page of commands of which some fail: one outcome for each, in order, and nobody suffers for another. */
import {
  claimHolds,
  createOf,
  heldBy,
  matchOf,
  range,
  tell,
  updateOf,
  type Bench,
} from './bench.ts';
import { claim, claimEqual, type Clause } from './clause.ts';
import { isLacking, type Fields } from './harness.ts';
import { hasNo, isWriteOnly } from './reasons.ts';

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
    whyNot: () => null,
    prove: async (bench) => {
      const { harness } = bench;
      const made = await bench.make(6);
      const nobody = made[3];
      if (nobody === undefined) return;
      const { remoteId } = nobody;
      await bench.push({ kind: 'delete', key: keyOfNobody(bench), remoteId });
      const isGone = !(await bench.stage.held()).some((held) => held.remoteId === remoteId);
      const outcomes = await bench.push(...made.map((held, n) => updateOf(harness, n, held)));
      for (const [n, outcome] of outcomes.entries()) {
        if (n === 3 && isGone) continue;
        claim(outcome.kind === 'applied', `person ${n} was answered by ${tell(outcome)}`);
        claimHolds(harness, (await bench.requireHeld(n)).raw, harness.changed(n));
      }
      if (!isGone || isWriteOnly(harness) !== null) return;
      claim(outcomes[3]?.kind === 'gone', 'who is not there was not answered with gone');
    },
  },
];

const keyOfNobody = ({ harness }: Bench) => createOf(harness, 3).key;

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
