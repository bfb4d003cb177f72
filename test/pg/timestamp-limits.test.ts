import { timestampLimits } from '../../lib/crm/timestamp-limits.ts';
import { describePostgres } from '../support/postgres.ts';
import { contacts } from './support/crm.ts';
import { timedSql, touchedSql, UPDATED, useTimedCrm, type TimedCrm } from './support/timed-crm.ts';

const BY_NATURE = ['deletes', 'clocks', 'restores'];

describePostgres('the limits of reading by timestamp', (postgres) => {
  const crm = useTimedCrm(postgres);
  const limitsOf = async ({ owner }: TimedCrm, modified: object = {}) => {
    const wanted = { ...contacts, match: 'email', modified: { ...UPDATED, ...modified } };
    return timestampLimits(owner, wanted);
  };
  const codes = (limits: readonly { code: string }[]) => limits.map(({ code }) => code);

  test('are those of the method where all is well, and each says what it means', async () => {
    const limits = await limitsOf(await crm.create());
    expect(codes(limits)).toEqual(BY_NATURE);
    expect(limits.every(({ severity }) => severity === 'note')).toBe(true);
    expect(limits[0]?.text).toContain('deletes are found by the sweep');
  });

  test('name what is missing in the table, with the statement that mends it', async () => {
    const made =
      await crm.create(`create table contacts (id bigint primary key, email text, first_name text,
      tags text[], updated_at timestamptz);
      insert into contacts (id, updated_at) values (1, null), (2, now() + interval '1 day'), (3, now())`);
    const limits = await limitsOf(made);
    expect(codes(limits)).toEqual([
      'index',
      'empty-timestamps',
      'future-timestamps',
      'nobody-stamps',
      ...BY_NATURE,
    ]);
    expect(limits[1]?.text).toMatch(/^1 rows have no timestamp in "updated_at" of public.contacts/);
    await made.owner.query(limits[0]?.remedy ?? '');
    expect(codes(await limitsOf(made, { clock: 'app' }))).toEqual([
      'empty-timestamps',
      'future-timestamps',
      ...BY_NATURE,
    ]);
  });

  test('an index on the timestamp alone is not enough', async () => {
    const made = await crm.create(timedSql() + touchedSql());
    await made.owner.query(
      'drop index contacts_updated_at_id_idx; create index on contacts (updated_at)',
    );
    expect(codes(await limitsOf(made))).toContain('index');
  });

  test('say that nothing is synced where it cannot be', async () => {
    const made = await crm.create(timedSql('date'));
    expect(await limitsOf(made)).toMatchObject([{ code: 'column', severity: 'error' }]);
    const blind = await crm.create();
    await blind.owner.query(`create role blind_${blind.database.name};
      grant usage on schema public to blind_${blind.database.name};
      grant select on contacts to blind_${blind.database.name};
      set role blind_${blind.database.name}`);
    const [first] = await limitsOf(blind);
    await blind.owner.query(
      `reset role; drop owned by blind_${blind.database.name}; drop role blind_${blind.database.name}`,
    );
    expect(first).toMatchObject({ code: 'rights', severity: 'error' });
    expect(first?.text).toContain('grant pg_read_all_stats');
  });

  test('name a prepared transaction that is in the way', async () => {
    const made = await crm.create();
    await made.owner.query(
      "begin; insert into contacts (id) values (1); prepare transaction 'forgotten'",
    );
    const limits = await limitsOf(made);
    await made.owner.query("rollback prepared 'forgotten'");
    expect(limits[0]).toMatchObject({ code: 'held', severity: 'warning' });
    expect(limits[0]?.text).toContain('"forgotten"');
  });
});
