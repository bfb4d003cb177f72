import type { CrmCheckpoint, TimePosition } from '../../lib/ports/crm.ts';
import { installCapture } from '../../lib/crm/install.ts';
import { describePostgres } from '../support/postgres.ts';
import { contacts, key, readAll } from './support/crm.ts';
import { timedSql, touchedSql, useTimedCrm } from './support/timed-crm.ts';

jest.setTimeout(60_000);

describePostgres('a place among timestamps', (postgres) => {
  const crm = useTimedCrm(postgres);
  const placed = async () => {
    const made = await crm.create();
    const start = await made.replica().currentCheckpoint();
    return { ...made, start };
  };
  const moved = (start: CrmCheckpoint, change: Partial<TimePosition>): CrmCheckpoint => ({
    ...start,
    position: { ...(start.position as TimePosition), ...change },
  });

  test.each<[string, (start: CrmCheckpoint) => CrmCheckpoint, RegExp]>([
    ['another server', (start) => ({ ...start, systemId: '1' }), /another database system/],
    ['another timeline', (start) => ({ ...start, timeline: '00000009' }), /timeline/],
    ['a WAL that went back', (start) => ({ ...start, mark: 'FF/0' }), /went back/],
    [
      'a clock that went back',
      (start) => moved(start, { reached: '2999-01-01T00:00:00.000000Z' }),
      /set back/,
    ],
    [
      'a place in the log',
      (start) => ({ ...start, mark: 'm', position: { xid: '5', seq: '0' } }),
      /by the log before/,
    ],
    ['a mark of the log’s reader', (start) => ({ ...start, mark: 'a-mark' }), /by the log before/],
  ])('is lost before %s', async (_, change, reason) => {
    const { replica, start } = await placed();
    expect(await replica().readChanges(change(start), 10)).toMatchObject({
      kind: 'lost',
      reason: expect.stringMatching(reason) as string,
    });
  });

  test('is lost when the log is read again, and the log’s when timestamps are', async () => {
    const { owner, replica, start } = await placed();
    await installCapture(owner, [contacts]);
    const byLog = replica({ modified: null });
    const log = await byLog.currentCheckpoint();
    expect(await byLog.readChanges(start, 10)).toMatchObject({ kind: 'lost', isGap: true });
    expect(await replica().readChanges(log, 10)).toMatchObject({ kind: 'lost' });
    await owner.query("insert into contacts (id, email) values (1, 'a')");
    expect((await readAll(byLog, log)).keys).toEqual(['1']);
    expect((await readAll(replica(), start)).keys).toEqual(['1']);
  });

  test('is not given up: nothing is kept for it', async () => {
    const { owner, replica, start } = await placed();
    await replica().release();
    await replica().purge([start.position]);
    await owner.query("insert into contacts (id, email) values (1, 'a')");
    expect((await readAll(replica(), start)).keys).toEqual(['1']);
  });
});

describePostgres('our own writes', (postgres) => {
  const crm = useTimedCrm(postgres);

  test.each([
    ['where a trigger sets the time', timedSql() + touchedSql()],
    ['where every client must', timedSql()],
    ['of a wall clock', timedSql('timestamp') + touchedSql('contacts', "now() at time zone 'UTC'")],
  ])('reach the other syncs and come back once, %s', async (_, sql) => {
    const { owner, replica } = await crm.create(sql, { timeZone: 'UTC' });
    await owner.query("insert into contacts (id, email) values (1, 'a'), (2, 'b')");
    const [news, ads] = [replica({ sync: 'contacts-news' }), replica({ sync: 'contacts-ads' })];
    const starts = [await news.currentCheckpoint(), await ads.currentCheckpoint()] as const;
    const outcomes = await news.write([
      { kind: 'update', key: key(1), set: { email: 'A' }, expect: { email: 'a' } },
      { kind: 'insert', key: key(9), set: { email: 'n' }, unlessMatch: null },
    ]);
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['applied', 'applied']);
    const echo = await readAll(news, starts[0]);
    expect([...echo.keys].sort()).toEqual(['1', '9']);
    expect((await readAll(news, echo.checkpoint)).keys).toEqual([]);
    expect([...(await readAll(ads, starts[1])).keys].sort()).toEqual(['1', '9']);
  });

  test('leave a timestamp alone that is mapped and set, or that the database makes', async () => {
    const made = await crm.create(
      timedSql(),
      {},
      { ...contacts, columns: ['email', 'updated_at'] },
    );
    await made.owner.query("insert into contacts (id, email) values (1, 'a')");
    const at = '2001-02-03 04:05:06.123456+00';
    const [outcome] = await made
      .replica()
      .write([{ kind: 'update', key: key(1), set: { email: 'b', updated_at: at }, expect: {} }]);
    expect(outcome).toMatchObject({
      kind: 'applied',
      row: { columns: { updated_at: { text: at } } },
    });
    const generated = await crm.create(`
      create table contacts (id bigint primary key, email text, first_name text, tags text[], at timestamptz default now(),
        updated_at timestamptz generated always as (at) stored)`);
    await generated.owner.query("insert into contacts (id, email) values (1, 'a')");
    const [done] = await generated
      .replica()
      .write([{ kind: 'update', key: key(1), set: { email: 'b' }, expect: {} }]);
    expect(done).toMatchObject({ kind: 'applied' });
  });

  test('a table read by its log gets no timestamp from us', async () => {
    const { owner, replica } = await crm.create(timedSql());
    await owner.query("insert into contacts (id, email, updated_at) values (1, 'a', '2001-01-01')");
    await replica({ modified: null }).write([
      { kind: 'update', key: key(1), set: { email: 'b' }, expect: {} },
    ]);
    const { rows } = await owner.query("select updated_at = '2001-01-01' as same from contacts");
    expect(rows).toEqual([{ same: true }]);
  });
});
