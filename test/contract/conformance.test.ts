/** The conformance suite for every connector that has a harness: one named test for each clause. */
import { registerConformance, type Harness } from '../../lib/conformance/index.ts';
import { ROOT, listFiles } from '../house/source-tree.ts';

const HARNESS = /^(test\/contract\/harnesses\/[\w-]+|examples\/[\w-]+\/harness)\.ts$/;

const harnesses = listFiles('test/contract/harnesses', 'examples')
  .filter((file) => HARNESS.test(file))
  .map((file) => jest.requireActual<{ readonly harness: Harness }>(`${ROOT}/${file}`).harness);

test('there are harnesses', () => {
  expect(harnesses.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['mailchimp', 'phone book']),
  );
});

for (const harness of harnesses) registerConformance(harness, test);
