/** Everything that is wrong is told at once: the place, what was found there, and the remedy. */
import { ConfigError, defineTrivet } from '../../lib/config/define.ts';
import {
  address,
  consent,
  email,
  mailchimp,
  number,
  postgres,
  tags,
  text,
} from '../../lib/config/index.ts';

/** As somebody without a compiler would. */
const define = defineTrivet as (input: object) => unknown;

const EMAIL = { app: 'email_address', type: email(), owner: 'crm' };
const FNAME = { app: 'merge_fields.FNAME', type: text(255), owner: 'crm' };
const SYNC = {
  table: 'contacts',
  key: 'id',
  app: 'news',
  match: { email: 'email_address' },
  fields: { email: EMAIL },
};
const OTHER = { ...SYNC, app: 'offers', name: 'contacts-offers' };
const APPS = {
  news: mailchimp({ audience: 'a1', secret: 'mailchimp' }),
  offers: mailchimp({ audience: 'a2', secret: 'another account' }),
};

function problemsOf(more: object): readonly string[] {
  try {
    define({ crm: postgres({ secret: 'crm' }), apps: APPS, syncs: [SYNC], ...more });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const ofSync = (more: object): readonly string[] => problemsOf({ syncs: [{ ...SYNC, ...more }] });
const ofField = (more: object): readonly string[] =>
  ofSync({ fields: { email: EMAIL, first_name: { ...FNAME, ...more } } });

test('what is right has no problem', () => {
  expect(problemsOf({})).toEqual([]);
  const include = (row: Record<string, unknown>): boolean =>
    Object.hasOwn(row, 'email') || row.hasOwnProperty('email') || JSON.stringify(row) !== '';
  expect(ofSync({ include })).toEqual([]);
});

describe('of the form', () => {
  test.each([
    [
      'a misspelt option',
      { tabel: 'x' },
      'syncs.0.tabel: there is no option “tabel”; did you mean “table”?',
    ],
    [
      'an option nobody meant',
      { colour: 'red' },
      /^syncs\.0\.colour: there is no option “colour”; there is name, table, key, app, match, include/,
    ],
    [
      'a missing one',
      { key: undefined },
      'syncs.0.key: is missing; must be a text or a list of texts',
    ],
    ['a text for a number', { lanes: '4' }, 'syncs.0.lanes: found “4”; must be a number'],
    ['too many', { lanes: 9 }, 'syncs.0.lanes: found 9; must be at most 6'],
    [
      'no whole number',
      { everyMinutes: 1.5 },
      'syncs.0.everyMinutes: found 1.5; must be a whole number',
    ],
    [
      'another word',
      { onCrmDelete: 'archieve' },
      'syncs.0.onCrmDelete: found “archieve”; must be “archive” or “delete” or “leave”; did you mean “archive”?',
    ],
    [
      'a filter that is none',
      { include: 'email is not null' },
      'syncs.0.include: found “email is not null”; must be a function such as (row) => row.email !== null',
    ],
    [
      'a bad name',
      { name: 'Contacts!' },
      'syncs.0.name: found “Contacts!”; must be a-z, 0-9 and -, at most 41, beginning with a letter',
    ],
    [
      'a table nobody can read',
      { table: 'a.b.c' },
      'syncs.0.table: found “a.b.c”; must be table or schema.table, with a name that has a dot in double quotes',
    ],
  ])('%s', (_what, more, problem) => {
    expect(ofSync(more)).toEqual([expect.stringMatching(escaped(problem))]);
  });

  test.each([
    [
      'a type that was not called',
      { type: text },
      'type: found a function; must be a field type such as text() or email(), with its parentheses',
    ],
    [
      'an owner in capitals',
      { owner: 'CRM' },
      'owner: found “CRM”; must be “crm” or “app” or “shared”; did you mean “crm”?',
    ],
    [
      'a field of a field',
      { adoptempty: true },
      'adoptempty: there is no option “adoptempty”; did you mean “adoptEmpty”?',
    ],
  ])('of a field: %s', (_what, more, problem) => {
    expect(ofField(more)).toEqual([`syncs.0.fields.first_name.${problem}`]);
  });

  test('an app nobody made, and one with options it does not know', () => {
    const apps = {
      News: APPS.news,
      news: { kind: 'mailchimp', audience: 'a1' },
      offers: (mailchimp as (options: object) => unknown)({
        audience: 'a/2',
        secret: '',
        pageRow: 5,
      }),
    };
    expect(problemsOf({ apps, syncs: [OTHER] })).toEqual([
      'apps.News: the name must be a-z and 0-9, at most 21, beginning with a letter',
      'apps.news: found an object; must be made by a function of an app, such as mailchimp({ … })',
      'apps.offers.audience: found “a/2”; must be an audience id such as 1a2b3c4d5e',
      'apps.offers.pageRow: there is no option “pageRow”; did you mean “pageRows”?',
      "apps.offers.secret: names no secret; name the one that holds the credentials of mailchimp, e.g. secret: 'mailchimp'",
    ]);
  });

  test('nothing at all', () => {
    expect(problemsOf({ crm: undefined, apps: undefined, syncs: undefined })).toEqual([
      'crm: is missing; must be an object',
      'apps: is missing; must be an object',
      'syncs: is missing; must be a list',
    ]);
    expect(problemsOf({ syncs: [] })).toEqual([
      'syncs: found a list of 0; is empty; name at least one sync',
    ]);
  });
});

describe('of the meaning', () => {
  test.each([
    [
      'an unknown app',
      { app: 'nwes' },
      'syncs.0.app: there is no app “nwes”; apps: news, offers; did you mean “news”?',
    ],
    [
      'an app called like a property of objects',
      { app: 'constructor', name: 'x' },
      'syncs.0.app: there is no app “constructor”; apps: news, offers',
    ],
    [
      'a match that is not mapped',
      { match: { emial: 'email_address' } },
      'syncs.0.match: emial is not in fields; fields.emial must exist and map to “email_address”, so that renames can travel; did you mean “email”?',
    ],
    [
      'two matches',
      { match: { email: 'email_address', id: 'email_address' } },
      "syncs.0.match: found 2 columns; name exactly one, e.g. { email: 'email_address' }",
    ],
    [
      'a match by what names nobody',
      { match: { email: 'merge_fields.FNAME' }, fields: { email: { ...FNAME, type: email() } } },
      'syncs.0.match.email: found “merge_fields.FNAME”, by which mailchimp names nobody; use email_address',
    ],
    [
      'a key named twice',
      { key: ['a', 'a'] },
      'syncs.0.key: names “a” twice; name each column once',
    ],
    [
      'a key an app could write',
      { fields: { email: EMAIL, id: { ...FNAME, owner: 'app' } } },
      'syncs.0.fields.id.owner: found “app”, but id is the key, which is never written; use “crm”',
    ],
    [
      'a mark nobody sets',
      { mark: { status: 'gone' } },
      "syncs.0.mark: is written by onAppDelete “mark” alone, which is “leave” here; say onAppDelete: 'mark', or leave it out",
    ],
    [
      'marking with nothing',
      { onAppDelete: 'mark' },
      "syncs.0.mark: found 0 columns; onAppDelete “mark” needs one and its value, e.g. { email_status: 'archived' }",
    ],
    [
      'a filter that asks for what nobody reads',
      { include: (row: Record<string, unknown>) => row['deleted_at'] === null },
      "syncs.0.include: asks for “deleted_at”, which is not read; map the column, or name it in reads: ['deleted_at']",
    ],
    [
      'one app field mapped twice',
      { fields: { email: EMAIL, work_email: EMAIL } },
      'syncs.0.fields.work_email.app: “email_address” is mapped by fields.email already; drop one',
    ],
    [
      'a computed field in the place of a mapped one',
      { computed: { email: { app: 'merge_fields.E', type: text(), from: () => 'x' } } },
      'syncs.0.computed.email: fields has this name already; give it another',
    ],
    [
      'a computed field in the app field of another',
      { computed: { x: { app: 'email_address', type: text(), from: () => 'x' } } },
      'syncs.0.computed.x.app: “email_address” is mapped by fields.email already; drop one',
    ],
    [
      'computed consent',
      { computed: { x: { app: 'status', type: consent(), from: () => 'subscribed' } } },
      'syncs.0.computed.x.type: consent cannot be computed, for a withdrawal must be written back; map a column in fields',
    ],
    [
      'a computed field that asks for what nobody reads',
      {
        computed: {
          x: { app: 'merge_fields.X', type: text(), from: (row: { city: string }) => row.city },
        },
      },
      "syncs.0.computed.x.from: asks for “city”, which is not read; map the column, or name it in computed.x.reads: ['city']",
    ],
    [
      'a filter that lets itself be waited for',
      { include: async (row: Record<string, string>) => row['email']?.trim() !== '' },
      'syncs.0.include: gives a promise; it must answer at once, of the row alone',
    ],
    [
      'a computed field that does',
      {
        computed: {
          x: { app: 'merge_fields.X', type: text(), from: () => Promise.reject(new Error('no')) },
        },
      },
      'syncs.0.computed.x.from: gives a promise; it must answer at once, of the row alone',
    ],
    [
      'a name made of a table that gives none',
      { table: '2024_contacts' },
      'syncs.0.name: “2024-contacts-news”, made of table and app, must be a-z, 0-9 and -, at most 41, beginning with a letter; give the sync a name',
    ],
  ])('%s', (_what, more, problem) => {
    expect(ofSync(more)).toEqual([problem]);
  });

  test.each([
    [
      'an app field there is not',
      { app: 'langauge' },
      /^app: Mailchimp has no path "langauge"; use .*; did you mean “language”\?$/,
    ],
    ['a type its field cannot hold', { app: 'vip' }, 'app: vip cannot be text; use boolean()'],
    [
      'a list in a merge field',
      { type: tags() },
      /^app: merge_fields\.FNAME cannot be tags; use text\(\), /,
    ],
    [
      'an address in the language',
      { app: 'language', type: address() },
      'app: language cannot be address; use text(), enumeration()',
    ],
    [
      'a union of numbers',
      { type: number(), owner: 'shared', onConflict: 'union' },
      'onConflict: “union” is for tags(), and first_name is number; choose another policy',
    ],
    [
      'consent of everybody',
      { app: 'status', type: consent(), owner: 'shared' },
      'owner: consent has one owner, crm or app: the end that may grant it',
    ],
  ])('of a field: %s', (_what, more, problem) => {
    const text = typeof problem === 'string' ? problem : problem.source.slice(1);
    const pattern = typeof problem === 'string' ? escaped(problem).source : text;
    expect(ofField(more)).toEqual([
      expect.stringMatching(new RegExp(`^syncs\\.0\\.fields\\.first_name\\.${pattern}`)),
    ]);
  });
});

describe('of several', () => {
  const two = (first: object, second: object, apps: object = APPS): readonly string[] =>
    problemsOf({
      apps,
      syncs: [
        { ...SYNC, ...first },
        { ...OTHER, ...second },
      ],
    });

  test('P30 one app has one sync', () => {
    expect(two({ lanes: 1 }, { app: 'news', lanes: 1 })).toEqual([
      'syncs.1.app: “news” is written by syncs.0 (contacts-news) already; one object has one sync',
    ]);
  });

  test('names differ', () => {
    expect(two({}, { name: 'contacts-news' })).toEqual([
      'syncs.1.name: is “contacts-news” like that of syncs.0; give one another name',
    ]);
  });

  test('one audience is one app, whatever it is called and whichever key opens it', () => {
    const apps = { ...APPS, offers: mailchimp({ audience: 'a1', secret: 'another account' }) };
    expect(two({}, {}, apps)).toEqual([
      'apps.offers: is audience a1, and so is apps.news; one object has one app and one sync',
    ]);
  });

  test('a column has one owning app, and only in its own table', () => {
    const fields = { email: EMAIL, first_name: { ...FNAME, owner: 'app' } };
    expect(two({ fields }, { fields })).toEqual([
      'syncs.1.fields.first_name.owner: found “app”, but the app of contacts-news owns public.contacts.first_name already; a column has at most one owning app',
    ]);
    expect(two({ fields }, { fields, table: 'sales.contacts' })).toEqual([]);
  });

  test('what one app owns the other does not mark', () => {
    const fields = { email: EMAIL, state: { app: 'status', type: consent(), owner: 'app' } };
    const marking = { onAppDelete: 'mark', mark: { state: 'gone' } };
    expect(two({ fields }, marking)).toEqual([
      'syncs.1.mark.state: would mark public.contacts.state, which the app of contacts-news owns and would put back; mark another column',
    ]);
    expect(two({ fields, ...marking }, {})).toEqual([]);
  });

  test('one table has one key', () => {
    expect(two({}, { key: ['tenant', 'id'] })).toEqual([
      'syncs.1.key: names rows of public.contacts by tenant, id, and syncs.0 by id; give both the same key',
    ]);
  });
});

test('all of it is told at once: form and meaning, of every sync', () => {
  const syncs = [
    {
      ...SYNC,
      lanes: 'many',
      fields: {
        email: EMAIL,
        first_name: { ...FNAME, owner: 'me' },
        city: { ...FNAME, app: 'city' },
      },
    },
    { ...OTHER, app: 'ads', fields: { email: EMAIL, x: EMAIL } },
    'contacts',
  ];
  const problems = problemsOf({ syncs, historyDays: 0, history: 5 });
  expect(problems.map((problem) => problem.split(':')[0])).toEqual([
    'syncs.0.fields.first_name.owner',
    'syncs.0.lanes',
    'syncs.2',
    'historyDays',
    'history',
    'syncs.0.fields.city.app',
    'syncs.1.app',
    'syncs.1.fields.x.app',
  ]);
});

function escaped(problem: string | RegExp): RegExp {
  if (typeof problem !== 'string') return problem;
  return new RegExp(`${problem.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')}$`);
}
