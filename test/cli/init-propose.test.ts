/** What `trivet init` proposes for tables as they are: fifteen of them and more, most of them messy. */
import { judgeColumn, rankMatches, clearMatch } from '../../lib/cli/init/choose-match.ts';
import type { AudienceFacts, Sample, TableFacts } from '../../lib/cli/init/facts.ts';
import { propose, type Proposal } from '../../lib/cli/init/propose.ts';
import { writeConfig } from '../../lib/cli/init/write-config.ts';
import { audience, sample, table, USUAL } from './init-shapes.ts';

function proposalFor(
  facts: TableFacts,
  { app = USUAL, rows = {} }: { readonly app?: AudienceFacts; readonly rows?: Sample } = {},
): Proposal {
  const [best] = rankMatches(facts, rows);
  if (best === undefined) throw new Error('no column holds addresses');
  return propose({ appName: 'news', table: facts, audience: app, match: best, sample: rows });
}

/** `column → app: type, owner` */
const linesOf = ({ fields, computed }: Proposal): readonly string[] => [
  ...fields.map(({ column, app, type }) => `${column} → ${app}: ${type.call}, ${type.owner}`),
  ...computed.map(({ name, app, call }) => `${name} ⇒ ${app}: ${call}`),
];

const allNotes = ({ notes }: Proposal): string => Object.values(notes).flat().join('\n');

