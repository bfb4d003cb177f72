/** Whether everything comes to rest by deliveries alone. */
import { createQuietMoves } from '../../simulate/model/quiet.ts';

const STATES = new Map(
  ['a', 'b', 'c', 'rest'].map((name) => [name, { isAtRest: name === 'rest' }] as const),
);

function unrestOf(...moves: readonly (readonly [string, string])[]) {
  const quiet = createQuietMoves();
  for (const [from, to] of moves) quiet.note(from, to);
  return quiet.findUnrest(STATES);
}

describe('quiet moves', () => {
  test('are well when all of them end at rest, also after a round that found nothing', () => {
    expect(unrestOf(['a', 'b'], ['a', 'a'], ['b', 'rest'], ['c', 'rest'], ['c', 'b'])).toBeNull();
  });

  test('that end where something waits are told with that state', () => {
    const problem = 'something waits here, and no delivery changes that';
    expect(unrestOf(['a', 'b'], ['a', 'rest'], ['c', 'rest'])).toEqual({ name: 'b', problem });
    expect(unrestOf(['a', 'b'], ['b', 'b'], ['c', 'rest'])).toEqual({ name: 'b', problem });
  });

  test('that go round in circles are told, though rest can be reached from there', () => {
    const unrest = unrestOf(['a', 'b'], ['b', 'a'], ['b', 'rest'], ['c', 'rest']);
    expect(unrest?.problem).toBe('deliveries may go round in circles');
    expect(['a', 'b']).toContain(unrest?.name);
  });
});
