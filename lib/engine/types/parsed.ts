/**
 * The two ways a parse can end.
 *
 * Reasons travel into state, history and logs, so they name the rule that was broken and never the
 * person's value. Only where a closed list of words was expected is the offending word quoted: without
 * it nobody can tell what to add to the list.
 */
import type { Parsed, Value } from '../value.ts';

const WORD_LENGTH_MAX = 40;

export const held = (value: Value): Parsed => ({ ok: true, value });

export const refused = (reason: string): Parsed => ({ ok: false, reason });

/** A word in quotation marks, cut between characters: half a surrogate pair cannot be stored. */
export function quoted(word: string): string {
  const characters = Array.from(word);
  const cut = characters.length > WORD_LENGTH_MAX;
  return `"${characters.slice(0, WORD_LENGTH_MAX).join('')}${cut ? '…' : ''}"`;
}
