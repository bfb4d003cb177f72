import type { CrmCommand } from '../../lib/ports/crm.ts';
import { describePostgres } from '../support/postgres.ts';
import { contactsSql, key, useCrm } from './support/crm.ts';

jest.setTimeout(60_000);

const insert = (id: string | number, email: string, isGuarded = true): CrmCommand => ({
  kind: 'insert',
  key: key(id),
  set: { email, first_name: 'N' },
  unlessMatch: isGuarded ? { column: 'email', value: email } : null,
});

describePostgres('inserting rows', (postgres) => {
  const crm = useCrm(postgres);

  test('the same insert twice is one row, and applied both times', async () => {
    const { owner, replica } = await crm.create();
    const news = replica();
    const [id = key('')] = await news.allocate(1);
    const first = await news.write([insert(id, 'a@x')]);
    const second = await news.write([insert(id, 'a@x')]);
    const { rows } = await owner.query('select id, email from contacts');
    expect(rows).toEqual([{ id, email: 'a@x' }]);
    expect(first).toMatchObject([{ kind: 'applied', row: { key: id } }]);
    expect(second).toEqual(first);
  });

  test('a row that a person changed since our first insert is moved, and keeps the change', async () => {
    const { owner, replica } = await crm.create();
    await replica().write([insert(5, 'a@x')]);
    await owner.query("update contacts set first_name = 'Person'");
    expect(await replica().write([insert(5, 'a@x')])).toMatchObject([
      { kind: 'moved', row: { key: '5', columns: { first_name: { text: 'Person' } } } },
    ]);
  });

  test('an insert of a person who is there is not done, and says who it is', async () => {
    const { owner, replica } = await crm.create();
    await owner.query("insert into contacts (email) values (' A@X ')");
    const outcomes = await replica().write([insert(7, 'a@x'), insert(8, 'b@x')]);
    expect(outcomes).toMatchObject([{ kind: 'taken', keys: ['1'] }, { kind: 'applied' }]);
  });

  test('two inserts of one person in one call make one row', async () => {
    const { replica } = await crm.create();
    const outcomes = await replica().write([insert(7, 'a@x'), insert(8, 'A@x'), insert(9, 'c@x')]);
    expect(outcomes).toMatchObject([
      { kind: 'applied' },
      { kind: 'taken', keys: ['7'] },
      { kind: 'applied' },
    ]);
  });

  test('two syncs inserting one person at the same moment make one row, without a unique index', async () => {
    const { owner, database, replica } = await crm.create();
    const replicas = Array.from({ length: 4 }, () =>
      replica({ connection: crm.connect(database.url) }),
    );
    const outcomes = await Promise.all(
      replicas.map((one, i) => one.write([insert(10 + i, 'same@x'), insert(20 + i, `own${i}@x`)])),
    );
    const { rows } = await owner.query("select from contacts where email = 'same@x'");
    expect(rows).toHaveLength(1);
    expect(
      outcomes.map(([first]) => String(first?.kind)).toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(['applied', 'taken', 'taken', 'taken']);
  });

  test('losing the race to another client at a unique index says who is there', async () => {
    const { owner, database, replica } = await crm.create();
    await owner.query('create unique index on contacts (lower(email))');
    const person = await database.connect();
    await person.query("begin; insert into contacts (email) values ('A@x')");
    const pending = replica({ lockTimeoutMs: 5_000 }).write([insert(7, 'a@x'), insert(8, 'b@x')]);
    await waitForBlocked(owner);
    await person.query('commit');
    expect(await pending).toMatchObject([{ kind: 'taken', keys: ['1'] }, { kind: 'applied' }]);
  });

  test('a trigger that keeps the row out, or changes its key, rejects that row only', async () => {
    const { owner, replica } = await crm.create();
    await owner.query(`
      create function gate() returns trigger language plpgsql as $$
        begin if new.email = 'out' then return null; end if;
          if new.email = 'other' then new.id := 99; end if; return new; end $$;
      create trigger gate before insert on contacts for each row execute function gate()`);
    const outcomes = await replica().write([insert(7, 'out'), insert(8, 'other'), insert(9, 'in')]);
    const { rows } = await owner.query('select id from contacts');
    expect(outcomes).toMatchObject([
      { kind: 'rejected', reason: expect.stringContaining('kept the row out') as string },
      { kind: 'rejected', reason: expect.stringContaining('changes the key') as string },
      { kind: 'applied' },
    ]);
    expect(rows).toEqual([{ id: '9' }]);
  });

  test('columns that are not set take their defaults', async () => {
    const { owner, replica } = await crm.create(
      contactsSql.replace('notes text', "notes text default 'from the CRM'"),
    );
    await replica().write([
      { kind: 'insert', key: key(3), set: {}, unlessMatch: null },
      { kind: 'insert', key: key(4), set: { email: 'e', tags: ['t'] }, unlessMatch: null },
    ]);
    const { rows } = await owner.query('select id, email, tags, notes from contacts order by id');
    expect(rows).toEqual([
      { id: '3', email: null, tags: null, notes: 'from the CRM' },
      { id: '4', email: 'e', tags: ['t'], notes: 'from the CRM' },
    ]);
  });

  test('five hundred rows in one page', async () => {
    const { replica } = await crm.create();
    const news = replica();
    const keys = await news.allocate(500);
    const outcomes = await news.write(keys.map((id) => insert(id, `p${id}@x`)));
    expect(outcomes.every((outcome) => outcome.kind === 'applied')).toBe(true);
    expect(await news.walk(null, 1_000)).toHaveLength(500);
  });

  test('without a match value to guard, equal persons are inserted', async () => {
    const { replica } = await crm.create();
    const outcomes = await replica().write([insert(1, 'a@x', false), insert(2, 'a@x', false)]);
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['applied', 'applied']);
  });
});

async function waitForBlocked(owner: { query: (sql: string) => Promise<{ rows: unknown[] }> }) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const { rows } = await owner.query('select from pg_locks where not granted');
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('Nobody waited for a lock.');
}
