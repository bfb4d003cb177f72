/**
 * Contact ↔ record, pure.
 *
 * A contact must have both names. Where the CRM has only one, or none, a filler stands in its place (`-`), which is
 * never read back as a name: the field stays empty until somebody at Dialpad writes a name over it.
 *
 * What a write does not name is kept by Dialpad, say its pages, or cleared, say those who lost numbers by it. So
 * each write is the whole contact as it was just fetched, with our values put into it.
 */
import type { RemoteId } from '../../engine/model.ts';
import { email, phone } from '../../engine/types/index.ts';
import type { FieldType, Json, Value } from '../../engine/value.ts';
import type { AppObservation } from '../../ports/app.ts';
import { type EntryKey, mergeList } from './lists.ts';
import {
  isOfContact,
  LIST_NAMES,
  type ListName,
  placeOf,
  TEXT_NAMES,
  type TextName,
} from './paths.ts';
import type { PatchRequest, PutRequest } from './wire.generated.ts';
import type { WireContact } from './wire.ts';

export const NAME_FILLER = '-';

/** Values to write, by path. */
export type FieldValues = Readonly<Record<string, Value>>;

export type Shaped<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly path: string; readonly reason: string };

/** Local contacts belong to one user and are nobody else's business. */
export const isShared = (contact: WireContact): boolean => contact.type !== 'local';

/** What a contact shows: everything that is in it, for a contact is always shown whole. */
export function observeContact(
  contact: WireContact,
  paths: readonly string[],
  beganAt: number,
): AppObservation {
  return {
    remoteId: contact.id as RemoteId,
    existence: 'present',
    raw: Object.fromEntries(
      paths.filter(isOfContact).map((path) => [path, readPath(contact, path)]),
    ),
    version: null,
    optInAt: null,
    beganAt,
  };
}

export function readPath(contact: WireContact, path: string): Json {
  const place = placeOf(path);
  if (place.kind === 'text') return readText(contact, place.name);
  const [first, ...rest] = entriesOf(contact, place.name);
  return place.kind === 'primary' ? (first ?? null) : rest;
}

function readText(contact: WireContact, name: TextName): Json {
  const text = contact[name];
  const isFiller = isName(name) && text.trim() === NAME_FILLER;
  return isFiller ? null : text || null;
}

const isName = (name: TextName): boolean => name === 'first_name' || name === 'last_name';

const entriesOf = (contact: WireContact, name: ListName): readonly string[] =>
  contact[name].filter((entry) => entry.trim() !== '');

/** A new contact: PUT with our key in it, so that doing it twice makes one. */
export function shapeCreate(uid: string, fields: FieldValues): Shaped<PutRequest> {
  const texts = shapeTexts(fields);
  if (!texts.ok) return texts;
  const lists = shapeLists(fields, null, {});
  if (!lists.ok) return lists;
  const { first_name: first = NAME_FILLER, last_name: last = NAME_FILLER } = texts.value;
  const filled = Object.entries({ ...texts.value, ...lists.value }).filter(
    ([, value]) => value.length > 0,
  );
  const body = { ...Object.fromEntries(filled), uid, first_name: first, last_name: last };
  return { ok: true, value: body };
}

export interface Change {
  /** As a fetch of the same call showed it. */
  readonly contact: WireContact;
  readonly fields: FieldValues;
  /** By path, the app's values both ends last agreed on; they tell a replaced value from one a person added. */
  readonly agreed: FieldValues;
}

/** The whole contact with our values in it. Emptied texts travel as '', for null may count as not said. */
export function shapePatch({ contact, fields, agreed }: Change): Shaped<PatchRequest> {
  const texts = shapeTexts(fields);
  if (!texts.ok) return texts;
  const lists = shapeLists(fields, contact, agreed);
  if (!lists.ok) return lists;
  const kept = [...TEXT_NAMES, 'trunk_group' as const].flatMap((name) =>
    contact[name].trim() === '' ? [] : [[name, contact[name]] as const],
  );
  return { ok: true, value: { ...Object.fromEntries(kept), ...texts.value, ...lists.value } };
}

function shapeTexts(fields: FieldValues): Shaped<Partial<Record<TextName, string>>> {
  const texts: Partial<Record<TextName, string>> = {};
  for (const [path, value] of Object.entries(fields)) {
    if (!isOfContact(path)) continue;
    const place = placeOf(path);
    if (place.kind !== 'text') continue;
    if (value !== null && typeof value !== 'string') return refuse(path, `${path} takes text.`);
    const line = singleLine(value ?? '');
    texts[place.name] = line === '' && isName(place.name) ? NAME_FILLER : line;
  }
  return { ok: true, value: texts };
}

