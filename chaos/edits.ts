/** What people do, at each end. An edit counts only where the end has taken it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxUnderTest } from '../test/support/sandbox.ts';
import { type Book, EDITED, type Person } from './book.ts';

export interface Acting {
  readonly sandbox: SandboxUnderTest;
  readonly book: Book;
  readonly pick: <T>(choices: readonly T[]) => T;
}

/** Resolves to what happened, or null when nothing did. */
export type Act = (acting: Acting) => Promise<string | null>;

/** Rather many ordinary edits, a few that cannot be undone. */
export const EDITS: readonly Act[] = [
  ...Array.from({ length: 4 }, () => editInCrm),
  editManyInCrm,
  insertInCrm,
  insertInCrm,
  renameInCrm,
  deleteInCrm,
  withdrawInCrm,
  numberInCrm,
  numberInCrm,
  numberAtMailchimp,
  numberAtMailchimp,
  signUpAtMailchimp,
  leaveMailchimp,
  leaveMailchimp,
  archiveAtMailchimp,
  numberAtDialpad,
  numberAtDialpad,
  nameAtDialpad,
];

const changed = async (
  sandbox: SandboxUnderTest,
  text: string,
  values: unknown[],
): Promise<number> => (await sandbox.crm.query(text, values)).rowCount ?? 0;

async function editInCrm({ sandbox, book, pick }: Acting): Promise<string | null> {
  const person = pick(book.present());
  const [field, word] = [pick(EDITED), book.nextWord()];
  const text = `update contacts set ${field} = $1 where email = $2`;
  if ((await changed(sandbox, text, [word, person.email])) === 0) return null;
  person.last[field] = word;
  return `CRM: ${field} of ${person.email}`;
}

async function editManyInCrm({ sandbox, book }: Acting): Promise<string> {
  const word = book.nextWord();
  const text = 'update contacts set city = $1 where id % 3 = 0 returning email';
  const rows = await sandbox.sql<{ email: string }>(text, [word]);
  for (const { email } of rows) {
    const person = book.find(email);
    if (person !== undefined) person.last.city = word;
  }
  return `CRM: the city of ${rows.length}`;
}

async function insertInCrm({ sandbox, book }: Acting): Promise<string> {
  const [email, city, phone] = [book.nextEmail(), book.nextWord(), book.nextPhone()];
  const text =
    'insert into contacts (email, first_name, last_name, city, phone) values ($1, $2, $3, $4, $5)';
  await sandbox.sql(text, [email, 'New', 'Person', city, phone]);
  const person = book.add(email);
  Object.assign(person.last, { first_name: 'New', last_name: 'Person', city });
  person.phones.push({ number: phone, by: 'crm' });
  return `CRM: ${email} is new`;
}

async function renameInCrm({ sandbox, book, pick }: Acting): Promise<string | null> {
  const [person, email] = [pick(book.present()), book.nextEmail()];
  const text = 'update contacts set email = $1 where email = $2';
  if ((await changed(sandbox, text, [email, person.email])) === 0) return null;
  const before = person.email;
  person.former.push(before);
  person.email = email;
  return `CRM: ${before} is now ${email}`;
}

async function deleteInCrm({ sandbox, book, pick }: Acting): Promise<string | null> {
  const person = pick(book.present());
  const text = 'delete from contacts where email = $1';
  if ((await changed(sandbox, text, [person.email])) === 0) return null;
  person.fate = 'deleted';
  return `CRM: ${person.email} is deleted`;
}

async function withdrawInCrm({ sandbox, book, pick }: Acting): Promise<string | null> {
  const person = pick(book.present());
  const text = `update contacts set email_status = 'unsubscribed' where email = $1 and email_status = 'subscribed'`;
  if ((await changed(sandbox, text, [person.email])) === 0) return null;
  person.hasWithdrawn = true;
  return `CRM: ${person.email} withdraws`;
}

async function numberInCrm({ sandbox, book, pick }: Acting): Promise<string | null> {
  const [person, number] = [pick(book.present()), book.nextPhone()];
  const text = 'update contacts set phone = $1 where email = $2';
  if ((await changed(sandbox, text, [number, person.email])) === 0) return null;
  person.phones.push({ number, by: 'crm' });
  return `CRM: another number for ${person.email}`;
}

/** Archiving whoever bounced, for one: the vendor lets nobody do that. */
const REFUSED = /cannot be removed/;

