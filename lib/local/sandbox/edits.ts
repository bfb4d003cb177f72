/**
 * What people do at either side, one edit at a time, and how to tell that it has arrived at the other.
 * Each kind is one function, so that another is one more.
 */
import type { CrmKey, RemoteId } from '../../engine/model.ts';
import type { ApiMember, Bystander, CallsBystander } from './bystander.ts';
import { createPerson } from './people.ts';
import type { EditTold } from './stage.ts';

/** An edit that was just made. */
export interface Edit extends EditTold {
  /** Whether the other side shows it now. */
  hasArrived(): Promise<boolean>;
}

export interface EditWorld {
  readonly people: Bystander;
  readonly dice: () => number;
  /** Keeps invented addresses apart. */
  readonly nextNumber: () => number;
  remoteIdOf(key: CrmKey): Promise<RemoteId | null>;
}

interface Contact {
  readonly id: CrmKey;
  readonly email: string;
  readonly first_name: string | null;
  readonly phone: string | null;
  readonly email_status: string | null;
  readonly tags: readonly string[];
}

/** Null when this edit is not possible just now (nobody to edit). */
type EditKind = (world: EditWorld) => Promise<Edit | null>;

/** The first few in this order, so that everybody sees both directions; then by chance. */
export const EDIT_KINDS: readonly EditKind[] = [
  changeCrmField,
  changePhone,
  changeEmail,
  addTagInCrm,
  unsubscribe,
  correctNumber,
  changeOwnedField,
  signUp,
  addTagInMailchimp,
  addContact,
];

const CRM_FIELDS = [
  ['last_name', 'LNAME'],
  ['company', 'COMPANY'],
  ['city', 'CITY'],
] as const;

async function changeCrmField({ people, dice, ...world }: EditWorld): Promise<Edit | null> {
  const contact = await anyContact(people);
  const id = contact === null ? null : await world.remoteIdOf(contact.id);
  if (contact === null || id === null) return null;
  const [column, tag] = CRM_FIELDS[Math.floor(dice() * CRM_FIELDS.length)] ?? CRM_FIELDS[0];
  const person = createPerson(dice, 0);
  const value = { last_name: person.last_name, company: person.company, city: person.city }[column];
  const text = value ?? 'Granite & Daughters';
  await people.sql(`update contacts set ${column} = $1 where id = $2`, [text, contact.id]);
  await people.ring();
  return {
    from: 'CRM',
    to: 'Mailchimp',
    what: `contact ${contact.id} ${column} “${text}”`,
    hasArrived: memberShows(people, id, (member) => member.merge_fields[tag] === text),
  };
}

async function changeEmail({ people, nextNumber, ...world }: EditWorld): Promise<Edit | null> {
  const contact = await anyContact(people);
  const id = contact === null ? null : await world.remoteIdOf(contact.id);
  if (contact === null || id === null) return null;
  const email = createPerson(world.dice, nextNumber()).email;
  await people.sql('update contacts set email = $1 where id = $2', [email, contact.id]);
  await people.ring();
  return {
    from: 'CRM',
    to: 'Mailchimp',
    what: `contact ${contact.id} email “${mailbox(email)}”`,
    hasArrived: memberShows(people, id, (member) => member.email_address === email),
  };
}

async function addTagInCrm({ people, nextNumber, ...world }: EditWorld): Promise<Edit | null> {
  const contact = await anyContact(people);
  const id = contact === null ? null : await world.remoteIdOf(contact.id);
  if (contact === null || id === null) return null;
  const tag = `call ${nextNumber() % 1000}`;
  await people.sql('update contacts set tags = tags || $1 where id = $2', [[tag], contact.id]);
  await people.ring();
  return {
    from: 'CRM',
    to: 'Mailchimp',
    what: `contact ${contact.id} tag “${tag}” added`,
    hasArrived: memberShows(people, id, (member) => member.tags.some(({ name }) => name === tag)),
  };
}

async function addContact({ people, dice, nextNumber }: EditWorld): Promise<Edit> {
  const { email, first_name: first, last_name: last, city } = createPerson(dice, nextNumber());
  await people.sql(
    'insert into contacts (email, first_name, last_name, city) values ($1, $2, $3, $4)',
    [email, first, last, city],
  );
  await people.ring();
  return {
    from: 'CRM',
    to: 'Mailchimp',
    what: `new contact ${first} ${last}`,
    hasArrived: async () => (await people.memberByEmail(email)) !== null,
  };
}

async function changePhone({ people, dice }: EditWorld): Promise<Edit | null> {
  const contact = await anyContact(people);
  if (contact === null) return null;
  const phone = `+4930${String(1_000_000 + Math.floor(dice() * 8_999_999))}`;
  await people.person('update-profile', { email: contact.email, merge_fields: { PHONE: phone } });
  return {
    from: 'Mailchimp',
    to: 'CRM',
    what: `PHONE “${phone}” of ${mailbox(contact.email)}`,
    hasArrived: contactShows(people, 'id = $1 and phone = $2', [contact.id, phone]),
  };
}

