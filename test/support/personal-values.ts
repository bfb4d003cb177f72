/** What belongs to the people of a sandbox, at every end, and where some of it stands that should not: logs, metrics, answers. */
import { createHash } from 'node:crypto';
import type { Contact, SandboxUnderTest } from './sandbox.ts';

export interface Personal {
  readonly what: 'address' | 'number' | 'name' | 'hash' | 'secret';
  readonly text: string;
}

/** Shorter ones are words of any sentence; towns, firms and tags are nobody’s own. */
const LENGTH_MIN = 3;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

interface Someone {
  readonly emails: readonly (string | null | undefined)[];
  readonly phones: readonly (string | null | undefined)[];
  readonly names: readonly (string | null | undefined)[];
}

/** Asked of all ends, since each knows people and values that the others have not yet, or no longer. */
export async function personalValues(sandbox: SandboxUnderTest): Promise<readonly Personal[]> {
  const { dialpad } = sandbox.description;
  const listed =
    dialpad === undefined
      ? { contacts: [] }
      : ((await (await fetch(`${dialpad.control}/contacts`)).json()) as {
          contacts: readonly Readonly<Record<string, string | string[] | null>>[];
        });
  const people: readonly Someone[] = [
    ...(await sandbox.contacts()).map(someoneOf),
    ...[...(await sandbox.members()), ...(await sandbox.members('archived'))].map((one) => ({
      emails: [one.email_address],
      phones: [one.merge_fields['PHONE']],
      names: [one.merge_fields['FNAME'], one.merge_fields['LNAME']],
    })),
    ...listed.contacts.map((one) => ({
      emails: [one['emails'] ?? []].flat(),
      phones: [one['phones'] ?? []].flat(),
      names: [one['first_name'], one['last_name']].flat(),
    })),
  ];
  return eachOnce([...people.flatMap(valuesOf), ...secretsOf(sandbox)]);
}

const someoneOf = (one: Contact): Someone => ({
  emails: [one.email],
  phones: [one.phone],
  names: [one.first_name, one.last_name],
});

/** Of so many people each run is searched for all that is theirs; of more, for every so-manieth. */
const PEOPLE_MAX = 300;

/** What the CRM alone knows, and the secrets: no app is called for it, so nothing that a test counts is disturbed. */
export function valuesInCrm(
  sandbox: Pick<SandboxUnderTest, 'description'>,
  contacts: readonly Contact[],
): readonly Personal[] {
  const step = Math.ceil(contacts.length / PEOPLE_MAX);
  const some = contacts.filter((_one, index) => index % step === 0);
  return eachOnce([...some.map(someoneOf).flatMap(valuesOf), ...secretsOf(sandbox)]);
}

function eachOnce(values: readonly Personal[]): readonly Personal[] {
  const byText = new Map(values.map((value) => [value.text, value]));
  return [...byText.values()].filter(({ text }) => text.length >= LENGTH_MIN);
}

/** With the forms in which vendors know them: Mailchimp by the MD5 of the address, Meta by SHA-256 of everything. */
function valuesOf({ emails, phones, names }: Someone): readonly Personal[] {
  const said = (texts: Someone['emails']): readonly string[] =>
    texts.flatMap((text) => (text == null || text === '' ? [] : [text]));
  const [addresses, numbers] = [said(emails), said(phones)];
  const hashes = [
    ...addresses.flatMap((text) => [md5(text.toLowerCase()), sha256(text.toLowerCase())]),
    ...numbers.map((text) => sha256(text.replaceAll(/\D/g, ''))),
  ];
  return [
    ...addresses.map((text) => ({ what: 'address' as const, text })),
    ...numbers.map((text) => ({ what: 'number' as const, text })),
    ...said(names).map((text) => ({ what: 'name' as const, text })),
    ...hashes.map((text) => ({ what: 'hash' as const, text })),
  ];
}

function secretsOf({ description }: Pick<SandboxUnderTest, 'description'>): readonly Personal[] {
  const { mailchimp, meta, dialpad, webhooks, crm } = description;
  const texts = [
    mailchimp?.apiKey,
    meta?.accessToken,
    dialpad?.apiKey,
    webhooks.crm.secret,
    new URL(crm.url).password,
  ];
  return texts.flatMap((text) => (text === undefined ? [] : [{ what: 'secret' as const, text }]));
}

/** Some people are called so; what stands in a log as such a word says nothing of them. */
const WORDS_OF_PROGRAMS = new Set(['null', 'undefined', 'NaN', 'true', 'false']);

const wordsOf = (text: string): readonly string[] =>
  text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '' && !WORDS_OF_PROGRAMS.has(word));

/** Which of them stand in a text: a name as a word of its own, an address in any spelling, a number also without its plus. */
export function findPersonal(text: string, values: readonly Personal[]): readonly string[] {
  const lower = text.toLowerCase();
  const words = new Set(wordsOf(text));
  const isIn = ({ what, text: value }: Personal): boolean => {
    const own = wordsOf(value);
    if (what === 'name' && /[\p{L}\p{N}]/u.test(value))
      return own.length > 0 && own.every((word) => words.has(word));
    if (what === 'number') return lower.includes(value.replace('+', ''));
    return lower.includes(value.toLowerCase());
  };
  return values.filter(isIn).map(({ what, text: value }) => `${what} ${value}`);
}

export function expectNobody(text: string, values: readonly Personal[]): void {
  expect(findPersonal(text, values)).toEqual([]);
}
