import fc from 'fast-check';
import type { CrmKey } from '../../lib/engine/model.ts';
import type { CrmCommand } from '../../lib/ports/crm.ts';
import { planRounds } from '../../lib/crm/write-rounds.ts';

const insert = (key: string, value: string | null): CrmCommand => ({
  kind: 'insert',
  key: key as CrmKey,
  set: {},
  unlessMatch: value === null ? null : { column: 'email', value },
});

const remove = (key: string): CrmCommand => ({ kind: 'delete', key: key as CrmKey, expect: {} });

describe('rounds of commands', () => {
  test('one round when nothing repeats', () => {
    expect(planRounds([remove('1'), insert('2', 'a'), insert('3', 'b')])).toEqual([[0, 1, 2]]);
    expect(planRounds([])).toEqual([]);
  });

  test('a match value waits for its namesake, whatever case and blanks', () => {
    expect(planRounds([insert('1', 'a@x'), insert('2', ' A@X '), insert('3', null)])).toEqual([
      [0, 2],
      [1],
    ]);
  });

  test('every command comes once, no key twice in a round, and a key keeps its order', () => {
    const command = fc.oneof(
      fc.constantFrom('1', '2', '3').map(remove),
      fc
        .tuple(fc.constantFrom('1', '2', '3'), fc.constantFrom('a', 'A', 'b', null))
        .map(([key, value]) => insert(key, value)),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 20 }), (commands) => {
        const rounds = planRounds(commands);
        expect(rounds.flat().toSorted((a, b) => a - b)).toEqual(commands.map((_, i) => i));
        for (const round of rounds) {
          const keys = round.map((index) => commands[index]?.key);
          expect(new Set(keys).size).toBe(keys.length);
        }
        const roundOf = new Map(rounds.flatMap((round, n) => round.map((index) => [index, n])));
        commands.forEach((one, i) =>
          commands.slice(i + 1).forEach((later, offset) => {
            if (later.key !== one.key) return;
            expect(roundOf.get(i)).toBeLessThan(roundOf.get(i + 1 + offset) ?? -1);
          }),
        );
      }),
    );
  });
});
