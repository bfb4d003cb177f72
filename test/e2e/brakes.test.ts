/**
 * Against real systems brakes hold by themselves: a first sync nobody planned, an UPDATE without its WHERE, a TRUNCATE.
 * What is held is listed, let go exactly as it was held, or dropped, by the commands a person has.
 */
import type { HeldBatch } from '../../lib/flow/held.ts';
import type { SyncStatus } from '../../lib/flow/status.ts';
import { findFreePort } from '../../lib/local/services/free-port.ts';
import { startRealSystems, type RealSystems } from '../support/real-systems.ts';
import { runTrivet, startTrivet, type Ran, type RunningTrivet } from '../support/trivet-process.ts';

const SYNC = 'contacts-news';
const ROWS = 160;

describe('trivet local between real systems', () => {
  let real: RealSystems;
  let local: RunningTrivet;

  const trivet = (...args: string[]): Promise<Ran> => runTrivet(args, { cwd: real.dir });
  const json = async <T>(...args: string[]): Promise<T> => {
    const { stdout } = await trivet(...args, '--json');
    return JSON.parse(stdout) as T;
  };
  const round = async (): Promise<void> => {
    expect((await trivet('sync', SYNC, '--once', '--json')).code).toBe(0);
  };
  const held = async (): Promise<readonly HeldBatch[]> =>
    (await json<{ batches: readonly HeldBatch[] }>('held', SYNC)).batches;
  const heldCounts = async (): Promise<readonly (readonly [string, number])[]> =>
    (await held()).map((batch) => [batch.class, batch.count] as const);
  const inAudience = async (status = 'subscribed'): Promise<number> =>
    (await real.members(real.news)).filter((member) => member.status === status).length;
  const members = async (): Promise<number> =>
    (await real.members(real.news)).filter(({ status }) => status !== 'archived').length;

  beforeAll(async () => {
    real = await startRealSystems(18);
    await real.crm.query(
      `insert into contacts (email, first_name)
       select 'contacts' || n || '@people.trivet.dev', 'First ' || n from generate_series(41, $1::int) n`,
      [ROWS],
    );
    const port = await findFreePort();
    local = await startTrivet(['local', '--json', '--port', String(port)], { cwd: real.dir });
  });
  afterAll(async () => {
    await local.stop();
    await real.stop();
  });

  test('the first sync makes a hundred records, and says in a line what holds the others and how to let them go', async () => {
    await round();
    // One was there on both sides, one in the audience alone: its row is among the hundred made.
    expect(await members()).toBe(2 + 99);
    expect(await heldCounts()).toEqual([['create', ROWS - 1 - 99]]);
    const told = local.logs.filter((line) => line.includes('"held"'));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(
      /more new records at once than the brakes allow; npx trivet held contacts-news shows them, npx trivet approve contacts-news lets them go/,
    );
    const { stdout } = await trivet('status', SYNC);
    expect(stdout).toMatch(/held +create 60: npx trivet held contacts-news/);
  });

  test('held names the batch for people, and approve asks before it lets it go', async () => {
    const [batch] = await held();
    const { stdout } = await trivet('held');
    expect(stdout).toMatch(/60 records to be made/);
    expect(stdout).toMatch(/contacts\d+@people\.trivet\.dev {2}create-app/);
    expect(stdout).toContain(`npx trivet approve ${batch?.batch}`);
    const unasked = await trivet('approve', batch?.batch ?? '');
    expect(unasked.code).toBe(4);
    expect(unasked.stderr).toMatch(/Nothing was changed: nobody can be asked here\. Say --yes/);
    expect(await trivet('approve', `${SYNC}/nothing`)).toMatchObject({ code: 2 });
    expect((await trivet('approve', `${SYNC}/archive`)).stderr).toMatch(
      /Nothing is held as “contacts-news\/archive”; there is contacts-news\/create/,
    );
    const approved = await json<object>('approve', batch?.batch ?? '', '--yes');
    expect(approved).toMatchObject({
      verb: 'approve',
      orders: 60,
      applied: 60,
      moved: 0,
      stopped: null,
    });
    expect([await members(), await held()]).toEqual([ROWS + 1, []]);
  });

  test('an UPDATE of the consent column without WHERE unsubscribes ten people; consent cannot be dropped, and the right words end it', async () => {
    const before = await inAudience('unsubscribed');
    await real.crm.query(`update contacts set email_status = 'unsubscribed'`);
    await round();
    expect((await inAudience('unsubscribed')) - before).toBe(10);
    const status = (await json<{ syncs: Record<string, SyncStatus> }>('status')).syncs[SYNC];
    expect(status?.held.unsubscribe).toBeGreaterThan(100);
    const dropped = await trivet('drop', `${SYNC}/unsubscribe`, '--yes');
    expect([dropped.code, dropped.stderr]).toEqual([
      1,
      expect.stringMatching(/Consent cannot be dropped/),
    ]);
    await real.crm.query(`update contacts set email_status = null`);
    await round();
    expect((await heldCounts()).filter(([one]) => one === 'unsubscribe')).toEqual([]);
  });

  test('a TRUNCATE archives ten people a run; the others are dropped, and stay as they are', async () => {
    await real.crm.query('truncate contacts');
    await round();
    const left = await members();
    // The walk over both ends is one run; the round that begins it is another, if the app lists people in it.
    expect([10, 20]).toContain(ROWS + 1 - left);
    const archivings = (await held()).filter((batch) => batch.class === 'archive');
    expect(archivings.reduce((sum, { count }) => sum + count, 0)).toBe(left);
    const [key] = archivings.flatMap(({ samples }) => samples.map((sample) => sample.key));
    const dropped = await json<object>('drop', `${SYNC}/archive`, '--yes');
    expect(dropped).toMatchObject({ verb: 'drop', applied: left, moved: 0 });
    await round();
    expect([await members(), (await heldCounts()).filter(([one]) => one === 'archive')]).toEqual([
      left,
      [],
    ]);
    expect((await trivet('explain', SYNC, key ?? '')).stdout).toMatch(/dropped/);
  });
});
