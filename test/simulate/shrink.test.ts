/** A failing seed is cut down to what it needs, and the printed command runs exactly that again. */
import { findKind, kindOf, type Kind } from '../../simulate/kinds.ts';
import { describeShrunk, replayCommand } from '../../simulate/report.ts';
import { shrink } from '../../simulate/shrink.ts';

const delta = findKind('delta');

/** Fails when all of these acts were done, and the troubled ones among them in trouble. */
const failing = (needed: readonly number[], troubled: readonly number[] = []): Kind => ({
  ...delta,
  walk: async (seed, script) => {
    const { world } = await delta.walk(seed, { acts: [], calm: [] });
    const isDone =
      needed.every((act) => script.acts.includes(act)) &&
      !troubled.some((act) => script.calm.includes(act));
    return {
      world,
      problems: isDone ? ['it broke'] : [],
      story: script.acts.map((act) => `act ${act}`),
    };
  },
});

describe('a failing seed', () => {
  test.each([
    ['one act', [7]],
    ['two acts far apart', [0, 39]],
    ['acts in a row', [11, 12, 13]],
    ['every other act', Array.from({ length: 20 }, (_, index) => index * 2)],
  ])('keeps what it needs: %s', async (_, needed) => {
    const shrunk = await shrink(8, failing(needed));
    expect(shrunk?.script.acts).toEqual(needed);
  });

  test('keeps trouble only where it needs trouble', async () => {
    const shrunk = await shrink(8, failing([4, 9], [9]));
    expect(shrunk?.script).toEqual({ acts: [4, 9], calm: [4] });
  });

  test('that does not fail is not shrunk', async () => {
    expect(await shrink(8, delta)).toBeNull();
  });

  test('is told with the command that runs it again', async () => {
    const kind = failing([4, 9], [9]);
    const shrunk = await shrink(8, kind);
    if (shrunk === null) throw new Error('it did not fail');
    const told = describeShrunk(8, kind, shrunk);
    expect(told).toContain('it broke');
    expect(told).toContain('act 4\n    act 9');
    expect(told).toContain('npm run simulate -- --seed 8 --kind delta --acts 4,9 --calm 4');
  });

  test('names its kind only where the seed says another', () => {
    expect(replayCommand(8, kindOf(8), null)).toBe('npm run simulate -- --seed 8');
    expect(replayCommand(8, findKind('ledger'), null)).toBe(
      'npm run simulate -- --seed 8 --kind ledger',
    );
  });
});
