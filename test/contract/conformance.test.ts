/** The conformance suite for every connector that has a harness: one named test for each clause. */
import { registerConformance, type Harness } from '../../lib/conformance/index.ts';
import { ROOT, listFiles } from '../house/source-tree.ts';

const HARNESS = /^(test\/contract\/harnesses\/[\w-]+|examples\/[\w-]+\/harness)\.ts$/;

for (const file of listFiles('test/contract/harnesses', 'examples')) {
  if (!HARNESS.test(file)) continue;
  const { harness } = jest.requireActual<{ readonly harness: Harness }>(`${ROOT}/${file}`);
  describe(harness.name, () => {
    registerConformance(harness, test);
  });
}
