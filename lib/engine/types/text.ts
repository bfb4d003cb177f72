/**
 * Text: the value keeps the spelling it was typed in, and equivalence forgives what ends do to texts
 * on their own (Unicode composition, line ends, cutting at a byte limit).
 */
import type { FieldType } from '../value.ts';
import { held } from './parsed.ts';
import { createScalarType } from './scalar-type.ts';

export interface TextOptions {
  /** The app cuts longer texts at this many bytes of UTF-8, without a word. @default no limit */
  readonly maxBytes?: number;
}

/** The longest character of UTF-8: under a smaller limit a text could be cut to nothing and look empty. */
const BYTES_MIN = 4;

/**
 * Text with the limit of its app: `text(255)` for a Mailchimp text merge field, which is silently cut
 * to 255 bytes (https://mailchimp.com/developer/marketing/docs/merge-fields/). Our 300 bytes and the
 * 255 that come back are then equivalent, and nobody sends the rest again and again.
 */
export function text(limit: number | TextOptions = {}): FieldType<'text'> {
  const { maxBytes } = typeof limit === 'number' ? { maxBytes: limit } : limit;
  if (maxBytes !== undefined) requireByteLimit(maxBytes);
  return createScalarType({
    name: 'text',
    options: maxBytes === undefined ? {} : { maxBytes },
    read: held,
    fold: (value) => foldText(maxBytes === undefined ? value : truncateBytes(value, maxBytes)),
  });
}

/** The longest beginning of the text that fits into so many bytes of UTF-8 and ends between characters. */
export function truncateBytes(whole: string, maxBytes: number): string {
  // No UTF-16 unit needs more than three bytes, so most texts need no counting.
  if (whole.length * 3 <= maxBytes) return whole;
  let [bytes, units] = [0, 0];
  for (const character of whole) {
    bytes += utf8Length(character.codePointAt(0) ?? 0);
    if (bytes > maxBytes) return whole.slice(0, units);
    units += character.length;
  }
  return whole;
}

/** Cutting may have left a blank at the end, which the app trims; CRLF and LF are one line end. */
function foldText(cut: string): string {
  return cut.trimEnd().replace(/\r\n?/g, '\n').normalize('NFC');
}

function utf8Length(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}

function requireByteLimit(maxBytes: number): void {
  if (Number.isSafeInteger(maxBytes) && maxBytes >= BYTES_MIN) return;
  throw new RangeError(
    `text(): maxBytes is ${maxBytes}; give a whole number of at least ${BYTES_MIN}`,
  );
}
