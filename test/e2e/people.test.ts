import { expectInStep } from '../support/equal-sides.ts';
import {
  openSandbox,
  type Contact,
  type Member,
  type SandboxUnderTest,
} from '../support/sandbox.ts';

describe('people come, change and go at either end', () => {
  let sandbox: SandboxUnderTest;

  beforeAll(async () => {
    sandbox = await openSandbox(['--contacts', '60', '--seed', '8']);
    await sandbox.settle();
  });
  afterAll(() => sandbox.stop());

  const contacts = async (): Promise<Map<string, Contact>> =>
    new Map((await sandbox.contacts()).map((each) => [each.email ?? '', each]));
  const members = async (): Promise<Map<string, Member>> =>
    new Map((await sandbox.members()).map((each) => [each.email_address, each]));
  const emailOf = async (id: number): Promise<string> =>
    (await sandbox.contacts()).find((each) => each.id === String(id))?.email as string;
  const subscribed = async (skip: number): Promise<Contact> =>
    (await sandbox.contacts()).filter((each) => each.email_status === 'subscribed')[
      skip
    ] as Contact;

  test('a contact made in the CRM appears at Mailchimp, never asked for consent', async () => {
    await sandbox.sql(
      `insert into contacts (email, first_name, phone) values ('new.lead@sample.trivet.dev', 'Nora', '+4930555555')`,
    );
    await expectInStep(sandbox);
    expect((await members()).get('new.lead@sample.trivet.dev')).toMatchObject({
      status: 'transactional',
      merge_fields: { FNAME: 'Nora' },
    });
  });

  test('a sign-up at Mailchimp becomes one CRM row with its consent', async () => {
    await sandbox.person('signup', {
      email: 'from.form@sample.trivet.dev',
      merge_fields: { FNAME: 'Form', LNAME: 'Er' },
    });
    await expectInStep(sandbox);
    expect((await contacts()).get('from.form@sample.trivet.dev')).toMatchObject({
      first_name: 'Form',
      email_status: 'subscribed',
    });
  });

  test('R5 a rename in the CRM is one operation on the same member', async () => {
    const before = await emailOf(3);
    const id = (await members()).get(before)?.contact_id;
    await sandbox.sql(`update contacts set email = 'renamed.three@sample.trivet.dev' where id = 3`);
    await expectInStep(sandbox);
    expect((await members()).get('renamed.three@sample.trivet.dev')?.contact_id).toBe(id);
  });

  test('a rename at Mailchimp of an address the CRM owns is put back', async () => {
    const email = await emailOf(4);
    await sandbox.person('change-email', { email, new_email: 'other.four@sample.trivet.dev' });
    await expectInStep(sandbox);
    expect((await members()).has(email)).toBe(true);
    expect((await members()).has('other.four@sample.trivet.dev')).toBe(false);
  });

  test('two contacts exchange their addresses', async () => {
    const [a, b] = [await emailOf(5), await emailOf(6)];
    await sandbox.sql(
      `update contacts set email = case id when 5 then $2 else $1 end where id in (5, 6)`,
      [a, b],
    );
    await expectInStep(sandbox);
    expect(await emailOf(5)).toBe(b);
    expect((await members()).get(b)?.merge_fields['FNAME']).toBe(
      (await contacts()).get(b)?.first_name,
    );
  });

  test.each([
    ['in key order', [20, 21, 22]],
    ['against key order', [25, 24, 23]],
  ])(
    'a chain of renames %s ends right whatever lane runs first',
    async (_order, [one, two, three]) => {
      const [b, c] = [await emailOf(two as number), await emailOf(three as number)];
      await sandbox.sql('begin');
      await sandbox.sql(
        `update contacts set email = 'freed.${three}@sample.trivet.dev' where id = $1`,
        [three],
      );
      await sandbox.sql(`update contacts set email = $2 where id = $1`, [two, c]);
      await sandbox.sql(`update contacts set email = $2 where id = $1`, [one, b]);
      await sandbox.sql('commit');
      await expectInStep(sandbox);
    },
  );

  test('an unsubscribe at Mailchimp reaches the CRM, and the CRM cannot flip it back', async () => {
    const { id, email } = await subscribed(0);
    await sandbox.person('unsubscribe', { email });
    await expectInStep(sandbox);
    expect((await contacts()).get(email as string)?.email_status).toBe('unsubscribed');
    await sandbox.sql(`update contacts set email_status = 'subscribed' where id = $1`, [id]);
    await expectInStep(sandbox);
    expect((await contacts()).get(email as string)?.email_status).toBe('unsubscribed');
  });

  test('a withdrawal in the CRM is accepted although Mailchimp owns the status', async () => {
    const { id, email } = await subscribed(1);
    await sandbox.sql(`update contacts set email_status = 'unsubscribed' where id = $1`, [id]);
    await expectInStep(sandbox);
    expect((await members()).get(email as string)?.status).toBe('unsubscribed');
  });

  test('a bounce and a complaint reach the CRM', async () => {
    const [bounced, complained] = [await subscribed(2), await subscribed(3)];
    await sandbox.person('bounce', { email: bounced.email });
    await sandbox.person('complain', { email: complained.email });
    await expectInStep(sandbox);
    expect((await contacts()).get(bounced.email as string)?.email_status).toBe('cleaned');
    expect((await contacts()).get(complained.email as string)?.email_status).toBe('unsubscribed');
  });

  test('a member archived at Mailchimp is marked in the CRM and not brought back', async () => {
    const { id, email } = await subscribed(4);
    await sandbox.person('archive', { email });
    await expectInStep(sandbox);
    expect((await contacts()).get(email as string)?.email_status).toBe('archived');
    await sandbox.sql(`update contacts set city = 'Nowhere' where id = $1`, [id]);
    await expectInStep(sandbox);
    expect((await members()).has(email as string)).toBe(false);
  });

  test('C6 a permanent deletion at Mailchimp is marked in the CRM and never re-created', async () => {
    const { id, email } = await subscribed(5);
    await sandbox.person('delete-permanently', { email });
    await expectInStep(sandbox);
    expect((await contacts()).get(email as string)?.email_status).toBe('archived');
    await sandbox.sql(`update contacts set city = 'Elsewhere' where id = $1`, [id]);
    await expectInStep(sandbox);
    expect((await members()).has(email as string)).toBe(false);
  });

  test('C6 a contact deleted in the CRM is archived at Mailchimp, and our own archive is no news', async () => {
    const { id, email } = await subscribed(6);
    await sandbox.sql(`delete from contacts where id = $1`, [id]);
    await expectInStep(sandbox);
    expect((await sandbox.members('archived')).map((each) => each.email_address)).toContain(email);
    expect((await contacts()).has(email as string)).toBe(false);
  });

  test('a row deleted and inserted again with the same address in one transaction keeps its member', async () => {
    const { id, email } = await subscribed(7);
    const member = (await members()).get(email as string)?.contact_id;
    await sandbox.sql('begin');
    await sandbox.sql('delete from contacts where id = $1', [id]);
    await sandbox.sql(`insert into contacts (email, first_name) values ($1, 'Reborn')`, [email]);
    await sandbox.sql('commit');
    await expectInStep(sandbox);
    expect((await members()).get(email as string)).toMatchObject({
      contact_id: member,
      merge_fields: { FNAME: 'Reborn' },
    });
  });

  test('a changed primary key keeps its member', async () => {
    const { id, email } = await subscribed(8);
    const member = (await members()).get(email as string)?.contact_id;
    await sandbox.sql('update contacts set id = 100000 where id = $1', [id]);
    await expectInStep(sandbox);
    expect((await members()).get(email as string)?.contact_id).toBe(member);
  });
});
