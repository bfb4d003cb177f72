/** One installation as its owner steers it: it only looks, then writes, is paused, braked, and gets another map. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bothSides, type Row } from '../support/equal-sides.ts';
import { openSandbox, type SandboxUnderTest } from '../support/sandbox.ts';

const ROOT = join(import.meta.dirname, '../..');
const SYNC = 'contacts-news';
const configAt = (name: string): string => join(import.meta.dirname, `fixtures/${name}.config.ts`);

/** The code `plan` prints: of the configuration as a process loads it that is no test. */
function codeOf(name: string): string {
  const script = `
    const { mapCode, mapOf } = await import(${JSON.stringify(join(ROOT, 'lib/engine/sync-map.ts'))});
    const { default: config } = await import(${JSON.stringify(configAt(name))});
    const [sync] = config.syncs;
    console.log(mapCode(mapOf(sync.spec, sync.functions)));`;
  const args = ['--input-type=module', '-e', script];
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
}

describe('a sync in the hands of its owner', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'trivet-steering-'));
  let sandbox: SandboxUnderTest;

  const open = async (config: string): Promise<void> => {
    const args = ['--contacts', '80', '--seed', '3', '--data', dataDir];
    sandbox = await openSandbox([...args, '--config', configAt(config)]);
  };
  const reopen = async (config: string): Promise<void> => {
    await sandbox.stop();
    await open(config);
  };
  /** Not waited for with a blocked process: connections to the sandbox would go stale meanwhile. */
  const trivet = (...args: string[]): Promise<{ code: unknown; text: string }> => {
    const command = [
      join(ROOT, 'bin/trivet.ts'),
      ...args,
      '--sandbox',
      sandbox.description.control,
    ];
    return new Promise((done) => {
      execFile(process.execPath, command, { cwd: ROOT }, (error, stdout, stderr) =>
        done({ code: error === null ? 0 : error.code, text: stdout + stderr }),
      );
    });
  };
  const statusOf = async () => {
    const status = (await sandbox.status()).syncs[SYNC];
    if (status === undefined) throw new Error('the sandbox knows no such sync');
    return status;
  };
  const withoutCompany = (rows: readonly Row[]): readonly Row[] =>
    rows.map((row) => ({ ...row, company: '' }));

  beforeAll(() => open('only-looks'));
  afterAll(async () => {
    await sandbox.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('that only looks writes nothing at either end and says what it would do', async () => {
    const before = await bothSides(sandbox);
    await sandbox.settle();
    const { routes, rowsWritten } = await sandbox.stats();
    const status = await statusOf();
    expect(await bothSides(sandbox)).toEqual(before);
    expect(rowsWritten).toBe(0);
    expect(Object.keys(routes).filter((route) => !route.startsWith('GET '))).toEqual([
      'POST /lists/{id}/webhooks',
    ]);
    const [sequence] = await sandbox.sql<{ last: string; most: string }>(
      `select last_value::text as last, (select max(id) from contacts)::text as most
       from contacts_id_seq`,
    );
    expect(sequence?.last).toBe(sequence?.most);
    const [emails, members] = [before.crm, before.app].map((rows) =>
      rows.map(({ email }) => email),
    );
    expect(status.writes).toBe(false);
    expect(status.wouldDo?.byRecord).toEqual({
      'create-app': emails?.filter((email) => !members?.includes(email)).length,
      'create-crm': members?.filter((email) => !emails?.includes(email)).length,
    });
    const told = await trivet('status');
    expect(told.text).toMatch(/only looks \(write: false\): nothing is written/);
    expect(told.text).toMatch(/would do +create-\w+ \d+ · create-\w+ \d+ · (subscribe|write)-/);
  });

  test('says of a record what it would do with it', async () => {
    const made = (await sandbox.contacts()).find(({ email }) => email !== null);
    const told = await trivet('explain', SYNC, made?.id ?? '');
    expect(told.text.replaceAll(/\s+/g, ' ')).toMatch(
      /Would .*; nothing is written because write: false\.|Nothing, until either end changes\./,
    );
    await sandbox.sql(`update contacts set city = 'Only said' where id = $1`, [made?.id]);
    await sandbox.ring();
    await sandbox.settle();
    expect(
      (await trivet('explain', SYNC, made?.id ?? '', 'city')).text.replaceAll(/\s+/g, ' '),
    ).toMatch(/nothing is written because write: false/);
  });

  test('that may write at last does all of it', async () => {
    await reopen('writes');
    await sandbox.settle();
    const { crm, app } = await bothSides(sandbox);
    expect(withoutCompany(crm)).toEqual(withoutCompany(app));
    expect(await statusOf()).toMatchObject({ writes: true, wouldDo: null });
  });

  test('stands still while a person has paused it, and then makes up for it', async () => {
    expect((await trivet('pause', SYNC, '--reason', 'moving house')).code).toBe(0);
    await sandbox.sql(`update contacts set city = 'While it was paused' where id <= 5`);
    await sandbox.ring();
    await sandbox.settle();
    expect((await statusOf()).paused).toMatchObject({ reason: 'moving house' });
    expect((await trivet('status')).text).toMatch(/paused +since .* by .*: moving house/);
    const moved = (rows: readonly Row[]) =>
      rows.filter(({ city }) => city === 'While it was paused');
    expect(moved((await bothSides(sandbox)).app)).toEqual([]);
    expect((await trivet('pause', SYNC)).text).toMatch(/paused already/);
    expect((await trivet('resume', SYNC)).text).toMatch(/Resumed/);
    await sandbox.settle();
    const { crm, app } = await bothSides(sandbox);
    expect(moved(app).length).toBeGreaterThan(0);
    expect(moved(app)).toHaveLength(moved(crm).length);
  });

  test('takes no more people away at once than its brake lets through, and then as many as a person allows', async () => {
    const archived = async (): Promise<number> => (await sandbox.members('archived')).length;
    const before = await archived();
    await sandbox.sql(
      `delete from contacts where id in (select id from contacts where email_status = 'subscribed' order by id desc limit 10)`,
    );
    await sandbox.ring();
    const { records, parked } = (await sandbox.settle()).syncs[SYNC] ?? {};
    expect([(await archived()) - before, records?.held]).toEqual([3, 7]);
    expect(Object.keys(parked ?? {}).join()).toMatch(/more archivings at once/);
    expect((await trivet('sync', SYNC, '--once', '--yes-destroy', '4')).code).toBe(0);
    const after = (await sandbox.settle()).syncs[SYNC];
    expect([(await archived()) - before, after?.records.held]).toEqual([7, 3]);
    expect(after?.grant).toBeNull();
  });

  test('works by another map only when somebody has seen which', async () => {
    await reopen('with-company');
    await sandbox.sql(`update contacts set city = 'By the old map' where id = 1`);
    await sandbox.ring();
    await sandbox.settle();
    const { halted } = await statusOf();
    expect(halted?.reason).toMatch(/company ↔ merge_fields\.COMPANY added/);
    const reached = async () =>
      (await bothSides(sandbox)).app.filter(({ city }) => city === 'By the old map').length;
    expect(await reached()).toBe(0);
    expect(await trivet('resume', SYNC)).toMatchObject({ code: 1 });
    const refused = await trivet('resume', SYNC, '--accept', 'nonono');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.text).toMatch(/“nonono” is not the code of this map/);
    const accepted = await trivet('resume', SYNC, '--accept', codeOf('with-company'));
    expect(accepted.text).toMatch(/Accepted the map of contacts-news: company/);
    await sandbox.settle();
    expect((await statusOf()).halted).toBeNull();
    expect(await reached()).toBe(1);
    expect((await trivet('resume', SYNC, '--accept', codeOf('with-company'))).text).toMatch(
      /nothing to accept/,
    );
    const { crm, app } = await bothSides(sandbox);
    const companies = (rows: readonly Row[]) => rows.map(({ email, company }) => [email, company]);
    const kept = new Set(crm.map(({ email }) => email));
    expect(companies(app.filter(({ email }) => kept.has(email)))).toEqual(companies(crm));
  });
});
