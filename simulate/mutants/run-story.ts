/** One mutant put before the test that is known to notice it. */
import { join } from 'node:path';
import { runScript } from '../../test/support/trivet-command.ts';
import type { Mutant, Story } from './mutant.ts';
import type { Tree } from './mutate.ts';
import type { Verdict } from './run-mutant.ts';

const JEST = 'node_modules/jest/bin/jest.js';

export async function runStory(tree: Tree, mutant: Mutant, story: Story): Promise<Verdict> {
  tree.plant(mutant);
  const beganAt = performance.now();
  const pattern = `${story.test.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')}$`;
  const args = [story.file, '--runInBand', '--coverage=false', '-t', pattern];
  const { stdout, stderr } = await runScript(join(tree.root, JEST), args, tree.root);
  const [, passed = '0', failed = '0'] = /^(\d+) passed, (\d+) failed$/m.exec(stdout) ?? [];
  // A name that has moved on would let every bug through.
  if (Number(passed) + Number(failed) === 0)
    throw new Error(
      `${mutant.name}: no test of ${story.file} is called “${story.test}”\n${stderr}`,
    );
  const { name, says } = mutant;
  const problem = `“${story.test}”`;
  return {
    name,
    says,
    caughtBy: Number(failed) === 0 ? null : { where: story.file, problem },
    seconds: (performance.now() - beganAt) / 1000,
  };
}
