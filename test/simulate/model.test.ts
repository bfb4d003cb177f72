/** The model of the smallest scope: every order of one edit at one end, with every crash. */
import { checkScope } from '../../simulate/model/check.ts';
import { keepState, nameOf, wake } from '../../simulate/model/state.ts';
import { addPair } from '../support/flow-world/scenario-parts.ts';
import { settle } from '../support/flow-world/settle.ts';
import { createWorld } from '../support/flow-world/world.ts';

const UNWATCHED = { isOver: () => false, tell: () => undefined };
const scope = { policy: 'app', people: 2, edits: 1, crashes: 0 } as const;
const LEFT = { crm: 1, app: 1, crashes: 0 };

describe('the model', () => {
  test('tries every order of two edits without a crash, and finds nothing', async () => {
    const checked = await checkScope(scope, UNWATCHED);
    expect(checked).toMatchObject({ failure: null, isWhole: true });
    expect(checked.states).toBeGreaterThan(50);
    expect(checked.judged).toBeGreaterThan(20);
  });

  test('says when it was stopped before the end', async () => {
    let asked = 0;
    const watchman = { ...UNWATCHED, isOver: () => (asked += 1) > 3 };
    expect(await checkScope(scope, watchman)).toMatchObject({ failure: null, isWhole: false });
  });
});

describe('a state', () => {
  test('is the same an hour later, and after a round that found nothing', async () => {
    const world = createWorld({ seed: 1, sync: { lanes: 1 } });
    addPair(world, 'ann@x.test');
    await settle(world);
    world.clock.advance(60_000);
    const before = keepState(world, LEFT, []);
    world.clock.advance(3_600_000);
    await settle(world);
    world.clock.advance(60_000);
    expect(nameOf(keepState(world, LEFT, []))).toBe(nameOf(before));
  });

  test('goes on as if it had never been put away', async () => {
    const world = createWorld({ seed: 1, sync: { lanes: 1, phonePolicy: 'app' } });
    const key = addPair(world, 'ann@x.test');
    await settle(world);
    world.crm.update(key, { phone: '200' });
    const again = wake(scope, keepState(world, LEFT, []));
    await settle(world);
    await settle(again);
    expect(again.table.rows.get(key)).toEqual(world.table.rows.get(key));
    expect([...again.audience.members.values()][0]?.profile).toEqual(
      [...world.audience.members.values()][0]?.profile,
    );
  });
});
