/**
 * What makes the small scopes small loses nothing: from every state, worlds as they were left lead to no state that the model
 * does not go through, whatever comes in between and at whichever call.
 */
import { firstState } from '../../simulate/model/check.ts';
import { carryOut, type Edit } from '../../simulate/model/edits.ts';
import { movesFrom, type Moved } from '../../simulate/model/moves.ts';
import { plainOf } from '../../simulate/model/plain.ts';
import type { Scope } from '../../simulate/model/scope.ts';
import { stepsOf, wake, type State } from '../../simulate/model/state.ts';
import type { CrmKey } from '../../lib/engine/model.ts';
import { settle } from '../support/flow-world/settle.ts';
import type { World } from '../support/flow-world/world.ts';
import { asLeft, bareName, everyMoveFrom, reach, restUnreduced } from './unreduced.ts';

const ONE = { people: 1, edits: 1, crashes: 0 } as const;
const TWO = { policy: 'app', people: 2, edits: 1, crashes: 0 } as const;
const [FIRST, SECOND] = ['1', '2'] as readonly string[] as readonly [CrmKey, CrmKey];

/** Ways from worlds as they were left to states that the model does not go through. */
async function straysOf(
  scope: Scope,
  movesOf: (scope: Scope, state: State) => AsyncGenerator<Moved>,
  spared: readonly number[] = [0],
): Promise<{ readonly missing: readonly (readonly string[])[]; readonly tried: number }> {
  const reached = await reach(scope);
  const left = reached.map((moved) => asLeft(moved, 0));
  const names = new Set(reached.map((moved) => bareName(scope, moved)));
  const missing: (readonly string[])[] = [];
  let tried = 0;
  for (const state of left) {
    for await (const moved of movesOf(scope, state)) {
      tried += 1;
      const isKnown = spared.some((crashes) => names.has(bareName(scope, moved, crashes)));
      if (!isKnown) missing.push(stepsOf(moved.sketch.trail));
    }
  }
  return { missing, tried };
}

describe.each(['crm', 'newest'] as const)('the plain form, with the policy “%s”', (policy) => {
  const scope: Scope = { ...ONE, policy };

  test('leads to every state that worlds as they were left lead to, with an edit at any call', async () => {
    const { missing, tried } = await straysOf(scope, everyMoveFrom);
    expect(missing).toEqual([]);
    expect(tried).toBeGreaterThan(500);
  });

  test('comes to rest where worlds do that were never put into it', async () => {
    const reached = await reach(scope);
    const atRest = reached.filter(({ sketch }) => sketch.isAtRest);
    const names = new Set(atRest.map((moved) => bareName(scope, moved)));
    expect(await restUnreduced(scope)).toEqual(names);
  });
});

test('a crash leads worlds as they were left to no other states either', async () => {
  const scope: Scope = { ...ONE, policy: 'crm', crashes: 1 };
  // A crash that left nothing behind might as well not have been.
  const { missing } = await straysOf(scope, movesFrom, [0, 1]);
  expect(missing).toEqual([]);
});

describe('two worlds are one state', () => {
  const after = async (...acts: readonly ((world: World) => void | Promise<unknown>)[]) => {
    const world = wake(TWO.policy, await firstState(TWO));
    for (const act of acts) {
      world.clock.advance(1_000);
      await act(world);
    }
    return plainOf(world, TWO.policy).name;
  };
  const edit =
    (end: Edit['end'], key: CrmKey, column: Edit['column'] = 'phone') =>
    (world: World): void =>
      carryOut(world, { end, key, column });

  test('when two people have changed places', async () => {
    const one = await after(edit('crm', FIRST), edit('app', SECOND));
    expect(await after(edit('crm', SECOND), edit('app', FIRST))).toBe(one);
    expect(await after(edit('crm', FIRST), edit('app', FIRST))).not.toBe(one);
  });

  test('when both are at rest, whatever was edited and however long ago', async () => {
    const before = await after();
    expect(await after(edit('crm', FIRST), settle)).toBe(before);
    expect(
      await after(edit('app', SECOND), settle, (world) => world.clock.advance(3_600_000)),
    ).toBe(before);
  });

  test('but not when another field or another end waits', async () => {
    const names = await Promise.all([
      after(edit('crm', FIRST)),
      after(edit('app', FIRST)),
      after(edit('crm', FIRST, 'first_name')),
      after(edit('crm', FIRST), edit('crm', SECOND)),
    ]);
    expect(new Set(names).size).toBe(names.length);
  });
});

test('a state that the plain form does not know is refused by what it has', async () => {
  const world = wake(TWO.policy, await firstState(TWO));
  world.memory.tombstones.set('somebody', 1);
  expect(() => plainOf(world, TWO.policy)).toThrow('led to notes beside the records');
});
