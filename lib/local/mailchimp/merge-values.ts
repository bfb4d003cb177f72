/**
 * Merge field values: what each type accepts, what it stores, and the words of its refusal. Pure.
 * https://mailchimp.com/developer/marketing/docs/merge-fields/
 */
import type { MergeField, MergeFieldType, MergeValue, PostalAddress } from './model.ts';
import { allowed, invalidMergeFields, invalidShape, refused } from './problems.ts';
import type { FieldError, Ruled } from './problems.ts';

/** A text field silently keeps the first 255 bytes. */
export const textBytesMax = 255;

type Read = { readonly value: MergeValue } | { readonly error: string };
type Reader = (input: unknown, field: MergeField) => Read;

const readers: Record<MergeFieldType, Reader> = {
  text: (input) => ({ value: truncateBytes(textOf(input), textBytesMax) }),
  number: readNumber,
  address: readAddress,
  phone: readPhone,
  date: readDate,
  url: readUrl,
  imageurl: readUrl,
  radio: readChoice,
  dropdown: readChoice,
  birthday: readBirthday,
  zip: readZip,
};

/** Values by merge tag, merged key by key into the stored ones; one bad field refuses them all. */
export function mergeValues(
  stored: Readonly<Record<string, MergeValue>>,
  sent: Readonly<Record<string, unknown>>,
  fields: readonly MergeField[],
): Ruled<Record<string, MergeValue>> {
  const merged: Record<string, MergeValue> = { ...stored };
  const errors: FieldError[] = [];
  for (const field of fields) {
    // Tags the audience does not know are ignored without a word.
    if (!Object.hasOwn(sent, field.tag)) continue;
    const misfit = describeMisfit(sent[field.tag], field.type);
    if (misfit !== null) return refused(invalidShape(`merge_fields.${field.tag}`, misfit));
    const read = readValue(sent[field.tag], field);
    if ('error' in read) errors.push({ field: field.tag, message: read.error });
    else merged[field.id] = read.value;
  }
  return errors.length === 0 ? allowed(merged) : refused(invalidMergeFields(errors));
}

/** Required fields without a value. The check looks at what would be stored, not only at what was sent. */
export function findMissing(
  values: Readonly<Record<string, MergeValue>>,
  fields: readonly MergeField[],
): readonly FieldError[] {
  return fields
    .filter((field) => field.isRequired && (values[field.id] ?? '') === '')
    .map((field) => ({ field: field.tag, message: 'Please enter a value' }));
}

/** Cuts at a character boundary, as a UTF-8 column does. */
export function truncateBytes(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= bytesMax) return text;
  let end = bytesMax;
  // Bytes of the form 10xxxxxx continue a character; step back to where one begins.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

function readValue(input: unknown, field: MergeField): Read {
  return input === '' ? { value: '' } : readers[field.type](input, field);
}

/** JSON of the wrong kind is refused before the field's own rules look at it. */
function describeMisfit(input: unknown, type: MergeFieldType): string | null {
  if (typeof input === 'string' || typeof input === 'number') return null;
  const kind = input === null ? 'NULL' : Array.isArray(input) ? 'array' : typeof input;
  if (kind === 'object' && type === 'address') return null;
  return `Schema describes ${type === 'address' ? 'object' : 'string'}, ${kind} found instead`;
}

function textOf(input: unknown): string {
  return typeof input === 'number' ? String(input) : (input as string);
}

function readNumber(input: unknown): Read {
  const text = textOf(input).trim();
  const isNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text);
  return isNumber ? { value: Number(text) } : { error: 'Please enter a number' };
}

function readAddress(input: unknown): Read {
  const incomplete = { error: 'Please enter a complete address' };
  if (typeof input !== 'object' || input === null) return incomplete;
  const part = (name: keyof PostalAddress): string => {
    const value = (input as Record<string, unknown>)[name];
    return typeof value === 'string' ? value.trim() : '';
  };
  const address = {
    addr1: part('addr1'),
    addr2: part('addr2'),
    city: part('city'),
    state: part('state'),
    zip: part('zip'),
    country: part('country') || 'US',
  };
  const isComplete = address.addr1 && address.city && address.state && address.zip;
  return isComplete ? { value: address } : incomplete;
}

/** International numbers are stored letter by letter; how the US form rewrites is unknown, so it only checks. */
function readPhone(input: unknown, field: MergeField): Read {
  const text = textOf(input);
  if (field.options.phone_format !== 'US') return { value: text };
  const digits = text.replace(/\D/g, '').replace(/^1(?=\d{10}$)/, '');
  return digits.length === 10 ? { value: text } : { error: 'Please enter a valid phone number' };
}

const datePatterns: readonly [RegExp, readonly [number, number, number]][] = [
  [/^(\d{4})[-/](\d{1,2})[-/](\d{1,2})$/, [1, 2, 3]],
  [/^(\d{1,2})-(\d{1,2})-(\d{4})$/, [3, 2, 1]],
  [/^(\d{1,2})\/(\d{1,2})\/(\d{4})$/, [3, 1, 2]],
];

function readDate(input: unknown): Read {
  const text = textOf(input).trim();
  for (const [pattern, [year, month, day]] of datePatterns) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const pad = (index: number): string => (match[index] ?? '').padStart(2, '0');
    const value = `${match[year]}-${pad(month)}-${pad(day)}`;
    if (isCalendarDay(value)) return { value };
  }
  return { error: 'Please enter a valid date' };
}

function isCalendarDay(iso: string): boolean {
  const ms = Date.parse(`${iso}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(iso);
}

function readBirthday(input: unknown): Read {
  const match = /^(\d{1,2})\/(\d{1,2})$/.exec(textOf(input).trim());
  const value = `${match?.[1]?.padStart(2, '0')}/${match?.[2]?.padStart(2, '0')}`;
  // 2024 was a leap year, so 29 February is a birthday.
  const isDay = match !== null && isCalendarDay(`2024-${value.replace('/', '-')}`);
  return isDay ? { value } : { error: 'Please enter a month (01-12) and a day (01-31)' };
}

function readZip(input: unknown): Read {
  const text = textOf(input).trim();
  return /^\d{5}$/.test(text) ? { value: text } : { error: 'Please enter a zip code (5 digits)' };
}

function readUrl(input: unknown): Read {
  const text = textOf(input).trim();
  const isUrl = /^https?:\/\//i.test(text) && URL.canParse(text);
  return isUrl ? { value: text } : { error: 'Please enter a valid URL' };
}

function readChoice(input: unknown, field: MergeField): Read {
  const text = textOf(input);
  const isChoice = (field.options.choices ?? []).includes(text);
  return isChoice ? { value: text } : { error: 'Please enter a value from the list' };
}
