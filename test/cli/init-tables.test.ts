/** Which table is taken for the one with the people, and why another cannot be. */
import { likeness, meaningOf, wordsOf } from '../../lib/cli/init/meaning.ts';
import { clearWinner, keyOf, rankTables, whyNot } from '../../lib/cli/init/rank-tables.ts';
import { table } from './init-shapes.ts';

const PERSON = 'id bigint! =; email text; first_name text; last_name text; phone text';

test('people before logins, logs and copies', () => {
  const tables = [
    table('users', 'id bigint! =; email text; password_hash text'),
    table('contacts_backup', PERSON),
    table('email_log', 'id bigint! =; email text; subject text'),
    table('contacts', PERSON),
    table('orders', 'id bigint! =; total numeric'),
  ];
  const ranked = rankTables(tables);
  expect(ranked.map(({ table: { name } }) => name)).toEqual([
    'contacts',
    'users',
    'contacts_backup',
    'email_log',
  ]);
  expect(clearWinner(ranked)?.table.name).toBe('contacts');
});

test('two that could both be it: nobody wins', () => {
  const ranked = rankTables([
    table('leads', PERSON, { schema: 'sales' }),
    table('contacts', PERSON),
  ]);
  expect(ranked).toHaveLength(2);
  expect(clearWinner(ranked)).toBeNull();
});

test.each([
  [
    'a view',
    table('people', PERSON, { relkind: 'v', key: [] }),
    'is a view, which has no changes of its own to capture; name the table behind it.',
  ],
  ['a foreign table', table('people', PERSON, { relkind: 'f' }), 'is a foreign table'],
  [
    'a partition',
    table('people_2024', PERSON, { isPartition: true }),
    'is a partition; name the table it is part of.',
  ],
  [
    'one without addresses',
    table('people', 'id bigint! =; name text; email_verified boolean; email_count integer'),
    'has no column that looks like an e-mail address',
  ],
  [
    'one without a key',
    table('people', PERSON, { key: [], unique: ['email?'] }),
    'has neither a primary key nor a unique index without nulls',
  ],
])('%s is refused with the remedy, and no candidate', (_what, facts, refusal) => {
  expect(whyNot(facts)).toContain(refusal);
  expect(rankTables([facts])).toEqual([]);
});

test('a partitioned table is one table', () => {
  const facts = table('people', PERSON, { relkind: 'p', key: ['id', 'region'] });
  expect(whyNot(facts)).toBeNull();
});

test('the key is the primary one, else the shortest that is unique and never null', () => {
  expect(keyOf(table('a', PERSON))).toEqual(['id']);
  expect(keyOf(table('a', PERSON, { key: [], unique: ['tenant,no', 'code', 'email?'] }))).toEqual([
    'code',
  ]);
});

test('names are one thing whichever way they are written', () => {
  expect(wordsOf('firstName')).toEqual(['first', 'name']);
  expect(wordsOf('Prénom-2')).toEqual(['prenom', '2']);
  expect(['FNAME', 'given_name', 'Vorname', 'contact_first_name'].map(meaningOf)).toEqual(
    Array(4).fill('first_name'),
  );
  expect(meaningOf('favourite_colour')).toBeNull();
});

test('names that share a word by chance are not alike', () => {
  expect(likeness('first_name', 'Last Name')).toBe(0);
  expect(likeness('first_name', 'FNAME')).toBe(0.9);
  expect(likeness('customer_since', 'Customer since')).toBe(1);
  expect(likeness('contact_note', 'Contact since')).toBeLessThan(0.6);
});
