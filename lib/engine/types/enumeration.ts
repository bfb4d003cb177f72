/**
 * Enumeration: one of the words given to it, for Mailchimp's radio and dropdown fields and for enum
 * columns. Ends differ in case and blanks, so a word is recognised without them and written as listed.
 */
import type { FieldType, Parsed } from '../value.ts';
import { held, quoted, refused } from './parsed.ts';
import { cleanText } from './raw-text.ts';
import { createScalarType } from './scalar-type.ts';

export function enumeration(values: readonly string[]): FieldType<'enum'> {
  const words = new Map(values.map((value) => [foldWord(cleanText(value)), cleanText(value)]));
  if (words.size === 0) throw new RangeError('enumeration(): give at least one word');
  if (words.size < values.length || words.has('')) {
    throw new RangeError('enumeration(): a word is blank, or two words differ in case only');
  }
  return createScalarType({
    name: 'enum',
    options: [...words.values()],
    read: (text) => readWord(text, words),
  });
}

function readWord(text: string, words: ReadonlyMap<string, string>): Parsed {
  const value = words.get(foldWord(text));
  if (value !== undefined) return held(value);
  return refused(`${quoted(text)} is none of ${[...words.values()].map(quoted).join(', ')}.`);
}

const foldWord = (word: string): string => word.normalize('NFC').toLowerCase();
