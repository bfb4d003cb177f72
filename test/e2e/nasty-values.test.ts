/** A table of nasty values through the whole stack: each ends in a form or with a reason, and nobody waits for another. */
import {
  openSandbox,
  type Contact,
  type Member,
  type SandboxUnderTest,
} from '../support/sandbox.ts';
import {
  nastyAddresses,
  nastyInbound,
  nastyPhones,
  nastySets,
  nastyTexts,
  type Nasty,
} from './fixtures/nasty-values.ts';
import { trivet } from '../support/trivet-command.ts';

const cases = [...nastyTexts, ...nastyPhones, ...nastySets, ...nastyAddresses];

interface InboxItem {
  readonly key: string;
  readonly state: string;
  readonly reason: string;
}

describe('nasty values', () => {
  let sandbox: SandboxUnderTest;
  const keys = new Map<Nasty, string>();
  let inbox: readonly InboxItem[];
  let contacts: readonly Contact[];
  let members: readonly Member[];

  beforeAll(async () => {
    sandbox = await openSandbox(['--contacts', '0', '--seed', '5']);
    for (const [index, nasty] of cases.entries()) keys.set(nasty, await insert(index, nasty));
    await sandbox.sql(
      `insert into contacts (email, first_name) values ('last@sample.trivet.dev', 'Last')`,
    );
    for (const [index, { fields }] of nastyInbound.entries()) {
      const body = {
        email_address: `in${index}@sample.trivet.dev`,
        status: 'subscribed',
        merge_fields: fields,
      };
      const { status } = await sandbox.api('POST', `${sandbox.list}/members`, body);
      if (status !== 200)
        throw new Error(`Mailchimp did not take ${JSON.stringify(fields)}: ${status}`);
    }
    await sandbox.settle(120_000);
    const args = ['conflicts', '--limit', '500', '--json', '--sandbox'];
    const { stdout } = await trivet([...args, sandbox.description.control]);
    inbox = (JSON.parse(stdout) as { items: InboxItem[] }).items;
    contacts = await sandbox.contacts();
    members = await sandbox.members();
  });
  afterAll(() => sandbox.stop());

  async function insert(index: number, { column, value }: Nasty): Promise<string> {
    const row = { email: `n${index}@sample.trivet.dev`, [column]: value };
    const columns = Object.keys(row);
    const places = columns.map((_, place) => `$${place + 1}`).join(', ');
    const [inserted] = await sandbox.sql<{ id: string }>(
      `insert into contacts (${columns.join(', ')}) values (${places}) returning id`,
      Object.values(row),
    );
    return inserted?.id ?? '';
  }

  const memberOf = (nasty: Nasty): Member | undefined => {
    const email = contacts
      .find(({ id }) => id === keys.get(nasty))
      ?.email?.trim()
      .toLowerCase();
    return members.find(({ email_address }) => email_address.toLowerCase() === email);
  };

  test(`are ${cases.length + nastyInbound.length}`, () => {
    expect(cases.length + nastyInbound.length).toBeGreaterThanOrEqual(60);
  });

  const titled = (all: readonly Nasty[]): [string, Nasty][] =>
    all.map((nasty) => [`${nasty.column}: ${nasty.what}`, nasty]);

  test.each(titled(cases.filter(({ app }) => app !== undefined)))(
    '%s goes out in its best form',
    (_, nasty) => {
      expect(shownOf(memberOf(nasty), nasty.column)).toEqual(nasty.app);
    },
  );

  const parked = cases.filter((each) => each.parked !== undefined);
  test.each(titled(parked))('%s is parked with a reason', (_, nasty) => {
    const item = inbox.find(({ key }) => key === keys.get(nasty));
    expect(item).toMatchObject({ state: 'quarantined', reason: matching(nasty.parked) });
    // The record’s other fields go on; without an address there is nobody to make.
    expect(memberOf(nasty) === undefined).toBe(nasty.column === 'email');
  });

  test.each(nastyInbound.map((each, index) => [each.what, each, index] as const))(
    'from Mailchimp, %s arrives in its best form or is parked',
    (_, { column, crm, parked: reason }, index) => {
      const row = contacts.find(({ email }) => email === `in${index}@sample.trivet.dev`);
      expect(row).toMatchObject({ [column]: crm });
      const reasons = inbox.filter(({ key }) => key === row?.id).map((item) => item.reason);
      expect(reasons).toEqual(reason === undefined ? [] : [matching(reason)]);
    },
  );

  test('whoever came after all of them is there', () => {
    expect(
      members.find(({ email_address }) => email_address === 'last@sample.trivet.dev'),
    ).toMatchObject({
      merge_fields: { FNAME: 'Last' },
    });
  });

  test('everybody has a state a person can read, and a further round writes nothing', async () => {
    const { records } = (await sandbox.status()).syncs['contacts-news'] ?? {};
    expect(records).toMatchObject({ pending: 0, waiting: 0 });
    const before = (await sandbox.stats()).rowsWritten;
    await sandbox.settle();
    expect((await sandbox.stats()).rowsWritten).toBe(before);
  });
});

const matching = (pattern: RegExp | undefined): unknown =>
  expect.stringMatching(pattern ?? /there is no such reason/);

const PATHS: Readonly<Record<string, (member: Member) => unknown>> = {
  first_name: ({ merge_fields: fields }) => fields['FNAME'],
  phone: ({ merge_fields: fields }) => fields['PHONE'],
  tags: ({ tags }) => tags.map(({ name }) => name),
  email_status: ({ status }) => status,
  email: ({ email_address: email }) => email,
};

const shownOf = (member: Member | undefined, column: string): unknown =>
  member === undefined ? 'no member' : PATHS[column]?.(member);
