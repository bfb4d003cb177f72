/**
 * The canonical text of a key. The capture function writes it, the replica reads it and every store
 * keeps it, so there is one expression for all: the column's text, or for several columns the JSON
 * array of their texts. Text forms depend on session settings; see session.ts.
 */
import type { CrmKey } from '../engine/model.ts';
import { quoteIdentifier } from './identifiers.ts';

export function keyExpression(alias: string, keyColumns: readonly string[]): string {
  const texts = keyColumns.map((column) => `${alias}.${quoteIdentifier(column)}::text`);
  const [only] = texts;
  if (texts.length === 1 && only !== undefined) return only;
  return `array_to_json(array[${texts.join(', ')}])::text`;
}

/** The texts of the key's columns. Throws on a composite key that is not ours: keys come from our own reads. */
export function keyTexts(key: CrmKey, columnCount: number): readonly string[] {
  if (columnCount === 1) return [key];
  const texts = parseTexts(key);
  if (texts === null || texts.length !== columnCount) {
    throw new Error(`${key} is not a key of ${columnCount} columns: a JSON array of texts.`);
  }
  return texts;
}

function parseTexts(key: string): readonly string[] | null {
  try {
    const parsed: unknown = JSON.parse(key);
    return Array.isArray(parsed) && parsed.every((text) => typeof text === 'string')
      ? parsed
      : null;
  } catch {
    return null;
  }
}

/** One array of texts per key column, as `unnest` takes them. */
export function keyArrays(keys: readonly CrmKey[], columnCount: number): readonly string[][] {
  const rows = keys.map((key) => keyTexts(key, columnCount));
  return Array.from({ length: columnCount }, (_, index) => rows.map((texts) => texts[index] ?? ''));
}