/** The CRM owns the first name, so this one comes back. */
async function changeOwnedField({ people, dice, ...world }: EditWorld): Promise<Edit | null> {
  const contact = await anyContact(people);
  const id = contact === null ? null : await world.remoteIdOf(contact.id);
  if (contact === null || id === null || contact.first_name === null) return null;
  const own = contact.first_name;
  const name = createPerson(dice, 0).first_name;
  if (name === own) return null;
  await people.person('update-profile', { email: contact.email, merge_fields: { FNAME: name } });
  return {
    from: 'Mailchimp',
    to: 'CRM',
    what: `FNAME “${name}” of ${mailbox(contact.email)}`,
    outcome: 'put back: the CRM owns it',
    hasArrived: memberShows(people, id, (member) => member.merge_fields['FNAME'] === own),
  };
}

/** It takes the person out of every app whose filter asks for their consent. */
async function unsubscribe({ people }: EditWorld): Promise<Edit | null> {
  const { ads, calls } = people;
  const contact = await anyContact(people, `email_status = 'subscribed'`);
  if (contact === null) return null;
  await people.person('unsubscribe', { email: contact.email });
  const inCrm = contactShows(people, `id = $1 and email_status = 'unsubscribed'`, [contact.id]);
  const isGoneFrom = [
    ...(ads === null ? [] : [async () => !(await ads.holds(contact.email))]),
    ...(calls === null || contact.phone === null ? [] : [isUncalled(calls, contact.phone)]),
  ];
  const others = [
    ...(ads === null ? [] : ['out of Meta’s audience']),
    ...(calls === null || contact.phone === null ? [] : ['off Dialpad’s list']),
  ];
  return {
    from: 'Mailchimp',
    to: ['CRM', ...others].join(', '),
    what: `${mailbox(contact.email)} unsubscribed`,
    hasArrived: async () => {
      const arrived = await Promise.all([inCrm(), ...isGoneFrom.map((isGone) => isGone())]);
      return arrived.every(Boolean);
    },
  };
}

const isUncalled = (calls: CallsBystander, phone: string) => async (): Promise<boolean> =>
  (await calls.count(phone)) === 0;

async function correctNumber({ people, dice, ...world }: EditWorld): Promise<Edit | null> {
  const { calls } = people;
  if (calls === null) return null;
  const contact = await anyContact(people, `phone is not null and email_status = 'subscribed'`);
  const id = contact === null ? null : await world.remoteIdOf(contact.id);
  if (contact === null || contact.phone === null || id === null) return null;
  if ((await calls.count(contact.phone)) !== 1) return null;
  const phone = `+4930${String(1_000_000 + Math.floor(dice() * 8_999_999))}`;
  await calls.correct(contact.phone, phone);
  return {
    from: 'Dialpad',
    to: 'CRM, Mailchimp',
    what: `number of contact ${contact.id} corrected to “${phone}”`,
    hasArrived: memberShows(people, id, (member) => member.merge_fields['PHONE'] === phone),
  };
}

async function signUp({ people, dice, nextNumber }: EditWorld): Promise<Edit> {
  const { email, first_name: first, last_name: last } = createPerson(dice, nextNumber());
  await people.person('signup', { email, merge_fields: { FNAME: first, LNAME: last } });
  return {
    from: 'Mailchimp',
    to: 'CRM',
    what: `${first} ${last} signed up`,
    hasArrived: contactShows(people, 'email = $1', [email]),
  };
}

async function addTagInMailchimp({ people, nextNumber }: EditWorld): Promise<Edit | null> {
  const contact = await anyContact(people);
  if (contact === null) return null;
  const tag = `webinar ${nextNumber() % 1000}`;
  await people.addTag(contact.email, tag);
  return {
    from: 'Mailchimp',
    to: 'CRM',
    what: `tag “${tag}” added to ${mailbox(contact.email)}`,
    hasArrived: contactShows(people, 'id = $1 and $2 = any (tags)', [contact.id, tag]),
  };
}

/** The sample addresses differ before the @ alone. */
const mailbox = (email: string): string => `${email.split('@')[0] ?? ''}@…`;

async function anyContact(people: Bystander, where = 'true'): Promise<Contact | null> {
  const live = `email is not null and email_status is distinct from 'archived'`;
  const [contact] = await people.sql<Contact>(
    `select id::text, email, first_name, phone, email_status, tags from contacts
     where ${live} and ${where} order by random() limit 1`,
  );
  return contact ?? null;
}

const memberShows =
  (people: Bystander, id: RemoteId, isThere: (member: ApiMember) => boolean) =>
  async (): Promise<boolean> => {
    const member = await people.member(id);
    return member !== null && isThere(member);
  };

const contactShows =
  (people: Bystander, where: string, values: readonly unknown[]) => async (): Promise<boolean> =>
    (await people.sql(`select 1 from contacts where ${where}`, values)).length > 0;