describe('shapes', () => {
  test('a plain table: names, phone, consent, tags', () => {
    const facts = table(
      'contacts',
      'id bigint! =; email text; first_name text; last_name text; phone text; email_status text; tags text[]! =; created_at timestamptz',
      { unique: ['email?'] },
    );
    const rows = sample({
      email: 'a@x.test,b@x.test',
      email_status: 'subscribed,unsubscribed',
      phone: '+49 151 123,-',
    });
    const proposal = proposalFor(facts, { rows });
    expect(linesOf(proposal)).toEqual([
      'email → email_address: email(), crm',
      'first_name → merge_fields.FNAME: text(255), crm',
      'last_name → merge_fields.LNAME: text(255), crm',
      'phone → merge_fields.PHONE: phone(), shared',
      'email_status → status: consent(), app',
      'tags → tags: tags(), shared',
    ]);
    expect([proposal.create, proposal.mayMatchBeEmpty, proposal.filters]).toEqual([
      'both',
      true,
      [],
    ]);
    expect(allNotes(proposal)).toContain(
      'BIRTHDAY (“Birthday”, birthday) is not filled: no column goes with it.',
    );
    expect(allNotes(proposal)).toContain('Columns that are not mapped: created_at.');
  });

  test('mixed case and blanks in names', () => {
    const facts = table(
      'Contacts',
      '"Id" integer! =; "E-Mail" text!; "Given Name" varchar(80); "familyName" text; "Mobile Phone" text',
      { key: ['Id'], schema: 'Sales' },
    );
    expect(linesOf(proposalFor(facts))).toEqual([
      'E-Mail → email_address: email(), crm',
      'Given Name → merge_fields.FNAME: text(255), crm',
      'familyName → merge_fields.LNAME: text(255), crm',
      'Mobile Phone → merge_fields.PHONE: phone(), shared',
    ]);
    const text = writeConfig(proposalFor(facts));
    expect(text).toContain("table: 'Sales.Contacts',");
    expect(text).toContain("match: { 'E-Mail': 'email_address' },");
    expect(text).toContain(
      "'Given Name': { app: 'merge_fields.FNAME', type: text(255), owner: 'crm' },",
    );
  });

  test('a composite key the database does not make: no rows of members', () => {
    const facts = table('customers', 'tenant integer!; number integer!; email text!', {
      key: ['tenant', 'number'],
    });
    const proposal = proposalFor(facts);
    expect([proposal.key, proposal.create]).toEqual([['tenant', 'number'], 'app']);
    expect(allNotes(proposal)).toContain('the database makes no key by itself (tenant, number)');
    expect(writeConfig(proposal)).toContain("key: ['tenant', 'number'],");
  });

  test('a uuid key without a default is made by Trivet', () => {
    expect(proposalFor(table('people', 'id uuid!; email text')).create).toBe('both');
  });

  test('the address is the key', () => {
    const proposal = proposalFor(
      table('subscribers', 'email text!; name text', { key: ['email'] }),
    );
    expect([proposal.key, proposal.match]).toEqual([['email'], 'email']);
    expect(linesOf(proposal)[0]).toBe('email → email_address: email(), crm');
  });

  test('a column that may not be empty and that nothing fills', () => {
    const proposal = proposalFor(
      table('contacts', 'id bigint! =; email text!; region_code text!; first_name text!'),
    );
    expect(proposal.create).toBe('app');
    expect(allNotes(proposal)).toContain(
      'region_code may not be empty, and nothing at Mailchimp fills it',
    );
  });

  test('a mapped column that may not be empty: rows are made, and who lacks it is told', () => {
    const proposal = proposalFor(table('contacts', 'id bigint! =; email text!; first_name text!'));
    expect(proposal.create).toBe('both');
    expect(allNotes(proposal)).toContain('Members without first_name get no row');
  });

  test('several addresses: the one called so, not the one for invoices', () => {
    const facts = table(
      'contacts',
      'id bigint! =; work_email text; email text; invoice_email text',
    );
    expect(rankMatches(facts, {}).map(({ column }) => column.name)).toEqual([
      'email',
      'work_email',
      'invoice_email',
    ]);
    expect(clearMatch(rankMatches(facts, {}))?.column.name).toBe('email');
  });

  test('two addresses alike: nobody is guessed', () => {
    const facts = table('contacts', 'id bigint! =; email_home text; email_office text');
    expect(clearMatch(rankMatches(facts, {}))).toBeNull();
  });

  test('a column called email that holds none', () => {
    const facts = table('contacts', 'id bigint! =; email text; mail text');
    const rows = sample({ email: 'yes,no,yes', mail: 'a@x.test,b@x.test,-' });
    expect(rankMatches(facts, rows).map(({ column }) => column.name)).toEqual(['mail']);
  });

  test('addresses that are bad, double or missing are counted for the comments', () => {
    const facts = table('contacts', 'id bigint! =; email text');
    const [email] = facts.columns.slice(1);
    if (email === undefined) throw new Error('the column is there');
    const rows = sample({ email: 'a@x.test,A@X.test,n/a,-,c@x.test' });
    expect(judgeColumn(facts, email, rows).doubts).toEqual([
      'Of 4 values looked at 1 are no address: those rows are parked, each with the reason.',
      'Of 4 values looked at 1 are there twice: rows that share an address wait for a person.',
      'Of 5 rows looked at 1 have none.',
    ]);
  });

  test('merge fields people named by their label alone', () => {
    const app = audience(
      'MMERGE1 text Vorname; MMERGE2 text Surname; MMERGE7 text Company; MMERGE9 number Lifetime value',
    );
    const facts = table(
      'kunden',
      'id bigint! =; email text; vorname text; nachname text; firma text; lifetime_value numeric(10,2)',
    );
    expect(linesOf(proposalFor(facts, { app }))).toEqual([
      'email → email_address: email(), crm',
      'vorname → merge_fields.MMERGE1: text(255), crm',
      'nachname → merge_fields.MMERGE2: text(255), crm',
      'firma → merge_fields.MMERGE7: text(255), crm',
      'lifetime_value → merge_fields.MMERGE9: number(), crm',
    ]);
  });

  test('dates, numbers, enums, booleans and JSON in the fields they fit', () => {
    const app = audience(
      'BIRTHDAY birthday; SINCE date Customer since; TIER dropdown(gold|silver) Tier; STAGE text Stage; ACTIVE text Active; ADDRESS address Address; SCORE number; WEB url Website',
    );
    const facts = table(
      'contacts',
      'id bigint! =; email text; birth_date date; customer_since timestamptz; tier text; stage mood{new,won}; active boolean; address jsonb; score integer; website text',
    );
    const rows = sample({ tier: 'Gold,silver', website: 'https://a.test,https://b.test' });
    expect(linesOf(proposalFor(facts, { app, rows }))).toEqual([
      'email → email_address: email(), crm',
      'birth_date → merge_fields.BIRTHDAY: birthday(), crm',
      'customer_since → merge_fields.SINCE: date(), crm',
      "tier → merge_fields.TIER: enumeration(['gold', 'silver']), crm",
      "stage → merge_fields.STAGE: enumeration(['new', 'won']), crm",
      'active → merge_fields.ACTIVE: boolean(), crm',
      'address → merge_fields.ADDRESS: address(), crm',
      'score → merge_fields.SCORE: number(), crm',
      'website → merge_fields.WEB: text(255), crm',
    ]);
  });

  test('what does not fit is left, with the reason', () => {
    const app = audience(
      'TIER dropdown(gold|silver) Tier; SCORE number!; ZIP zip; ADDRESS address; WEB url Website; LABELS text Labels',
    );
    const facts = table(
      'contacts',
      'id bigint! =; email text; tier text; score text; zip text; address text; website text; labels text[]',
    );
    const rows = sample({
      tier: 'bronze,tin',
      score: 'high,low',
      zip: 'SW1A 1AA,10115',
      website: 'a.test,b.test',
    });
    const proposal = proposalFor(facts, { app, rows });
    expect(linesOf(proposal)).toEqual([
      'email → email_address: email(), crm',
      'labels → tags: tags(), shared',
    ]);
    const notes = allNotes(proposal);
    expect(notes).toContain(
      'TIER (“Tier”, dropdown) is not filled: tier: the CRM also holds “bronze”, “tin”, which it has no choice for.',
    );
    expect(notes).toContain(
      'SCORE (“SCORE”, number, required at Mailchimp) is not filled: score: of 2 values looked at 2 are no number. Members Trivet makes have it empty',
    );
    expect(notes).toContain('zip: Mailchimp takes US ZIP codes of five digits there');
    expect(notes).toContain('address: an address needs one JSON column with its parts');
    expect(notes).toContain('website: Mailchimp takes web addresses there (https://…)');
  });

  test('an address and a full name made of several columns', () => {
    const app = audience('NAME text Full Name; ADDRESS address');
    const facts = table(
      'contacts',
      'id bigint! =; email text; first_name text; last_name text; street text; city text; state text; zip text; country text',
    );
    const proposal = proposalFor(facts, { app });
    expect(linesOf(proposal)).toEqual([
      'email → email_address: email(), crm',
      'full_name ⇒ merge_fields.NAME: text(255)',
      'address_parts ⇒ merge_fields.ADDRESS: address()',
    ]);
    expect(proposal.computed.map(({ reads }) => reads)).toEqual([
      ['first_name', 'last_name'],
      ['street', 'city', 'state', 'zip', 'country'],
    ]);
  });

  test('columns the database computes are the CRM’s alone', () => {
    const proposal = proposalFor(table('contacts', 'id bigint! =; email text; phone text *'));
    expect(linesOf(proposal)).toContain('phone → merge_fields.PHONE: phone(), crm');
  });

  test('rows that are deleted by a mark are not for the audience', () => {
    const proposal = proposalFor(
      table(
        'contacts',
        'id bigint! =; email text!; deleted_at timestamptz; is_archived boolean! =',
      ),
    );
    expect(writeConfig(proposal)).toContain(
      'include: (row) => row.deleted_at === null && !row.is_archived,',
    );
    expect(writeConfig(proposal)).toContain("reads: ['deleted_at', 'is_archived'],");
  });

  test('language and VIP have places of their own', () => {
    const proposal = proposalFor(
      table('contacts', 'id bigint! =; email text; locale text; is_vip boolean'),
      { rows: sample({ locale: 'de,en-GB' }) },
    );
    expect(linesOf(proposal).slice(1)).toEqual([
      'locale → language: text(), crm',
      'is_vip → vip: boolean(), crm',
    ]);
  });

  test('a table whose name gives no name for a sync', () => {
    const named = ['2024_Kunden', 'Ünïcode', '???'].map((name) => {
      const proposal = proposalFor(table(name, 'id bigint! =; email text'));
      return [proposal.syncName, writeConfig(proposal).includes(`name: '${proposal.syncName}',`)];
    });
    expect(named).toEqual([
      ['kunden-news', true],
      ['unicode-news', true],
      ['people-news', true],
    ]);
    expect(writeConfig(proposalFor(table('Contacts', 'id bigint! =; email text')))).not.toContain(
      "name: '",
    );
  });

  test('two fields for one full name get two computed fields', () => {
    const app = audience('NAME text; FULLNAME text Full name');
    const proposal = proposalFor(
      table('contacts', 'id bigint! =; email text; first_name text; last_name text'),
      { app },
    );
    expect(linesOf(proposal).slice(1)).toEqual([
      'full_name ⇒ merge_fields.NAME: text(255)',
      'full_name_fullname ⇒ merge_fields.FULLNAME: text(255)',
    ]);
  });

  test('labels that differ in case only are text', () => {
    const proposal = proposalFor(
      table('contacts', 'id bigint! =; email text; stage mood{New,new}'),
      { app: audience('STAGE text Stage') },
    );
    expect(linesOf(proposal)).toContain('stage → merge_fields.STAGE: text(255), crm');
  });

  test('numbers without a country code are told of', () => {
    const facts = table('contacts', 'id bigint! =; email text; phone text');
    const noteOf = (phones: string): string | undefined =>
      proposalFor(facts, { rows: sample({ phone: phones }) }).fields.find(
        ({ column }) => column === 'phone',
      )?.type.note;
    expect(noteOf('0151 123,0152 99')).toContain("phone({ defaultCountry: 'DE' })");
    expect(noteOf('+49 151 123,+1 213 373 4253')).toBeUndefined();
  });

  test('secrets are not named', () => {
    const proposal = proposalFor(
      table('users', 'id bigint! =; email text; password_hash text; reset_token text; note text'),
    );
    expect(allNotes(proposal)).not.toMatch(/password|token/);
  });
});

