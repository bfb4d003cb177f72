/** A column whose type is changed while functions that know the old one run. */
import type { CrmCommand, CrmReplica } from '../../lib/ports/crm.ts';
import type { Value } from '../../lib/engine/value.ts';
import { describePostgres } from '../support/postgres.ts';
import { key, useCrm } from './support/crm.ts';

jest.setTimeout(60_000);

const setName = (first_name: Value, expect: string | null): CrmCommand => ({
  kind: 'update',
  key: key(1),
  set: { first_name },
  expect: { first_name: expect },
});

describePostgres('a column that gets another type while a replica is in use', (postgres) => {
  const crm = useCrm(postgres);
  const inUse = async (first_name: string) => {
    const made = await crm.create();
    await made.owner.query('insert into contacts (email, first_name) values ($1, $2)', [
      'a@x.test',
      first_name,
    ]);
    const replica = made.replica();
    await replica.read([key(1)]);
    return { owner: made.owner, replica, fresh: () => made.replica() };
  };
  const nameIn = async (replica: CrmReplica): Promise<string | null | undefined> =>
    (await replica.read([key(1)])).get(key(1))?.columns['first_name']?.text;

  for (const [type, sent, stored] of [
    ['integer using first_name::integer', '8', '8'],
    ['numeric(8,2) using first_name::numeric', '8.5', '8.50'],
    ['char(4)', '8', '8'],
    ['text', 'a name of more than twenty letters', 'a name of more than twenty letters'],
    ['text[] using array[first_name]', ['8', '9'], '{8,9}'],
    ['jsonb using to_jsonb(first_name)', '8', '"8"'],
  ] as const satisfies readonly (readonly [string, Value, string])[])
    test(`is read and written as ${type} from the next message on`, async () => {
      const { owner, replica, fresh } = await inUse('7');
      await owner.query(`alter table contacts alter first_name type ${type}`);
      await replica.identify();
      const before = await nameIn(replica);
      const written = await replica.write([setName(sent, before ?? null)]);
      expect(written).toMatchObject([{ kind: 'applied' }]);
      expect(await nameIn(replica)).toBe(stored);
      expect(await replica.read([key(1)])).toEqual(await fresh().read([key(1)]));
    });

  test('is asked for once more when it changes between two calls of one message', async () => {
    const { owner, replica } = await inUse('7');
    await replica.identify();
    await replica.read([key(1)]);
    await owner.query(
      'alter table contacts alter first_name type integer using first_name::integer',
    );
    const late = replica.write([setName('8', '7')]);
    await expect(late).rejects.toMatchObject({ kind: 'retry' });
    await expect(late).rejects.toThrow('of another type than a moment ago');
    expect(await replica.write([setName('8', '7')])).toMatchObject([{ kind: 'applied' }]);
  });

  test('refuses what does not fit any more, and the other rows of the page are written', async () => {
    const { owner, replica } = await inUse('7');
    await owner.query("insert into contacts (email, first_name) values ('b@x.test', '1')");
    await owner.query('alter table contacts alter first_name type varchar(3)');
    await replica.identify();
    const other: CrmCommand = {
      kind: 'update',
      key: key(2),
      set: { first_name: 'Bob' },
      expect: { first_name: '1' },
    };
    expect(await replica.write([setName('Anna', '7'), other])).toMatchObject([
      { kind: 'rejected', sqlstate: '22001' },
      { kind: 'applied' },
    ]);
  });
});
