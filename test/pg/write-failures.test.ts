import type { CrmCommand } from '../../lib/ports/crm.ts';
import { describePostgres } from '../support/postgres.ts';
import { contacts, key, useCrm } from './support/crm.ts';

jest.setTimeout(120_000);

const update = (id: number, email: string): CrmCommand => ({
  kind: 'update',
  key: key(id),
  set: { email },
  expect: { email: `p${id}` },
});

describePostgres('rows the database refuses', (postgres) => {
  const crm = useCrm(postgres);
  const withPeople = async (count: number) => {
    const made = await crm.create();
    await made.owner.query(
      `insert into contacts (email) select 'p' || n from generate_series(1, ${count}) n`,
    );
    return made;
  };
  const page = (count: number, bad: Record<number, string>): CrmCommand[] =>
    Array.from({ length: count }, (_, i) => update(i + 1, bad[i + 1] ?? `new${i + 1}`));

  test('a bad row in a page of 500 is found; the other 499 are written', async () => {
    const { owner, replica } = await withPeople(500);
    await owner.query("alter table contacts add constraint polite check (email <> 'rude')");
    const outcomes = await replica().write(page(500, { 333: 'rude' }));
    const kinds = outcomes.map((outcome) => outcome.kind);
    const { rows } = await owner.query(
      "select count(*)::int as n from contacts where email like 'new%'",
    );
    expect(outcomes[332]).toMatchObject({
      kind: 'rejected',
      sqlstate: '23514',
      reason: expect.stringContaining('polite') as string,
    });
    expect(kinds.filter((kind) => kind === 'applied')).toHaveLength(499);
    expect(rows).toEqual([{ n: 499 }]);
  });

  test('bad rows of every sort, each in the words of the database', async () => {
    const { owner, replica } = await withPeople(20);
    await owner.query(`
      create unique index on contacts (email);
      create function objection() returns trigger language plpgsql as $$
        begin if new.email = 'no' then raise exception 'we do not know such people'; end if; return new; end $$;
      create trigger objection before update on contacts for each row execute function objection()`);
    const commands = page(20, { 3: 'p4x', 5: 'no', 9: 'nul\u0000' });
    commands[10] = {
      kind: 'update',
      key: key(11),
      set: { first_name: 'x'.repeat(21) },
      expect: {},
    };
    commands[11] = { kind: 'update', key: key(12), set: { email: ['a', 'list'] }, expect: {} };
    await owner.query("insert into contacts (email) values ('p4x')");
    const outcomes = await replica().write(commands);
    const rejected = outcomes.flatMap((outcome, i) =>
      outcome.kind === 'rejected' ? [[i + 1, outcome.sqlstate, outcome.reason]] : [],
    );
    expect(rejected).toEqual([
      [3, '23505', expect.stringContaining('contacts_email_idx')],
      [5, 'P0001', 'we do not know such people'],
      [9, '22021', expect.stringContaining('0x00')],
      [11, '22001', expect.stringContaining('too long')],
      [12, '42804', expect.stringContaining('cannot hold a list')],
    ]);
    expect(outcomes.filter((outcome) => outcome.kind === 'applied')).toHaveLength(15);
  });

  test('a constraint that is checked at the end of the transaction blames its row too', async () => {
    const { owner, replica } = await withPeople(30);
    await owner.query(`create table companies (name text primary key);
      insert into companies select 'new' || n from generate_series(1, 30) n;
      alter table contacts add foreign key (email) references companies deferrable initially deferred not valid`);
    const outcomes = await replica().write(page(30, { 7: 'unknown' }));
    expect(outcomes.map((outcome) => outcome.kind).indexOf('rejected')).toBe(6);
    expect(outcomes.filter((outcome) => outcome.kind === 'applied')).toHaveLength(29);
  });

  test('a delete that others refer to is refused, the other rows go on', async () => {
    const { owner, replica } = await withPeople(3);
    await owner.query(
      'create table notes (contact bigint references contacts); insert into notes values (2)',
    );
    const outcomes = await replica().write(
      [1, 2, 3].map((id) => ({ kind: 'delete', key: key(id), expect: {} }) as const),
    );
    expect(outcomes).toMatchObject([
      { kind: 'applied' },
      { kind: 'rejected', sqlstate: '23503' },
      { kind: 'applied' },
    ]);
  });

  test('a deadlock is tried again and passes', async () => {
    const { owner, replica } = await withPeople(2);
    await owner.query(`create sequence tries;
      create function unlucky() returns trigger language plpgsql as $$
        begin if nextval('tries') < 3 then raise exception 'unlucky' using errcode = '40P01'; end if; return new; end $$;
      create trigger unlucky before update on contacts for each row execute function unlucky()`);
    const waits: number[] = [];
    const sleep = (ms: number) => Promise.resolve(void waits.push(ms));
    const outcomes = await replica({ sleep }).write([update(1, 'x')]);
    expect(outcomes).toMatchObject([{ kind: 'applied' }]);
    expect(waits).toEqual([100, 200]);
  });

  test('a trigger that is too slow costs its own row only', async () => {
    const { owner, replica } = await withPeople(20);
    await owner.query(`
      create function slow() returns trigger language plpgsql as $$
        begin if new.email = 'slow' then perform pg_sleep(60); end if; return new; end $$;
      create trigger slow before update on contacts for each row execute function slow()`);
    const outcomes = await replica({ statementTimeoutMs: 500 }).write(page(20, { 13: 'slow' }));
    expect(outcomes[12]).toEqual({ kind: 'locked' });
    expect(outcomes.filter((outcome) => outcome.kind === 'applied')).toHaveLength(19);
  });

  test('a lock that cannot be skipped is waited for shortly and costs its own row only', async () => {
    const { owner, database, replica } = await withPeople(20);
    await owner.query('create unique index on contacts (email)');
    const person = await database.connect();
    await person.query("begin; insert into contacts (email) values ('wanted')");
    const outcomes = await replica({ lockTimeoutMs: 100 }).write(page(20, { 4: 'wanted' }));
    await person.query('rollback');
    expect(outcomes[3]).toEqual({ kind: 'locked' });
    expect(outcomes.filter((outcome) => outcome.kind === 'applied')).toHaveLength(19);
  });

  test('many bad rows are each found', async () => {
    const { owner, replica } = await withPeople(100);
    await owner.query("alter table contacts add check (email <> 'rude')");
    const bad = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [i * 2 + 1, 'rude']));
    const outcomes = await replica().write(page(100, bad));
    expect(outcomes.filter((outcome) => outcome.kind === 'rejected')).toHaveLength(50);
    expect(outcomes.filter((outcome) => outcome.kind === 'applied')).toHaveLength(50);
  });

  test('columns outside the replica are a bug, not a row’s trouble', async () => {
    const { replica } = await withPeople(1);
    const wrong: CrmCommand = { kind: 'update', key: key(1), set: { notes: 'x' }, expect: {} };
    await expect(replica().write([wrong])).rejects.toThrow(/notes: not among/);
    expect(contacts.columns).not.toContain('notes');
  });
});
