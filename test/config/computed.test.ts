/** What becomes of computed fields, several tables and tables of other schemas once they are compiled. */
import { defineTrivet, email, mailchimp, postgres, text } from '../../lib/config/index.ts';
import { processesOf, type SyncConfig, type TrivetConfig } from '../../lib/config/model.ts';
import { readTableName } from '../../lib/config/table-name.ts';
import { mapOf, compareMaps, describeChange } from '../../lib/engine/sync-map.ts';

const EMAIL = { app: 'email_address', type: email(), owner: 'crm' } as const;

type From = (row: Readonly<Record<string, unknown>>) => string;

const compile = (from?: From): SyncConfig => {
  const { syncs } = defineTrivet({
    crm: postgres({ secret: 'crm' }),
    apps: { news: mailchimp({ audience: 'a1', secret: 'mailchimp' }) },
    syncs: [
      {
        table: 'contacts',
        key: 'id',
        app: 'news',
        match: { email: 'email_address' },
        fields: { email: EMAIL },
        ...(from === undefined
          ? {}
          : {
              computed: {
                full_name: {
                  app: 'merge_fields.FULL',
                  type: text(255),
                  from,
                  reads: ['first_name', 'email'],
                },
              },
            }),
      },
    ],
  });
  return syncs[0] as SyncConfig;
};

describe('a computed field', () => {
  test('is owned by the CRM, and reads columns without being one', () => {
    const { spec, columns } = compile((row) => String(row['first_name']));
    expect(columns).toEqual(['email', 'first_name']);
    expect(spec.fields.map(({ column, owner, role }) => [column, owner, role])).toEqual([
      ['email', 'crm', 'match'],
      ['full_name', 'crm', 'plain'],
    ]);
  });

  test('makes another map when it comes and when its function changes, and only then', () => {
    const [none, one, same, other] = [
      compile(),
      compile((row) => String(row['first_name'])),
      compile((row) => String(row['first_name'])),
      compile((row) => String(row['email'])),
    ].map(({ spec, functions }) => mapOf(spec, functions));
    if (!none || !one || !same || !other) throw new Error('four maps were made');
    expect(compareMaps(one, same)).toBeNull();
    const changes = [compareMaps(none, one), compareMaps(one, other)];
    expect(changes.map((change) => change && describeChange(change))).toEqual([
      'full_name ↔ merge_fields.FULL added; the filter (or another function of the configuration) is another one',
      'the filter (or another function of the configuration) is another one',
    ]);
  });
});

describe('several tables and audiences', () => {
  const sync = { match: { email: 'email_address' }, fields: { email: EMAIL }, lanes: 2 } as const;
  const config: TrivetConfig = defineTrivet({
    crm: postgres({ secret: 'crm' }),
    apps: {
      news: mailchimp({ audience: 'a1', secret: 'mailchimp' }),
      offers: mailchimp({ audience: 'a2', secret: 'mailchimp' }),
      supply: mailchimp({ audience: 'a3', secret: 'of another account' }),
    },
    syncs: [
      { ...sync, table: 'contacts', key: 'id', app: 'news', include: (row) => row['email'] !== '' },
      { ...sync, table: 'contacts', key: 'id', app: 'offers', everyMinutes: 30 },
      { ...sync, table: 'Sales.People', key: ['tenant', 'id'], app: 'supply', lanes: 6 },
    ],
  });

  test('have each their table, key, filter, cadence and name', () => {
    expect(
      config.syncs.map(({ spec, table, key, scheduleMinutes }) => [
        spec.name,
        `${table.schema}.${table.name}`,
        key,
        scheduleMinutes,
      ]),
    ).toEqual([
      ['contacts-news', 'public.contacts', ['id'], 1],
      ['contacts-offers', 'public.contacts', ['id'], 30],
      ['people-supply', 'Sales.People', ['tenant', 'id'], 1],
    ]);
    expect(config.syncs.map(({ include }) => include({ email: '' }))).toEqual([false, true, true]);
  });

  test('share the calls of their credential and of no other', () => {
    const { news, offers, supply } = config.apps;
    expect([news, offers, supply].map((app) => app && processesOf(config, app))).toEqual([6, 6, 7]);
  });
});

test.each([
  ['contacts', { schema: 'public', name: 'contacts' }],
  ['crm.Contacts', { schema: 'crm', name: 'Contacts' }],
  ['"Odd.Schema"."My ""own"" table"', { schema: 'Odd.Schema', name: 'My "own" table' }],
  ['crm."v2.contacts"', { schema: 'crm', name: 'v2.contacts' }],
  ['a.b.c', null],
  ['a.', null],
  ['.a', null],
  ['"a', null],
  ['""', null],
  ['', null],
])('the table %s is read as it is meant', (text, table) => {
  expect(readTableName(text)).toEqual(table);
});
