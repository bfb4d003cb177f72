/** What one app owns is read-only at another: changed there it is put back, and neither the CRM nor the owner hears of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { openSandbox, type Contact, type SandboxUnderTest } from '../support/sandbox.ts';

const CONFIG = join(import.meta.dirname, 'fixtures/owned-by-news.config.ts');

let sandbox: SandboxUnderTest;
let contact: Contact;

const dialpad = async <T>(path: string, body?: object): Promise<T> => {
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const answer = await fetch(`${sandbox.description.dialpad?.control}${path}`, sent);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
};

interface Listed {
  readonly contacts: readonly { readonly company_name: string | null }[];
}

const companyAtDialpad = async (): Promise<string | null | undefined> => {
  const { contacts } = await dialpad<Listed>(
    `/contacts?phone=${encodeURIComponent(contact.phone ?? '')}`,
  );
  return contacts[0]?.company_name;
};
const companyAtMailchimp = async (): Promise<string | undefined> =>
  (await sandbox.members()).find(({ email_address: address }) => address === contact.email)
    ?.merge_fields['COMPANY'];
const companyInCrm = async (): Promise<string | null | undefined> =>
  (await sandbox.sql<Contact>('select company from contacts where id = $1', [contact.id]))[0]
    ?.company;

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const endsAt = performance.now() + 60_000;
  while (!(await isSo())) {
    if (performance.now() > endsAt) throw new Error(`not in a minute: ${what}`);
    await sleep(50);
  }
}

beforeAll(async () => {
  sandbox = await openSandbox(['--contacts', '20', '--config', CONFIG]);
  await sandbox.settle(120_000);
  const [first] = await sandbox.sql<Contact>(
    `select id::text, email, phone from contacts where phone is not null and email is not null order by contacts.id limit 1`,
  );
  if (first === undefined) throw new Error('nobody in the sample has a number');
  contact = first;
});
afterAll(() => sandbox.stop());

test('the owner’s value goes through the CRM to the other app', async () => {
  const { email } = contact;
  await sandbox.person('update-profile', { email, merge_fields: { COMPANY: 'Owned Ltd' } });
  await until('the company at Dialpad', async () => (await companyAtDialpad()) === 'Owned Ltd');
  expect(await companyInCrm()).toBe('Owned Ltd');
});

test('an edit at the other app is put back, and reaches nobody', async () => {
  await sandbox.settle(60_000);
  // The transaction that wrote the row last.
  const writer = () => sandbox.sql('select xmin::text from contacts where id = $1', [contact.id]);
  const [before, writes] = [await writer(), (await sandbox.stats()).rowsWritten];
  await dialpad('/people/edit', {
    phone: contact.phone,
    set: { company_name: 'Somebody Else' },
  });
  expect(await companyAtDialpad()).toBe('Somebody Else');
  await until('the owner’s value back', async () => (await companyAtDialpad()) === 'Owned Ltd');
  await sandbox.settle(60_000);
  expect([await companyInCrm(), await companyAtMailchimp()]).toEqual(['Owned Ltd', 'Owned Ltd']);
  expect(await writer()).toEqual(before);
  expect((await sandbox.stats()).rowsWritten).toBe(writes);
});
