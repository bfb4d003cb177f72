/**
 * Equality of both sides, field by field and up to equivalence, written without the engine: what two
 * people holding the two lists side by side would call the same.
 */
import type { Contact, Member, SandboxUnderTest } from './sandbox.ts';

export interface Row {
  readonly email: string;
  readonly first: string;
  readonly last: string;
  readonly phone: string;
  readonly company: string;
  readonly city: string;
  readonly status: string;
  readonly tags: string;
}

const text = (value: string | null | undefined): string => (value ?? '').trim();
/** Blanks and punctuation say nothing in an international number. */
const phoneText = (value: string | null | undefined): string => text(value).replace(/[^+\d]/g, '');
const tagText = (tags: readonly string[]): string =>
  tags
    .map((tag) => tag.toLowerCase())
    .sort()
    .join(',');

export function rowOfContact(contact: Contact): Row {
  return {
    email: text(contact.email).toLowerCase(),
    first: text(contact.first_name),
    last: text(contact.last_name),
    phone: phoneText(contact.phone),
    company: text(contact.company),
    city: text(contact.city),
    status: text(contact.email_status) || 'transactional',
    tags: tagText(contact.tags),
  };
}

export function rowOfMember(member: Member): Row {
  const fields = member.merge_fields;
  return {
    email: member.email_address.toLowerCase(),
    first: text(fields['FNAME']),
    last: text(fields['LNAME']),
    phone: phoneText(fields['PHONE']),
    company: text(fields['COMPANY']),
    city: text(fields['CITY']),
    status: member.status,
    tags: tagText(member.tags.map(({ name }) => name)),
  };
}

const byEmail = (a: Row, b: Row): number => (a.email < b.email ? -1 : a.email > b.email ? 1 : 0);

export interface Sides {
  readonly crm: readonly Row[];
  readonly app: readonly Row[];
}

/** Contacts with an address that the app did not archive, and live members, in the same order. */
export async function bothSides(sandbox: SandboxUnderTest): Promise<Sides> {
  const [contacts, members] = await Promise.all([sandbox.contacts(), sandbox.members()]);
  return {
    crm: contacts
      .filter(({ email, email_status }) => email !== null && email_status !== 'archived')
      .map(rowOfContact)
      .sort(byEmail),
    app: members.map(rowOfMember).sort(byEmail),
  };
}

/** Both sides equal, nobody twice, and a further round writes nothing anywhere. */
export async function expectInStep(sandbox: SandboxUnderTest): Promise<void> {
  await sandbox.settle();
  const { crm, app } = await bothSides(sandbox);
  expect(crm).toEqual(app);
  const emails = app.map(({ email }) => email);
  expect(new Set(emails).size).toBe(emails.length);
  const before = await footprint(sandbox);
  await sandbox.settle();
  expect(await footprint(sandbox)).toEqual(before);
}

/** Whatever a write anywhere would change: rows' versions in the CRM, rows written in the app, the log's end. */
async function footprint(sandbox: SandboxUnderTest): Promise<unknown> {
  const [row] = await sandbox.sql(
    `select count(*)::int as rows, coalesce(sum(xmin::text::bigint), 0)::text as versions from contacts`,
  );
  const { rowsWritten } = await sandbox.stats();
  return { ...row, rowsWritten };
}
