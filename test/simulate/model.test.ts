/** The model of the smallest scopes, how it is asked, and what it is worth: bugs planted on purpose are found in them. */
import { checkScope, firstState } from '../../simulate/model/check.ts';
import { wake } from '../../simulate/model/state.ts';
import type { CrmKey } from '../../lib/engine/model.ts';
import { tryOut } from '../../simulate/trial.ts';
import { settle } from '../support/flow-world/settle.ts';
import { model } from './command.ts';
import { mutantsOf, useTree } from './mutated-tree.ts';

const UNWATCHED = { isOver: () => false, tell: () => undefined };
const scope = { policy: 'app', people: 2, edits: 1, crashes: 0 } as const;

describe('the model', () => {
  test('tries every order of two edits without a crash, and finds nothing', async () => {
    const checked = await checkScope(scope, UNWATCHED);
    expect(checked).toMatchObject({ failure: null, isWhole: true });
    expect(checked.states).toBeGreaterThan(100);
    // With both edits, either of them or none, once everything has come to rest.
    expect(checked.judged).toBe(3);
  });

  test('says when it was stopped before the end', async () => {
    let asked = 0;
    const watchman = { ...UNWATCHED, isOver: () => (asked += 1) > 3 };
    expect(await checkScope(scope, watchman)).toMatchObject({ failure: null, isWhole: false });
  });

  test('goes on from a state as if it had never been put away', async () => {
    const first = await firstState(scope);
    const [world, other] = [wake(scope.policy, first), wake(scope.policy, first)];
    for (const each of [world, other]) {
      each.crm.update('1' as CrmKey, { phone: '1.phone.typed' });
      await settle(each);
    }
    expect(first.dump.audience.members[0]?.profile).not.toEqual(
      [...world.audience.members.values()][0]?.profile,
    );
    expect([...other.audience.members.values()]).toEqual([...world.audience.members.values()]);
  });
});

describe('the command', () => {
  test.each([
    [['--edits', 'two'], '--edits takes a whole number from 1 on, and was “two”'],
    [['--people', '3'], '--people takes 1 or 2, and was “3”'],
    [['--policy', 'mine'], '--policy takes crm, app, newest, and was “mine”'],
  ])('%j ends with 2 and says what is meant', async (args, reason) => {
    const { code, stdout, stderr } = await model(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(reason);
  });

  test('tells what it tried of each policy, and ends with 0', async () => {
    const { code, stdout } = await model(['--people', '1', '--crashes', '0']);
    expect(stdout.match(/^(crm|app|newest): 1 people, .* nothing is wrong$/gm)).toHaveLength(3);
    expect(code).toBe(0);
  });

  test.each([
    [true, 0],
    [false, 1],
    ['unfinished', 3],
  ] as const)('what is found ends it: %s with %i', async (found, code) => {
    const trial = { help: '', parse: () => ({ isHelp: false }), run: () => Promise.resolve(found) };
    expect(await tryOut(trial, [])).toBe(code);
  });
});

/** Found by a crash between two writes, by a fence, and by an edit within the same second as a write of ours. */
const SAMPLE = ['targets-before-intent', 'no-fence', 'equal-times-are-seen'];

describe('a tree with a bug in it', () => {
  const tree = useTree();

  test.each(mutantsOf(SAMPLE))(
    'fails in the smallest scope, and the way there is told: %s',
    async (_, mutant) => {
      tree().plant(mutant);
      const { code, stdout } = await model(['--people', '1', '--policy', 'app'], tree().root);
      expect(stdout).toMatch(/something is wrong\n( {4}\S.*\n)+ {2}✗ /);
      expect(code).toBe(1);
    },
  );
});
