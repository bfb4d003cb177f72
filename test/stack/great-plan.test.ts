/** A plan of many people in little memory: it is spilled, whatever its size. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const SCRIPT = join(import.meta.dirname, '../support/great-plan.ts');
const HEAP_MB = 48;
/** Half of each end’s records belong together, so there are one and a half times as many. */
const PEOPLE = 100_000;

test(`${PEOPLE.toLocaleString('en-US')} records at each end are planned in a heap of ${HEAP_MB} MB`, async () => {
  const args = [`--max-old-space-size=${HEAP_MB}`, SCRIPT, String(PEOPLE)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const half = PEOPLE / 2;
  expect(JSON.parse(stdout)).toMatchObject({
    records: PEOPLE + half,
    counts: {
      'create-app': half,
      'create-crm': half,
      'write-app first_name': half / 10,
      'in-step': half - half / 10,
      link: PEOPLE,
    },
  });
}, 600_000);
