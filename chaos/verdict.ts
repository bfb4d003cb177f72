/**
 * What must hold in the end, judged by what anybody can see at the ends and by what people did. Pure. Of the promises of
 * lib/engine/SPEC.md it sees: all equal and then still (I1, I3, I4), no edit lost (I2, I6), nobody back who was deleted (I7),
 * nobody subscribed who withdrew (I8), nobody twice (I9), nobody taken away whom nobody took away (I10, I14), nobody out of
 * step for another's trouble (I11), nobody left under way (I12).
 */
import { createHash } from 'node:crypto';
import type { Row } from '../test/support/equal-sides.ts';
import { type Book, EDITED, type Person } from './book.ts';

export interface Seen {
  /** Every row of the CRM that has an address. */
  readonly contacts: readonly {
    readonly email: string;
    readonly phone: string | null;
    readonly email_status: string | null;
    readonly first_name: string | null;
    readonly last_name: string | null;
    readonly company: string | null;
    readonly city: string | null;
  }[];
  /** What both hold who are in both, as people compare it. */
  readonly sides: { readonly crm: readonly Row[]; readonly app: readonly Row[] };
  /** Hashes of addresses in Meta's audience. */
  readonly audience: readonly string[];
  /** Every number of every contact in Dialpad that is somebody of the CRM. */
  readonly dialpad: readonly string[];
}

const GONE = new Set(['unsubscribed', 'cleaned', 'archived']);

export function problemsOf(book: Book, shown: Seen): readonly string[] {
  const seen = withoutStuck(book, shown);
  return [
    ...whoIsTwice(seen),
    ...whoDiffers(seen),
    ...book.people.flatMap((person) => problemsWith(person, seen)),
    ...whoIsUnexplained(book, seen),
    ...problemsAtMeta(seen),
    ...problemsAtDialpad(seen),
  ];
}

/**
 * Mailchimp lets nobody archive who bounced: whoever did and was then deleted in the CRM stays there, to whom nothing is
 * sent any more, and is quarantined in the vendor's words. Renamed right before, they stay under the address they had.
 */
function withoutStuck(book: Book, seen: Seen): Seen {
  const isStuck = ({ email, status }: Row): boolean =>
    status === 'cleaned' && book.findUnderAny(email)?.fate === 'deleted';
  return { ...seen, sides: { ...seen.sides, app: seen.sides.app.filter((row) => !isStuck(row)) } };
}

/** Nothing was left to do, and a further round was asked for: it must have written nowhere. */
export function writtenAgain(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.entries(after).flatMap(([place, seen]) =>
    seen === before[place] ? [] : [`${place} is written again: ${before[place]}, then ${seen}`],
  );
}

/** Everybody has a state that is no way to another one (I12): nothing is under way when nothing is left to do. */
export function stillUnderWay(
  syncs: Readonly<Record<string, Readonly<Record<'pending' | 'waiting', number>>>>,
): readonly string[] {
  return Object.entries(syncs).flatMap(([sync, { pending, waiting }]) =>
    pending + waiting === 0
      ? []
      : [`${sync}: ${pending} are pending and ${waiting} waiting, for nothing`],
  );
}

function whoIsTwice({ contacts, sides }: Seen): readonly string[] {
  const twice = (place: string, emails: readonly string[]): readonly string[] =>
    [...new Set(emails.filter((email, at) => emails.indexOf(email) !== at))].map(
      (email) => `${email} is twice in ${place}`,
    );
  return [
    ...twice(
      'the CRM',
      contacts.map(({ email }) => email.toLowerCase()),
    ),
    ...twice(
      'Mailchimp',
      sides.app.map(({ email }) => email),
    ),
  ];
}

