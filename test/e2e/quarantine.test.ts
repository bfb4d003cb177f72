/** What Mailchimp refuses, and what ended among the dead letters, in a person's hands. */
import type { Ward } from '../../lib/cli/print/quarantine.ts';
import { loseMessage } from '../support/dead-letter.ts';
import { openSandbox, type SandboxUnderTest } from '../support/sandbox.ts';
import { runTrivet, type Ran } from '../support/trivet-process.ts';

const SYNC = 'contacts-news';

describe('quarantine and dead letters on the command line', () => {
  let sandbox: SandboxUnderTest;
  let key: string;

  const trivet = (...args: string[]): Promise<Ran> =>
    runTrivet([...args, '--sandbox', sandbox.description.control]);
  const ward = async (...filter: string[]): Promise<Ward> => {
    const { stdout } = await trivet('quarantine', 'list', SYNC, ...filter, '--json');
    return (JSON.parse(stdout) as { syncs: Record<string, Ward> }).syncs[SYNC] as Ward;
  };

  beforeAll(async () => {
    sandbox = await openSandbox(['--contacts', '20', '--seed', '3']);
    await sandbox.settle();
    const [row] = await sandbox.sql<{ id: string }>(
      `insert into contacts (email, first_name) values ('fake@example.com', 'Fake') returning id`,
    );
    key = row?.id ?? '';
    await sandbox.settle();
  });
  afterAll(() => sandbox.stop());

  test('list tells the vendor’s words, by record and by reason', async () => {
    const { items, dead } = await ward('--reason', 'fake or invalid');
    expect(items).toMatchObject([{ key, name: 'fake@example.com', attempts: 1 }]);
    expect(dead).toBe(0);
    expect((await ward('--key', '0')).total).toBe(0);
    const { stdout } = await trivet('quarantine', 'list');
    expect(stdout).toMatch(/why +.*fake or invalid/);
    expect(stdout).toContain(`npx trivet quarantine retry ${SYNC} --key ${key}`);
  });

  test('retry offers it again, and says that it was refused again', async () => {
    const { code, stdout } = await trivet('quarantine', 'retry', SYNC, '--key', key);
    expect(code).toBe(1);
    expect(stdout).toMatch(/1 record: 0 taken · 1 refused again/);
    expect(await trivet('quarantine', 'retry', SYNC, '--key', '0')).toMatchObject({
      code: 1,
      stderr: `Nothing of ${SYNC} is quarantined as record 0.\n`,
    });
  });

  test('drop asks, gives it up, and explain says so', async () => {
    expect((await trivet('quarantine', 'drop', SYNC)).code).toBe(4);
    const { stdout, code } = await trivet('quarantine', 'drop', SYNC, '--key', key, '--yes');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/1 record: 1 dropped/)]);
    await sandbox.ring();
    await sandbox.settle();
    expect((await ward()).total).toBe(0);
    expect((await trivet('explain', SYNC, key)).stdout).toMatch(/dropped/);
  });

  test('redrive gives a dead letter back to its lane, after list has told of it', async () => {
    await loseMessage(sandbox, SYNC, key);
    expect(await ward()).toMatchObject({ dead: 1, letters: [{ group: 'lane-0', keys: [key] }] });
    const { stdout, code } = await trivet('redrive', SYNC);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/contacts-news {2}1 message given back/),
    ]);
    await sandbox.settle();
    expect((await ward()).dead).toBe(0);
    expect((await trivet('redrive')).stdout).toMatch(/pulls {2}0 messages given back/);
  });
});