/** Names, titles and companies are single lines at Dialpad. */
const singleLine = (text: string): string =>
  text.replaceAll(/\s*[\r\n\u2028\u2029]+\s*/g, ' ').trim();

/** Lists that are written, and those that a contact has: they would be cleared if they were left out. */
function shapeLists(
  fields: FieldValues,
  contact: WireContact | null,
  agreed: FieldValues,
): Shaped<Partial<Record<ListName, string[]>>> {
  const lists: Partial<Record<ListName, string[]>> = {};
  for (const name of LIST_NAMES) {
    const paths = { primary: `${name}.primary`, extra: `${name}.extra` };
    const current = contact === null ? [] : entriesOf(contact, name).map(spellings[name]);
    const isWritten = Object.values(paths).some((path) => fields[path] !== undefined);
    if (!isWritten && current.length === 0) continue;
    const primary = shapePrimary(name, fields[paths.primary]);
    if (!primary.ok) return primary;
    const extra = shapeExtra(name, fields[paths.extra]);
    if (!extra.ok) return extra;
    const { [paths.primary]: known = null } = agreed;
    const write = {
      primary: primary.value,
      extra: extra.value,
      agreed: typeof known === 'string' ? known : null,
    };
    lists[name] = [...mergeList(current, write, entryKeys[name])];
  }
  return { ok: true, value: lists };
}

function shapePrimary(name: ListName, value: Value | undefined): Shaped<string | null | undefined> {
  if (value === undefined) return { ok: true, value };
  if (value === null || value === '') return { ok: true, value: null };
  return shapeEntry(`${name}.primary`, value);
}

function shapeExtra(
  name: ListName,
  value: Value | undefined,
): Shaped<readonly string[] | undefined> {
  if (value === undefined) return { ok: true, value };
  const entries: string[] = [];
  for (const item of Array.isArray(value) ? (value as readonly string[]) : []) {
    const entry = shapeEntry(`${name}.extra`, item);
    if (!entry.ok) return entry;
    entries.push(entry.value);
  }
  const isList = value === null || Array.isArray(value);
  return isList ? { ok: true, value: entries } : refuse(`${name}.extra`, 'A list was expected.');
}

function shapeEntry(path: string, value: Value): Shaped<string> {
  if (typeof value !== 'string') return refuse(path, `${path} takes text.`);
  if (!path.startsWith('phones.')) return { ok: true, value: singleLine(value) };
  const number = toE164(value);
  return number === null ? refuse(path, NOT_E164) : { ok: true, value: number };
}

const NOT_E164 =
  'Dialpad takes phone numbers with their country code only (E.164, such as +14155550123). Correct the number, or give the field phone({ defaultCountry }).';

const PHONE = phone();
const EMAIL = email();

/** The number that is called, spelt out; null: there is none, or nobody can tell which it is. */
export function primaryNumber(contact: Pick<WireContact, 'phones'>): string | null {
  const [first] = contact.phones.filter((entry) => entry.trim() !== '');
  return first === undefined ? null : toE164(first);
}

/** `+14155550123`, without an extension, which Dialpad keeps elsewhere; null: not certain, so not a guess either. */
export function toE164(text: string): string | null {
  const parsed = PHONE.parse(text);
  const number = parsed.ok && typeof parsed.value === 'string' ? parsed.value : '';
  return /^(?<number>\+[1-9]\d{1,14})(?:;ext=.*)?$/.exec(number)?.groups?.['number'] ?? null;
}

/** People write numbers as they like, and Dialpad refuses to take such a one back: spelt out, it is the same number. */
const spellings: Readonly<Record<ListName, (entry: string) => string>> = {
  phones: (entry) => toE164(entry) ?? entry,
  emails: (entry) => entry,
  urls: (entry) => entry,
};

const entryKeys: Readonly<Record<ListName, EntryKey>> = {
  phones: (entry) => toE164(entry) ?? keyBy(PHONE, entry),
  emails: (entry) => keyBy(EMAIL, entry),
  urls: (entry) => entry,
};

/** A text that the type cannot read is equal to itself alone. */
function keyBy(type: FieldType, text: string): string {
  const parsed = type.parse(text);
  return parsed.ok ? type.key(parsed.value) : text;
}

const refuse = (path: string, reason: string): { ok: false; path: string; reason: string } => ({
  ok: false,
  path,
  reason,
});