function whoDiffers({ sides: { crm, app } }: Seen): readonly string[] {
  const members = new Map(app.map((row) => [row.email, row]));
  const rows = new Map(crm.map((row) => [row.email, row]));
  return [
    ...crm.flatMap((row) => {
      const member = members.get(row.email);
      if (member === undefined) return [`${row.email} is not at Mailchimp`];
      const fields = Object.keys(row).filter(
        (name) => row[name as keyof Row] !== member[name as keyof Row],
      );
      return fields.map(
        (name) =>
          `${row.email}: ${name} is “${row[name as keyof Row]}” in the CRM and “${member[name as keyof Row]}” at Mailchimp`,
      );
    }),
    ...app
      .filter(({ email }) => !rows.has(email))
      .map(({ email }) => `${email} is at Mailchimp alone`),
  ];
}

function problemsWith(person: Person, { contacts, sides }: Seen): readonly string[] {
  const { email, fate, hasWithdrawn, last, phones } = person;
  const row = contacts.find((one) => one.email.toLowerCase() === email.toLowerCase());
  const member = sides.app.find((one) => one.email === email.toLowerCase());
  if (fate === 'deleted') {
    return [
      ...(row === undefined ? [] : [`${email} was deleted and is in the CRM`]),
      ...(member === undefined ? [] : [`${email} was deleted and is at Mailchimp`]),
    ];
  }
  if (row === undefined) return [`${email} is lost in the CRM`];
  const isBack = [row.email_status, member?.status].includes('subscribed');
  const [only, ...more] = new Set(phones.map(({ by }) => by));
  const given = more.length === 0 ? phones.slice(-1) : phones;
  const isTakenAlong = wasTakenAlong(person);
  const isOther =
    only !== undefined && !isTakenAlong && !given.some(({ number }) => number === row.phone);
  return [
    ...(hasWithdrawn && isBack ? [`${email} had withdrawn and is subscribed`] : []),
    ...(fate === 'archived' && member !== undefined ? [`${email} was archived and is back`] : []),
    ...EDITED.filter((field) => last[field] !== undefined && row[field] !== last[field]).map(
      (field) => `${email}: ${field} was last “${last[field]}” and is “${row[field]}”`,
    ),
    ...(isOther ? [`${email}: the number is ${row.phone}, which was not the last`] : []),
  ];
}

/**
 * Nobody's fields are read where they are no more: whoever withdraws or is archived is taken out of Dialpad, whoever is archived
 * at Mailchimp stands there out of sight, and with them a number that nobody had fetched yet.
 */
function wasTakenAlong({ fate, hasWithdrawn, phones }: Person): boolean {
  const by = phones.at(-1)?.by;
  if (by === 'dialpad') return hasWithdrawn || fate === 'archived';
  return by === 'mailchimp' && fate === 'archived';
}

function whoIsUnexplained(book: Book, { contacts, sides }: Seen): readonly string[] {
  const emails = [...contacts, ...sides.app].map(({ email }) => email.toLowerCase());
  return [...new Set(emails)]
    .filter((email) => book.find(email) === undefined)
    .map((email) => `nobody brought ${email}`);
}

const hash = (text: string): string =>
  createHash('sha256').update(text.trim().toLowerCase()).digest('hex');

/** Whoever is subscribed is in the audience, and nobody else. */
function problemsAtMeta({ contacts, audience }: Seen): readonly string[] {
  const wanted = new Map(
    contacts
      .filter((one) => one.email_status === 'subscribed')
      .map(({ email }) => [hash(email), email]),
  );
  const there = new Set(audience);
  return [
    ...[...wanted].flatMap(([key, email]) =>
      there.has(key) ? [] : [`${email} is not in Meta’s audience`],
    ),
    ...[...there].flatMap((key) =>
      wanted.has(key)
        ? []
        : [`somebody is in Meta’s audience who is not subscribed: ${key.slice(0, 12)}`],
    ),
  ];
}

/** Whoever has a number and has not left is in Dialpad, once; whoever has left is not. */
function problemsAtDialpad({ contacts, dialpad }: Seen): readonly string[] {
  return contacts.flatMap(({ email, phone, email_status: status }) => {
    if (phone === null) return [];
    const times = dialpad.filter((number) => number === phone).length;
    const wanted = GONE.has(status ?? '') ? 0 : 1;
    return times === wanted
      ? []
      : [`${email} is ${times} times in Dialpad, and should be ${wanted} times`];
  });
}
