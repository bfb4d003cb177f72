/**
 * What a restore does to a sync, on a real Postgres and the real state tables' stand-in: the state is gone, or the
 * CRM's disk is an older copy of itself. Nobody is archived, deleted, unsubscribed or subscribed for that.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bothSides } from '../support/equal-sides.ts';
import { openSandbox, type SandboxUnderTest } from '../support/sandbox.ts';

const SYNC = 'contacts-news';

/** With owners and modes: Postgres runs as somebody else, and refuses files that are not its own. */
const copy = (from: string, to: string): void => {
  execFileSync('cp', ['-a', from, to]);
};

describe('a restore', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'trivet-restore-'));
  const backups = mkdtempSync(join(tmpdir(), 'trivet-backup-'));
  const [state, database] = ['dynamodb', 'postgres'].map((name) => join(dataDir, 'services', name));
  let sandbox: SandboxUnderTest;

  const open = async (): Promise<void> => {
    sandbox = await openSandbox(['--contacts', '60', '--seed', '7', '--data', dataDir]);
  };
  /** Something is done to what is kept while nothing runs. */
  const whileStopped = async (act: () => void): Promise<void> => {
    await sandbox.stop();
    act();
    await open();
    await sandbox.settle();
  };
  const statusOf = async () => {
    const status = (await sandbox.status()).syncs[SYNC];
    if (status === undefined) throw new Error('the sandbox knows no such sync');
    return status;
  };
  /** A sweep follows by itself, in the rounds after the walk. */
  const proofAfter = async (since: number) => {
    for (;;) {
      const { sweep } = await statusOf();
      if (sweep?.proof != null && sweep.proof.startedAt >= since) return sweep.proof;
      await sandbox.settle();
    }
  };
  /** Calls that change anybody at the audience. */
  const writesOf = async (): Promise<readonly string[]> => {
    const { routes } = await sandbox.stats();
    return Object.keys(routes).filter(
      (route) => !route.startsWith('GET ') && !route.includes('/webhooks'),
    );
  };

  beforeAll(async () => {
    await open();
    await sandbox.settle();
  });
  afterAll(async () => {
    await sandbox.stop();
    rmSync(dataDir, { recursive: true, force: true });
    rmSync(backups, { recursive: true, force: true });
  });

  test('of nothing: with the state gone links are rebuilt, and nobody is touched at either end', async () => {
    const [before, { records }] = [await bothSides(sandbox), await statusOf()];
    await whileStopped(() => rmSync(state ?? '', { recursive: true }));
    const { records: now, adoption } = await statusOf();
    expect(await bothSides(sandbox)).toEqual(before);
    expect(await writesOf()).toEqual([]);
    expect((await sandbox.stats()).rowsWritten).toBe(0);
    expect(now['in step']).toBe(records['in step']);
    expect(adoption?.reason).toMatch('what was remembered of this sync is gone');
    await sandbox.sql(`update contacts set city = 'Newville' where id = 1`);
    await sandbox.settle();
    const { app } = await bothSides(sandbox);
    expect(app.filter(({ city }) => city === 'Newville')).toHaveLength(1);
  });

  test('of the CRM’s disk: who came since is kept, who went since is not brought back, and a person is told', async () => {
    await whileStopped(() => copy(database ?? '', join(backups, 'postgres')));
    await sandbox.sql(
      `insert into contacts (email, first_name) values ('late@restore.test', 'Late')`,
    );
    await sandbox.sql(`delete from contacts where id = 2`);
    await sandbox.settle();
    await sandbox.sql(`update contacts set city = 'Lost City' where id = 3`);
    await sandbox.settle();
    await whileStopped(() => {
      rmSync(database ?? '', { recursive: true });
      copy(join(backups, 'postgres'), database ?? '');
    });
    const proof = await proofAfter((await statusOf()).adoption?.at ?? 0);
    const { records, adoption } = await statusOf();
    const { app } = await bothSides(sandbox);
    const emails = app.map(({ email }) => email);
    expect(emails).toContain('late@restore.test');
    expect(app.filter(({ city }) => city === 'Lost City')).toEqual([]);
    expect(records.held).toBe(2);
    expect(adoption?.reason).toMatch(/went back|is not ours|in the future/);
    expect(proof).toMatchObject({ onlyApp: { held: 1 }, onlyCrm: { held: 1 } });
    const touched = (await writesOf()).filter((route) => /DELETE|tags|PUT/.test(route));
    expect(touched).toEqual([]);
  });
});
