import { bothSides, expectInStep } from '../support/equal-sides.ts';
import {
  hashOf,
  openSandbox,
  type Contact,
  type Member,
  type SandboxUnderTest,
} from '../support/sandbox.ts';

describe('edits travel', () => {
  let sandbox: SandboxUnderTest;

  beforeAll(async () => {
    sandbox = await openSandbox(['--contacts', '60', '--seed', '7']);
    await sandbox.settle();
  });
  afterAll(() => sandbox.stop());

  const contact = async (id: string): Promise<Contact> =>
    (await sandbox.contacts()).find((each) => each.id === id) as Contact;
  const member = async (email: string): Promise<Member> =>
    (await sandbox.members()).find((each) => each.email_address === email) as Member;
  const patch = async (email: string, body: object): Promise<void> => {
    const { contact_id } = await member(email);
    const { status } = await sandbox.api('PATCH', `${sandbox.list}/members/${contact_id}`, body);
    expect(status).toBe(200);
  };

  test('an edit of a CRM-owned field reaches Mailchimp, and its doorbell is answered', async () => {
    await sandbox.sql(`update contacts set last_name = 'Changed', city = 'Řím 🏛' where id = 3`);
    expect(await sandbox.ring()).toBe(202);
    await expectInStep(sandbox);
    const { email } = await contact('3');
    expect((await member(email as string)).merge_fields).toMatchObject({
      LNAME: 'Changed',
      CITY: 'Řím 🏛',
    });
  });

  test('an edit at Mailchimp of a field the CRM owns is put back', async () => {
    const before = await contact('4');
    await patch(before.email as string, { merge_fields: { FNAME: 'Impostor' } });
    await expectInStep(sandbox);
    expect((await contact('4')).first_name).toBe(before.first_name);
    expect((await member(before.email as string)).merge_fields['FNAME']).toBe(before.first_name);
  });

  test('a shared phone travels both ways, and its newest edit wins when both ends changed it', async () => {
    const { email } = await contact('5');
    await patch(email as string, { merge_fields: { PHONE: '+493012345678' } });
    await expectInStep(sandbox);
    expect((await contact('5')).phone).toBe('+493012345678');
    await sandbox.sql(`update contacts set phone = '+4930222222' where id = 5`);
    await expectInStep(sandbox);
    expect((await member(email as string)).merge_fields['PHONE']).toBe('+4930222222');
  });

  test('tags are united: additions of both ends, removals of both ends, and hand-made ones stay', async () => {
    await sandbox.sql(`update contacts set tags = '{alpha,beta}' where id = 6`);
    await sandbox.settle();
    const { email } = await contact('6');
    const tagged = await sandbox.api(
      'POST',
      `${sandbox.list}/members/${hashOf(email as string)}/tags`,
      {
        tags: [
          { name: 'hand-made', status: 'active' },
          { name: 'alpha', status: 'inactive' },
        ],
      },
    );
    expect(tagged.status).toBe(204);
    await sandbox.sql(`update contacts set tags = tags || '{gamma}' where id = 6`);
    await expectInStep(sandbox);
    expect([...(await contact('6')).tags].sort()).toEqual(['beta', 'gamma', 'hand-made']);
  });

  test('one contact edited twice within a second ends with its last value', async () => {
    await sandbox.sql(`update contacts set company = 'First' where id = 7`);
    await sandbox.ring();
    await sandbox.sql(`update contacts set company = 'Second' where id = 7`);
    await sandbox.ring();
    await expectInStep(sandbox);
    expect((await member((await contact('7')).email as string)).merge_fields['COMPANY']).toBe(
      'Second',
    );
  });

  test('one member edited twice within a second ends with its last value', async () => {
    const { email } = await contact('8');
    await patch(email as string, { merge_fields: { PHONE: '+4930111111' } });
    await patch(email as string, { merge_fields: { PHONE: '+4930999999' } });
    await expectInStep(sandbox);
    expect((await contact('8')).phone).toBe('+4930999999');
  });

  test('a value is emptied in the CRM and so in Mailchimp', async () => {
    await sandbox.sql(`update contacts set company = null, city = '' where id = 9`);
    await expectInStep(sandbox);
    expect((await member((await contact('9')).email as string)).merge_fields).toMatchObject({
      COMPANY: '',
      CITY: '',
    });
  });

  test('a text of 400 bytes is stored as 255 by Mailchimp and both ends rest', async () => {
    const long = `${'ä'.repeat(200)}x`;
    await sandbox.sql(`update contacts set company = $1 where id = 10`, [long]);
    await sandbox.settle();
    const { email } = await contact('10');
    expect(
      Buffer.byteLength((await member(email as string)).merge_fields['COMPANY'] as string),
    ).toBeLessThanOrEqual(255);
    const { rowsWritten } = await sandbox.stats();
    await sandbox.settle();
    expect((await sandbox.stats()).rowsWritten).toBe(rowsWritten);
    expect((await contact('10')).company).toBe(long);
    await sandbox.sql(`update contacts set company = 'short again' where id = 10`);
    await expectInStep(sandbox);
  });

  test('a bulk update of every row arrives, and a row a trigger rewrites ends equal', async () => {
    await sandbox.sql(`update contacts set city = 'Everywhere'`);
    await sandbox.sql(
      `create function shout() returns trigger language plpgsql as $$ begin new.phone = replace(new.phone, ' ', ''); return new; end $$`,
    );
    await sandbox.sql(
      `create trigger shout before update on contacts for each row execute function shout()`,
    );
    await patch((await contact('11')).email as string, {
      merge_fields: { PHONE: '+49 30 777 7777' },
    });
    await expectInStep(sandbox);
    expect(
      (await bothSides(sandbox)).app.every(({ city }) => city === 'Everywhere' || city === ''),
    ).toBe(true);
    await sandbox.sql(`drop trigger shout on contacts`);
  });

  test('R1 a transaction that stays open while later rows are synced, and then commits, is not lost', async () => {
    const { Client } = await import('pg');
    const slow = new Client({ connectionString: sandbox.description.crm.url });
    await slow.connect();
    await slow.query('begin');
    await slow.query(`update contacts set last_name = 'Late' where id = 12`);
    await sandbox.sql(`update contacts set last_name = 'Prompt' where id = 13`);
    await sandbox.ring();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const { horizon } = (await sandbox.status()).syncs['contacts-news']?.lag ?? {};
    expect(horizon).toMatchObject({ pid: expect.any(Number) as number });
    expect(horizon?.ageMs).toBeGreaterThan(1_000);
    await slow.query('commit');
    await slow.end();
    await expectInStep(sandbox);
    expect((await member((await contact('12')).email as string)).merge_fields['LNAME']).toBe(
      'Late',
    );
    expect((await member((await contact('13')).email as string)).merge_fields['LNAME']).toBe(
      'Prompt',
    );
  });
});
