/** A plan that is kept: written and read as a stream, for its owner's eyes, and refused when it is anything else. */
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPlanFile, openPlanFile, type PlanHead } from '../../lib/plan/plan-file.ts';
import type { PlannedRecord } from '../../lib/plan/planned-record.ts';

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

const HEAD: PlanHead = {
  id: 'plan-1',
  target: { mode: 'local', name: '.trivet/local' },
  sync: 'contacts-news',
  ends: { crm: '1/public.contacts', app: 'audience' },
  code: 'abc123',
  madeAt: 1,
};

const recordOf = (key: string): PlannedRecord =>
  ({
    key,
    remoteId: null,
    name: null,
    legs: { crm: 'a', state: 'b', app: 'c' },
    deeds: [{ kind: 'write-app', column: 'city', from: 'Ulm', to: 'Bonn', reason: 'because' }],
    link: false,
    left: { label: 'in step', reason: null },
  }) as unknown as PlannedRecord;

describe('a plan file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'trivet-plan-file-'));
  const path = join(dir, 'plan.json');
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  afterEach(() => rmSync(path, { force: true }));

  function write(count: number): void {
    const file = createPlanFile(path, HEAD);
    for (let n = 0; n < count; n += 1) file.add(recordOf(String(n)));
    file.finish();
  }
  async function readAll(): Promise<readonly PlannedRecord[]> {
    const records: PlannedRecord[] = [];
    for await (const record of (await openPlanFile(path)).records()) records.push(record);
    return records;
  }

  test('gives back what was put in, in order', async () => {
    write(3000);
    expect((await openPlanFile(path)).head).toMatchObject(HEAD);
    const records = await readAll();
    expect(records).toHaveLength(3000);
    expect(records[2999]).toEqual(recordOf('2999'));
  });

  test('is for its owner alone, for people’s values are in it', () => {
    write(1);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('has its name only when it is complete', () => {
    const file = createPlanFile(path, HEAD);
    file.add(recordOf('1'));
    expect(readdirSync(dir)).toEqual([matching(/draft$/)]);
    file.discard();
    expect(readdirSync(dir)).toEqual([]);
  });

  test.each([
    [
      'cut in the middle',
      (text: string) => text.slice(0, text.length - 60),
      /no JSON|not complete/,
    ],
    ['without its last line', (text: string) => text.replace(/\{"end".*\n/, ''), /not complete/],
    ['of another version', (text: string) => text.replace('"version":1', '"version":9'), /form 9/],
    ['that is something else', () => '{"name":"package"}\n', /is no plan/],
    ['that is empty', () => '', /is empty/],
  ])('%s is refused with a sentence', async (_name, spoil, expected) => {
    write(2);
    writeFileSync(path, spoil(readFileSync(path, 'utf8')));
    await expect(readAll()).rejects.toThrow(expected);
  });

  test('to which a line was added is refused', async () => {
    write(2);
    appendFileSync(path, `${JSON.stringify(recordOf('3'))}\n`);
    await expect(readAll()).rejects.toThrow(/not complete/);
  });

  test('that cannot be written is named', () => {
    expect(() => createPlanFile(join(dir, 'no/such/plan.json'), HEAD)).toThrow(
      /no\/such\/plan\.json cannot be written/,
    );
  });

  test('that is not there is named', async () => {
    await expect(openPlanFile(join(dir, 'nowhere.json'))).rejects.toThrow(
      /nowhere\.json cannot be read/,
    );
  });
});
