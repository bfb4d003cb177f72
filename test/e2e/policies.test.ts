import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectInStep } from '../support/equal-sides.ts';
import { hashOf, openSandbox, type Contact, type SandboxUnderTest } from '../support/sandbox.ts';

describe('each owner and each policy, when both ends change the same field', () => {
  let sandbox: SandboxUnderTest;
  let contacts: Contact[];

  beforeAll(async () => {
    const config = join(import.meta.dirname, 'fixtures/policies.config.ts');
    sandbox = await openSandbox(['--contacts', '60', '--seed', '11', '--config', config]);
    await sandbox.settle();
    contacts = (await sandbox.contacts()).filter(
      ({ email_status }) => email_status === 'subscribed',
    );
  });
  afterAll(() => sandbox.stop());

  /** Both ends change the field while nobody looks: the app first and the CRM a moment later, or the other way round. */
  async function changeBoth(
    contact: Contact,
    app: { merge_fields: Record<string, string> },
    crm: { column: string; value: string },
  ): Promise<void> {
    await sandbox.fault({ kind: 'status', status: 429, match: 'GET /' });
    await sleep(1_200);
    const patched = await sandbox.api(
      'PATCH',
      `${sandbox.list}/members/${hashOf(contact.email as string)}`,
      app,
    );
    expect(patched.status).toBe(200);
    await sandbox.sql(`update contacts set ${crm.column} = $1 where id = $2`, [
      crm.value,
      contact.id,
    ]);
    await sandbox.clearFaults();
  }
  const now = async (id: string): Promise<Contact> =>
    (await sandbox.contacts()).find((each) => each.id === id) as Contact;
  const member = async (email: string): Promise<Record<string, string>> =>
    (
      await sandbox.api<{ merge_fields: Record<string, string> }>(
        'GET',
        `${sandbox.list}/members/${hashOf(email)}`,
      )
    ).body.merge_fields;

  test('crm: the CRM’s value stays', async () => {
    const contact = contacts[0] as Contact;
    await changeBoth(
      contact,
      { merge_fields: { LNAME: 'FromApp' } },
      { column: 'last_name', value: 'FromCrm' },
    );
    await expectInStep(sandbox);
    expect((await now(contact.id)).last_name).toBe('FromCrm');
  });

  test('app: the app’s value stays', async () => {
    const contact = contacts[1] as Contact;
    await changeBoth(
      contact,
      { merge_fields: { COMPANY: 'FromApp' } },
      { column: 'company', value: 'FromCrm' },
    );
    await expectInStep(sandbox);
    expect((await now(contact.id)).company).toBe('FromApp');
  });

  test('owner app: an edit in the CRM is put back', async () => {
    const contact = contacts[2] as Contact;
    const { CITY } = await member(contact.email as string);
    await sandbox.sql(`update contacts set city = 'Not for the CRM to say' where id = $1`, [
      contact.id,
    ]);
    await expectInStep(sandbox);
    expect((await now(contact.id)).city ?? '').toBe(CITY);
  });

  test('newest: the end that changed last wins when the times can be told apart', async () => {
    const contact = contacts[3] as Contact;
    await sandbox.fault({ kind: 'status', status: 429, match: 'GET /' });
    await sleep(1_200);
    await sandbox.sql(`update contacts set phone = '+4930111111' where id = $1`, [contact.id]);
    await sleep(6_500);
    await sandbox.api('PATCH', `${sandbox.list}/members/${hashOf(contact.email as string)}`, {
      merge_fields: { PHONE: '+4930222222' },
    });
    await sandbox.clearFaults();
    await expectInStep(sandbox);
    expect((await now(contact.id)).phone).toBe('+4930222222');
  });

  test('manual: the field is parked with both values, the record’s other fields go on, a person decides', async () => {
    const contact = contacts[4] as Contact;
    await changeBoth(
      contact,
      { merge_fields: { FNAME: 'FromApp' } },
      { column: 'first_name', value: 'FromCrm' },
    );
    await sandbox.sql(`update contacts set last_name = 'GoesOn' where id = $1`, [contact.id]);
    const status = await sandbox.settle();
    expect(status.syncs['contacts-news']?.records.conflict).toBe(1);
    expect(await member(contact.email as string)).toMatchObject({
      FNAME: 'FromApp',
      LNAME: 'GoesOn',
    });
    expect((await now(contact.id)).first_name).toBe('FromCrm');
    await sandbox.sql(`update contacts set first_name = 'FromApp' where id = $1`, [contact.id]);
    const after = await sandbox.settle();
    expect(after.syncs['contacts-news']?.records.conflict).toBe(0);
    await expectInStep(sandbox);
  });

  test('a shared address is renamed from either end', async () => {
    const [a, b] = [contacts[5] as Contact, contacts[6] as Contact];
    await sandbox.person('change-email', {
      email: a.email,
      new_email: 'renamed.there@sample.trivet.dev',
    });
    await sandbox.sql(
      `update contacts set email = 'renamed.here@sample.trivet.dev' where id = $1`,
      [b.id],
    );
    await expectInStep(sandbox);
    expect((await now(a.id)).email).toBe('renamed.there@sample.trivet.dev');
    expect((await now(b.id)).email).toBe('renamed.here@sample.trivet.dev');
  });

  test('a bulk update that races a rename at Mailchimp leaves nobody twice', async () => {
    const renamed = contacts[7] as Contact;
    await sandbox.fault({ kind: 'latency', ms: 1_500, match: 'POST /lists' });
    await sandbox.sql(`update contacts set tags = tags where true`);
    await sandbox.sql(`update contacts set last_name = last_name || '!'`);
    await sandbox.ring();
    await sleep(700);
    await sandbox.person('change-email', {
      email: renamed.email,
      new_email: 'raced.away@sample.trivet.dev',
    });
    await sandbox.settle();
    await sandbox.clearFaults();
    await expectInStep(sandbox);
    expect((await now(renamed.id)).email).toBe('raced.away@sample.trivet.dev');
  });

  test('a record that kills its process is quarantined alone; its lane and page go on', async () => {
    const [poison, ...others] = contacts.slice(8, 14) as [Contact, ...Contact[]];
    await sandbox.sql(`update contacts set last_name = 'POISON' where id = $1`, [poison.id]);
    await sandbox.sql(`update contacts set last_name = 'Healthy' where id = any($1)`, [
      others.map(({ id }) => id),
    ]);
    const status = await sandbox.settle(110_000);
    expect(status.syncs['contacts-news']?.records.quarantined).toBe(1);
    for (const other of others)
      expect(await member(other.email as string)).toMatchObject({ LNAME: 'Healthy' });
    await sandbox.sql(`update contacts set last_name = 'Cured' where id = $1`, [poison.id]);
    await expectInStep(sandbox);
    expect(await member(poison.email as string)).toMatchObject({ LNAME: 'Cured' });
  });

  test('a row that leaves the filter is archived, and revived with its consent when it comes back', async () => {
    const contact = contacts[15] as Contact;
    await sandbox.sql(`update contacts set company = 'EXCLUDED' where id = $1`, [contact.id]);
    await sandbox.settle();
    const archived = (await sandbox.members('archived')).map(({ email_address }) => email_address);
    expect(archived).toContain(contact.email);
    await sandbox.sql(`update contacts set company = 'Back again' where id = $1`, [contact.id]);
    await expectInStep(sandbox);
    const member = (await sandbox.members()).find(
      ({ email_address }) => email_address === contact.email,
    );
    expect(member).toMatchObject({ status: 'subscribed', merge_fields: { COMPANY: 'Back again' } });
  });
});
