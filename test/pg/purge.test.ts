import { installCapture } from '../../lib/crm/install.ts';
import { purgeLog } from '../../lib/crm/purge.ts';
import { describePostgres } from '../support/postgres.ts';
import { contacts, readAll, requirePage, useCrm, type TestCrm } from './support/crm.ts';

jest.setTimeout(60_000);

const week = 7 * 86_400_000;

describePostgres('purging the change log', (postgres) => {
  const crm = useCrm(postgres);
  const edit = async ({ owner }: TestCrm, times: number) => {
    for (let i = 0; i < times; i += 1) {
      await owner.query("insert into contacts (email) values ('x')");
    }
  };
  const purge = (made: TestCrm, options: Partial<Parameters<typeof purgeLog>[1]> = {}) =>
    purgeLog(crm.connect(made.database.url), {
      table: contacts.table,
      restarts: [],
      keepMs: 0,
      ...options,
    });
  const count = async ({ owner }: TestCrm): Promise<number> => {
    const { rows } = await owner.query<{ n: number }>(
      'select count(*)::int as n from trivet.change_log',
    );
    return rows[0]?.n ?? -1;
  };

  test('takes what every reader has behind it, and no more', async () => {
    const made = await crm.create();
    const [news, ads] = [made.replica({ sync: 'news' }), made.replica({ sync: 'ads' })];
    const starts = [await news.currentCheckpoint(), await ads.currentCheckpoint()] as const;
    await edit(made, 3);
    const newsAt = (await readAll(news, starts[0])).checkpoint;
    const first = await purge(made);
    const adsAt = (await readAll(ads, starts[1])).checkpoint;
    await edit(made, 1);
    await readAll(news, newsAt);
    const adsNext = (await readAll(ads, adsAt)).checkpoint;
    const second = await purge(made);
    expect(first.purged).toBe(0);
    // Each claims its last page still: a crash before the checkpoint is stored reads it again.
    expect(second.purged).toBe(3);
    const again = requirePage(await news.readChanges(newsAt, 10));
    expect(again.changes).toHaveLength(1);
    await edit(made, 1);
    expect((await readAll(news, again.checkpoint)).keys).toEqual(['5']);
    expect((await readAll(ads, adsNext)).keys).toEqual(['5']);
  });

  test('positions are compared as numbers: 999 does not hide behind 1000', async () => {
    const made = await crm.create();
    await made.owner.query(`insert into trivet.reader (sync, table_name, xid, seq, mark, previous_xid, previous_seq)
      values ('old', 'public.contacts', '9', 1, 'm', '9', 1), ('new', 'public.contacts', '100', 1, 'm', '100', 1)`);
    for (const xid of ['8', '9', '10', '99']) {
      await made.owner.query(
        `insert into trivet.change_log (table_name, xid, seq, op, keys) overriding system value
         values ('public.contacts', $1, 1, 'update', '{1}')`,
        [xid],
      );
    }
    expect((await purge(made)).purged).toBe(2);
    const { rows } = await made.owner.query(
      'select xid::text from trivet.change_log order by change_log.xid',
    );
    expect(rows).toEqual([{ xid: '10' }, { xid: '99' }]);
  });

  test('a place where a sync restarts is kept', async () => {
    const made = await crm.create();
    const news = made.replica();
    const start = await news.currentCheckpoint();
    await edit(made, 2);
    const middle = (await readAll(news, start)).checkpoint;
    await edit(made, 2);
    const end = (await readAll(news, middle)).checkpoint;
    await purge(made, { restarts: [start.position] });
    const again = await readAll(news, { ...end, position: start.position });
    expect(again.keys).toEqual(['1', '2', '3', '4']);
  });

  test('P23 reading below the floor is a lost position', async () => {
    const made = await crm.create();
    const news = made.replica();
    const start = await news.currentCheckpoint();
    await edit(made, 2);
    const middle = (await readAll(news, start)).checkpoint;
    await edit(made, 1);
    const end = (await readAll(news, middle)).checkpoint;
    await purge(made);
    expect(await news.readChanges({ ...end, position: start.position }, 10)).toEqual({
      kind: 'lost',
      reason: 'The log was purged beyond our position.',
      isGap: true,
    });
    expect(await news.readChanges(end, 10)).toMatchObject({ kind: 'page' });
  });

  test('young rows stay for messages still on their way', async () => {
    const made = await crm.create();
    await edit(made, 2);
    expect((await purge(made, { keepMs: 60_000 })).purged).toBe(0);
    expect((await purge(made, { keepMs: 0 })).purged).toBe(2);
  });

  test('rows that nobody could read yet stay', async () => {
    const made = await crm.create();
    const slow = await made.database.connect();
    await slow.query('begin; select pg_current_xact_id()');
    await edit(made, 2);
    expect((await purge(made)).purged).toBe(0);
    await slow.query('rollback');
    expect((await purge(made)).purged).toBe(2);
  });

  test('many rows go in several transactions', async () => {
    const made = await crm.create();
    await edit(made, 25);
    expect(await purge(made, { batchRows: 10 })).toEqual({ purged: 25, dropped: [] });
    expect(await count(made)).toBe(0);
  });

  test('C8 a sync that left changes unread for a week gives up its claim and is told', async () => {
    const made = await crm.create();
    const [idle, paused] = [made.replica({ sync: 'idle' }), made.replica({ sync: 'paused' })];
    const pausedAt = await paused.currentCheckpoint();
    await edit(made, 1);
    await made.owner.query("update trivet.change_log set at = at - interval '8 days'");
    const idleAt = await idle.currentCheckpoint();
    await made.owner.query("update trivet.reader set at = at - interval '30 days'");
    const report = await purge(made, { staleMs: week });
    expect(report).toEqual({ purged: 1, dropped: ['paused'] });
    expect(await paused.readChanges(pausedAt, 10)).toMatchObject({ kind: 'lost' });
    expect(await idle.readChanges(idleAt, 10)).toMatchObject({ kind: 'page' });
    const anew = await paused.currentCheckpoint();
    expect(await paused.readChanges(anew, 10)).toMatchObject({ kind: 'page' });
  });

  test('C8 the server keeps nothing for us: no replication slot, no publication', async () => {
    const made = await crm.create();
    await edit(made, 3);
    await readAll(
      made.replica({ sync: 'news' }),
      await made.replica({ sync: 'news' }).currentCheckpoint(),
    );
    const { rows } = await made.owner.query(
      `select (select count(*)::int from pg_replication_slots) as slots,
              (select count(*)::int from pg_publication) as publications`,
    );
    expect(rows).toEqual([{ slots: 0, publications: 0 }]);
  });

  test('a claim that was given up keeps nothing, and its sync is told when it reads again', async () => {
    const made = await crm.create();
    const [paused, other] = [made.replica({ sync: 'paused' }), made.replica({ sync: 'other' })];
    const start = await paused.currentCheckpoint();
    const otherStart = await other.currentCheckpoint();
    await edit(made, 2);
    const middle = (await readAll(other, otherStart)).checkpoint;
    await edit(made, 1);
    await readAll(other, middle);
    expect((await purge(made)).purged).toBe(0);
    await paused.release();
    await paused.release();
    expect((await purge(made)).purged).toBe(2);
    expect(await paused.readChanges(start, 10)).toMatchObject({ kind: 'lost' });
    const anew = await paused.currentCheckpoint();
    await edit(made, 1);
    expect((await readAll(paused, anew)).keys).toEqual(['4']);
  });

  test('a quiet table does not keep the log of a busy one', async () => {
    const made = await crm.create();
    const quiet = { ...contacts, table: { schema: 'public', name: 'quiet' } };
    await made.owner.query('create table quiet (like contacts including all)');
    await installCapture(made.owner, [quiet]);
    await made.replica(quiet).currentCheckpoint();
    const news = made.replica({ sync: 'busy' });
    await edit(made, 3);
    await news.currentCheckpoint();
    expect((await purge(made)).purged).toBe(3);
  });
});
