/** The conformance suite for every connector that has a harness: one named test for each clause. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { registerConformance, type Harness } from '../../lib/conformance/index.ts';

const FOLDER = join(__dirname, 'harnesses');

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.ts'))) {
  const { harness } = jest.requireActual<{ readonly harness: Harness }>(join(FOLDER, file));
  describe(harness.name, () => {
    registerConformance(harness, test);
  });
}
