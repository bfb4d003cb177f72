/**
 * Raws as text: what both ends can carry, or nothing.
 *
 * Postgres refuses NUL and JSON in UTF-8 has no lone surrogates, so a text holding one could never
 * arrive at the other end and would be sent for ever. NUL is dropped, because nobody ever saw it; a
 * lone surrogate becomes U+FFFD, because that is what every UTF-8 encoder makes of it on the way.
 */
import type { Json } from '../value.ts';

/**
 * Well-formed, without NUL, trimmed. "Trimmed" is ECMAScript's: Unicode spaces, line ends, tabs,
 * no-break spaces and the byte order mark at either end; zero-width spaces are characters.
 */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '').trim();
}

/** The clean text of a primitive raw, null when it is empty, undefined when it is a list or an object. */
export function textOfRaw(raw: Json | undefined): string | null | undefined {
  if (raw === null || raw === undefined) return null;
  if (typeof raw === 'object') return undefined;
  return cleanText(String(raw)) || null;
}
