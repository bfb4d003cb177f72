/**
 * Reads the body of a call that makes or changes a contact. What the description lists is taken, what it does
 * not list is passed over in silence. Schemas: CreateContactMessage, CreateContactMessageWithUid,
 * UpdateContactMessage of https://dialpad.com/static/openapi/platform-v1.0.json.
 */
import { isPlainObject } from '../simulation/json.ts';
import { allowed, badRequest, refused } from './errors.ts';
import type { DialpadError, Ruled } from './errors.ts';
import { listFields, textFields } from './model.ts';
import type { ListField, TextField } from './model.ts';

/** What is missing was not in the body; null was. */
export interface Draft {
  readonly texts: Readonly<Partial<Record<TextField, string | null>>>;
  readonly lists: Readonly<Partial<Record<ListField, readonly string[] | null>>>;
}

/** "[single-line only]" in the description. */
const singleLine: readonly TextField[] = ['company_name', 'first_name', 'job_title', 'last_name'];

/** "The phone number must be in e164 format." */
const e164 = /^\+[1-9]\d{1,14}$/;

/** People write numbers in the app as they like; callers of the API may not. */
export type Strictness = 'api' | 'person';

export function parseDraft(body: unknown, strictness: Strictness): Ruled<Draft> {
  if (!isPlainObject(body)) return refused(badRequest('The body must be a JSON object.'));
  const texts: Partial<Record<TextField, string | null>> = {};
  const lists: Partial<Record<ListField, readonly string[] | null>> = {};
  for (const field of textFields) {
    const value = body[field];
    if (value === undefined) continue;
    if (value !== null && typeof value !== 'string') return wrongType(field, 'a string');
    texts[field] = value;
  }
  for (const field of listFields) {
    const value = body[field];
    if (value === undefined) continue;
    if (value !== null && !isListOfTexts(value)) return wrongType(field, 'a list of strings');
    lists[field] = value;
  }
  const fault = strictness === 'api' ? findFault({ texts, lists }) : null;
  return fault === null ? allowed({ texts, lists }) : refused(fault);
}

const isListOfTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

function wrongType(field: string, type: string): ReturnType<typeof refused> {
  return refused(badRequest(`${field} must be ${type}.`));
}

function findFault({ texts, lists }: Draft): DialpadError | null {
  const broken = singleLine.find((field) => /[\r\n]/.test(texts[field] ?? ''));
  if (broken !== undefined) return badRequest(`${broken} must be a single line.`);
  const unnamed = (['first_name', 'last_name'] as const).find((field) => isBlank(texts[field]));
  if (unnamed !== undefined) return badRequest(`${unnamed} must not be empty.`);
  const phone = lists.phones?.find((number) => !e164.test(number));
  return phone === undefined ? null : badRequest(`Phone number ${phone} is not in e164 format.`);
}

const isBlank = (text: string | null | undefined): boolean =>
  typeof text === 'string' && text.trim() === '';

export const isE164 = (text: string): boolean => e164.test(text);

/** "required" for POST and PUT. */
export function findMissingName({ texts }: Draft): DialpadError | null {
  const missing = (['first_name', 'last_name'] as const).find(
    (field) => texts[field] === undefined || texts[field] === null,
  );
  return missing === undefined ? null : badRequest(`${missing} is required.`);
}
