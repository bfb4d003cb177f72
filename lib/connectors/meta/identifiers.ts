/**
 * The identifiers by which Meta finds a person, in the short form in which they are kept: a letter for the key, and
 * the hash in base64url, which is a third shorter than in hexadecimal. Pure.
 *
 * An EXTERN_ID is none of them: what Meta remembers of it is gone after 90 days, so nobody could be taken out by it.
 * https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences
 */
import type { AudienceKey } from './keys.ts';

export const TELLING_KEYS = ['EMAIL', 'PHONE', 'MADID'] as const;
export type TellingKey = (typeof TELLING_KEYS)[number];

const LETTERS: Readonly<Record<TellingKey, string>> = { EMAIL: 'e', PHONE: 'p', MADID: 'm' };

/** Of a row's cells in the order of the keys; empty cells identify nobody. */
export function identifiersIn(
  keys: readonly AudienceKey[],
  cells: readonly string[],
): readonly string[] {
  return TELLING_KEYS.flatMap((key) => {
    const cell = cells[keys.indexOf(key)] ?? '';
    return cell === '' ? [] : [LETTERS[key] + pack(key, cell)];
  });
}

/** The row that takes these identifiers out: a cell for each telling key, empty where there is none. */
export function cellsOf(ids: readonly string[]): readonly string[] {
  return TELLING_KEYS.map((key) => {
    const id = ids.find((each) => each.startsWith(LETTERS[key]));
    return id === undefined ? '' : unpack(key, id.slice(1));
  });
}

/** A record may have had two addresses while a change was on its way: then it takes a row for each. */
export function rowsOf(ids: readonly string[]): readonly (readonly string[])[] {
  const byKey = TELLING_KEYS.map((key) => ids.filter((id) => id.startsWith(LETTERS[key])));
  const count = Math.max(0, ...byKey.map(({ length }) => length));
  return Array.from({ length: count }, (_, index) =>
    cellsOf(byKey.flatMap((same) => same[index] ?? [])),
  );
}

const pack = (key: TellingKey, cell: string): string =>
  key === 'MADID' ? cell : Buffer.from(cell, 'hex').toString('base64url');

const unpack = (key: TellingKey, text: string): string =>
  key === 'MADID' ? text : Buffer.from(text, 'base64url').toString('hex');