/** False: nobody has this address there, yet or any more, or the vendor refuses it to anybody. */
async function atMailchimp(
  { mailchimp }: SandboxUnderTest,
  action: string,
  body: object,
): Promise<boolean> {
  const answer = await fetch(`${mailchimp.control}/people/${action}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  if (answer.ok) return true;
  const text = await answer.text();
  if (answer.status === 404 || REFUSED.test(text)) return false;
  throw new Error(`${action}: ${answer.status} ${text}`);
}

async function numberAtMailchimp({ sandbox, book, pick }: Acting): Promise<string | null> {
  const [person, number] = [pick(book.present()), book.nextPhone()];
  const body = { email: person.email, merge_fields: { PHONE: number } };
  if (!(await atMailchimp(sandbox, 'update-profile', body))) return null;
  person.phones.push({ number, by: 'mailchimp' });
  return `Mailchimp: another number for ${person.email}`;
}

async function signUpAtMailchimp({ sandbox, book }: Acting): Promise<string | null> {
  const email = book.nextEmail();
  if (!(await atMailchimp(sandbox, 'signup', { email, merge_fields: { FNAME: 'Signed' } })))
    return null;
  book.add(email);
  return `Mailchimp: ${email} signs up`;
}

async function leaveMailchimp({ sandbox, book, pick }: Acting): Promise<string | null> {
  const person = pick(book.present());
  const action = pick(['unsubscribe', 'unsubscribe', 'complain', 'bounce']);
  if (!(await atMailchimp(sandbox, action, { email: person.email }))) return null;
  person.hasWithdrawn = true;
  return `Mailchimp: ${action} of ${person.email}`;
}

async function archiveAtMailchimp({ sandbox, book, pick }: Acting): Promise<string | null> {
  const person = pick(book.present());
  // Whom the CRM has not met yet, it need not meet any more.
  const text = 'select 1 from contacts where email = $1';
  if ((await changed(sandbox, text, [person.email])) === 0) return null;
  if (!(await atMailchimp(sandbox, 'archive', { email: person.email }))) return null;
  person.fate = 'archived';
  return `Mailchimp: ${person.email} is archived`;
}

/** Dialpad knows people by numbers: the one that the CRM has now. */
async function editAtDialpad(acting: Acting, set: object): Promise<Person | null> {
  const { sandbox, book, pick } = acting;
  const person = pick(book.present());
  const text = 'select phone from contacts where email = $1 and phone is not null';
  const [row] = await sandbox.sql<{ phone: string }>(text, [person.email]);
  if (row === undefined) return null;
  const answer = await fetch(`${sandbox.description.dialpad?.control}/people/edit`, {
    method: 'POST',
    body: JSON.stringify({ phone: row.phone, set }),
  });
  return answer.ok ? person : null;
}

async function numberAtDialpad(acting: Acting): Promise<string | null> {
  const number = acting.book.nextPhone();
  const person = await editAtDialpad(acting, { phones: [number] });
  if (person === null) return null;
  // Of whom the filter leaves out nothing is carried: what somebody typed there about them stays there.
  if (person.hasWithdrawn) return `Dialpad: another number for ${person.email}, who has left`;
  if (await isWrittenOver(acting.sandbox, number)) {
    return `Dialpad: another number for ${person.email}, written over in the same moment`;
  }
  person.phones.push({ number, by: 'dialpad' });
  return `Dialpad: another number for ${person.email}`;
}

/** As long as a write of ours may take, from its look at the contact on. */
const ROUND_TRIP_MS = 1_500;

/**
 * Dialpad's contacts are written whole, and take no condition: what somebody types between our look and our write is gone
 * (the app's own round trip, among the gaps of lib/engine/SPEC.md; seed 36). Later than that nothing may take it away.
 */
async function isWrittenOver(
  { description, crm }: SandboxUnderTest,
  number: string,
): Promise<boolean> {
  await sleep(ROUND_TRIP_MS);
  const answer = await fetch(`${description.dialpad?.control}/contacts`);
  const { contacts } = (await answer.json()) as {
    readonly contacts: readonly { readonly phones?: readonly string[] }[];
  };
  if (contacts.some(({ phones = [] }) => phones.includes(number))) return false;
  const { rowCount } = await crm.query('select 1 from contacts where phone = $1', [number]);
  return rowCount === 0;
}

/** The CRM owns names: it is put back. */
async function nameAtDialpad(acting: Acting): Promise<string | null> {
  const person = await editAtDialpad(acting, { first_name: acting.book.nextWord() });
  return person === null ? null : `Dialpad: another name for ${person.email}`;
}
