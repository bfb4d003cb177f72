/**
 * Tags: a set of words, sorted. Case does not tell two tags apart, because Mailchimp does not keep it
 * reliably; of several spellings the first one read stays.
 *
 * The empty set's normal form is `[]`, not null: written to a `NOT NULL DEFAULT '{}'` column a null
 * would be refused, and both have the same key.
 */
import type { FieldType, Json, Parsed, Value } from '../value.ts';
import { parsePostgresArray } from './postgres-array.ts';
import { held, refused } from './parsed.ts';
import { textOfRaw } from './raw-text.ts';
import { foldTag, normalTags } from './tag-set.ts';

export { setDifference, threeWayUnion } from './tag-set.ts';

const NO_LIST = 'A list of tags was expected.';

/** Accepts JSON lists of words, Mailchimp's `[{id, name}]`, and the texts of Postgres `text[]` and `jsonb` columns. */
export function tags(): FieldType<'tags'> {
  return { name: 'tags', options: {}, parse: readTags, key: keyOfTags };
}

/** A tags value as a list: empty when there is none. */
export const tagsOf = (value: Value): readonly string[] =>
  Array.isArray(value) ? (value as readonly string[]) : [];

function keyOfTags(value: Value): string {
  const folded = new Set(tagsOf(value).map(foldTag));
  return folded.size === 0 ? '' : JSON.stringify([...folded].sort());
}

function readTags(raw: Json | undefined): Parsed {
  const list = listOf(raw);
  if (!list) return refused(NO_LIST);
  const names = list.map(nameOf);
  if (names.includes(undefined))
    return refused('A tag is neither a word nor an object with a name.');
  return held(normalTags(names.filter((name) => typeof name === 'string')));
}

function listOf(raw: Json | undefined): readonly Json[] | null {
  if (Array.isArray(raw)) return raw as readonly Json[];
  const text = textOfRaw(raw);
  if (text === null) return [];
  return text === undefined ? null : listOfText(text);
}

/** Words between commas are not taken for a list: a tag may contain a comma. */
function listOfText(text: string): readonly Json[] | null {
  return parsePostgresArray(text) ?? (text.startsWith('[') ? parseJsonList(text) : null);
}

function parseJsonList(text: string): readonly Json[] | null {
  try {
    return JSON.parse(text) as readonly Json[];
  } catch {
    return null;
  }
}

/** The tag's word; null when there is none, undefined when the item is no tag. */
function nameOf(item: Json): string | null | undefined {
  const isTagObject = typeof item === 'object' && item !== null && 'name' in item;
  return textOfRaw(isTagObject ? item.name : item);
}
