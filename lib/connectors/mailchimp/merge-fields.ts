/**
 * A value in the form its live merge field takes, decided before sending: one value of the wrong form
 * makes Mailchimp refuse the whole member, and text that is too long is cut without a word.
 * https://mailchimp.com/developer/marketing/docs/merge-fields/
 */
import type { Value } from '../../engine/value.ts';
import type { MergeFieldForm } from './wire.generated.ts';
import type { WireMergeField } from './wire.ts';

/** The audience's merge fields by tag. A user may rename, retype or delete them on any day. */
export type MergeFields = ReadonlyMap<string, WireMergeField>;

export type Formed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

/** The most bytes Mailchimp keeps of a text. */
export const TEXT_BYTES_MAX = 255;

type Former = (value: NonNullable<Value>, field: WireMergeField) => Formed<MergeFieldForm>;

const FORMERS: Readonly<Record<string, Former>> = {
  text: (value) => onText(value, (text) => ok(truncateBytes(text, TEXT_BYTES_MAX))),
  number: (value) => onText(value, formNumber),
  date: (value) => onText(value, formDate),
  birthday: (value) => onText(value, formBirthday),
  phone: (value) => onText(value, ok),
  zip: (value) => onText(value, formZip),
  url: (value) => onText(value, formUrl),
  imageurl: (value) => onText(value, formUrl),
  radio: formChoice,
  dropdown: formChoice,
  address: formAddress,
};

/** An empty string clears a field of any type. */
export function formMergeValue(field: WireMergeField, value: Value): Formed<MergeFieldForm> {
  if (value === null || value === '') return ok('');
  const former = FORMERS[field.type];
  return former === undefined
    ? no(`Merge field ${field.tag} has the type "${field.type}", which Trivet does not know.`)
    : former(value, field);
}

/** Cuts at a character boundary, as UTF-8, so that no half character is sent. */
export function truncateBytes(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= bytesMax) return text;
  let end = bytesMax;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

function onText(
  value: NonNullable<Value>,
  form: (text: string) => Formed<MergeFieldForm>,
): Formed<MergeFieldForm> {
  if (typeof value === 'boolean') return form(String(value));
  return typeof value === 'string' ? form(value) : no('The field takes one plain value.');
}

/** Sent as a JSON number where that loses no digit. */
function formNumber(text: string): Formed<MergeFieldForm> {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return no('The field takes a number.');
  return ok(String(Number(text)) === text ? Number(text) : text);
}

function formDate(text: string): Formed<MergeFieldForm> {
  const day = /^(\d{4}-\d{2}-\d{2})(?:$|[T ])/.exec(text)?.[1];
  return day === undefined ? no('The field takes a date (YYYY-MM-DD).') : ok(day);
}

/** MM/DD, also out of a whole date. */
function formBirthday(text: string): Formed<MergeFieldForm> {
  const parts = /^(?:\d{4}-)?(0[1-9]|1[0-2])[/-](0[1-9]|[12]\d|3[01])(?:$|[T ])/.exec(text);
  if (parts === null) return no('The field takes a birthday (MM/DD).');
  return ok(`${parts[1]}/${parts[2]}`);
}

function formZip(text: string): Formed<MergeFieldForm> {
  return /^\d{5}$/.test(text) ? ok(text) : no('The field takes a US ZIP code of five digits.');
}

/** Not truncated: half an address of a page leads somewhere else. */
function formUrl(text: string): Formed<MergeFieldForm> {
  const isWeb = URL.canParse(text) && /^https?:/i.test(text);
  if (!isWeb) return no('The field takes a web address (https://…).');
  const isShort = Buffer.byteLength(text) <= TEXT_BYTES_MAX;
  return isShort ? ok(text) : no(`The field takes at most ${TEXT_BYTES_MAX} bytes.`);
}

function formChoice(value: NonNullable<Value>, field: WireMergeField): Formed<MergeFieldForm> {
  const choices = field.options?.choices;
  return onText(value, (text) =>
    choices === undefined || choices.includes(text)
      ? ok(text)
      : no(`The field takes one of its choices: ${choices.join(', ')}.`),
  );
}

/** Mailchimp stores an incomplete address as nothing, or fails later writes of the member because of it. */
function formAddress(value: NonNullable<Value>): Formed<MergeFieldForm> {
  if (!isRecord(value)) return no('The field takes an address.');
  const part = (name: string): string => value[name]?.trim() ?? '';
  const [addr1, addr2, city] = [part('addr1'), part('addr2'), part('city')];
  const [state, zip, country] = [part('state'), part('zip'), part('country')];
  if (addr1 + addr2 + city + state + zip === '') return ok('');
  if (addr1 === '' || city === '' || state === '' || zip === '') {
    return no('The field takes a complete address: addr1, city, state and zip.');
  }
  return ok({
    addr1,
    ...(addr2 === '' ? {} : { addr2 }),
    city,
    state,
    zip,
    ...(country === '' ? {} : { country }),
  });
}

function isRecord(value: Value): value is { readonly [key: string]: string } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const ok = <T>(value: T): Formed<T> => ({ ok: true, value });
const no = (reason: string): { readonly ok: false; readonly reason: string } => ({
  ok: false,
  reason,
});