describe('consent', () => {
  const consentOf = (columns: string, rows: Sample = {}): Proposal =>
    proposalFor(table('contacts', `id bigint! =; email text; ${columns}`), { rows });
  const mapped = (proposal: Proposal): readonly string[] =>
    proposal.fields.flatMap(({ column, app }) => (app === 'status' ? [column] : []));

  test('is the column about mail, before one that may be anything’s', () => {
    const rows = sample({ status: 'subscribed', newsletter_status: 'unsubscribed' });
    expect(mapped(consentOf('status text; newsletter_status text', rows))).toEqual([
      'newsletter_status',
    ]);
  });

  test.each([
    [
      'a boolean',
      'newsletter_opt_in boolean',
      {},
      'newsletter_opt_in is a boolean. Consent has more words than yes and no',
    ],
    [
      'other words',
      'status text',
      { status: 'open,won' },
      'status holds “open”, “won”, which are no words of consent',
    ],
    [
      'nothing that tells what it is for',
      'status text',
      { status: '-,-' },
      'status is empty, so what its words are meant for is not known.',
    ],
    [
      'what nobody can write',
      'email_status text *',
      {},
      'email_status is written by the database alone',
    ],
    [
      'no column at all',
      'note text',
      {},
      'No column holds consent, so who unsubscribes at Mailchimp is not told to the CRM, and members Trivet makes are transactional',
    ],
  ])('is not taken from %s, and that is said', (_what, columns, rows, note) => {
    const proposal = consentOf(columns, sample(rows as Record<string, string>));
    expect(mapped(proposal)).toEqual([]);
    expect(proposal.notes.consent.join('\n')).toContain(note);
  });

  test('of an enum names the words it lacks', () => {
    const proposal = consentOf('email_status mood{subscribed,unsubscribed,pending}');
    expect(mapped(proposal)).toEqual(['email_status']);
    expect(proposal.notes.consent).toEqual([
      'The type of email_status lacks cleaned, transactional: those who become so at Mailchimp are parked. Add them: alter type … add value.',
    ]);
  });
});

describe('the text', () => {
  test('is the same for the same facts, and keeps what comes from outside in its comments', () => {
    const app = { ...audience('X text A\u2028label'), name: 'News */ import "x"\nexport' };
    const facts = table('contacts', "id bigint! =; email text; it's text", {});
    const first = writeConfig(proposalFor(facts, { app }));
    expect(writeConfig(proposalFor(facts, { app }))).toBe(first);
    expect(first.split('\n')[1]).toContain('News *');
    expect(first).not.toContain('News */');
    expect(first).not.toMatch(/[\u2028]/);
    expect(first).toContain("'it\\'s': string | null;");
    expect(first).not.toMatch(/postgres:\/\/|-us\d/);
  });
});
