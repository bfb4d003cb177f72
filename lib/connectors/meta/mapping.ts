/**
 * From a person's values to a row of cells in the order of the schema. An unknown value is an empty cell, never
 * a missing one.
 * https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users
 */
import type { Value } from '../../engine/value.ts';
import { digest } from './hash.ts';
import { type AudienceKey, isHashedKey } from './keys.ts';
import type { Normal } from './normal.ts';
import { unusable } from './normal.ts';
import { normalise } from './normalise.ts';
import { normaliseCountry } from './places.ts';

/** Which columns an audience has, and where people live whose country is not known. */
export interface RowForm {
  readonly keys: readonly AudienceKey[];
  /** Two letters in lower case. */
  readonly defaultCountry: string | null;
  readonly thisYear: number;
}

export type PersonValues = Readonly<Partial<Record<AudienceKey, Value>>>;

export interface ShapedRow {
  readonly cells: readonly string[];
  /** Values that were left out, and why; to be shown, for they make people hard to find. */
  readonly unusable: readonly { readonly key: AudienceKey; readonly reason: string }[];
  /** Nothing is left to find anybody by: the row must not be sent. */
  readonly isEmpty: boolean;
}

export function shapeRow(form: RowForm, values: PersonValues): ShapedRow {
  const country = countryOf(values) ?? form.defaultCountry;
  const surroundings = { country, thisYear: form.thisYear };
  const normals = form.keys.map((key) => ({
    key,
    normal: normalOf(key, values[key], surroundings),
  }));
  const cells = normals.map(({ key, normal }) => toCell(key, normal));
  return {
    cells,
    unusable: normals.flatMap(({ key, normal }) =>
      normal.kind === 'unusable' ? [{ key, reason: normal.reason }] : [],
    ),
    isEmpty: cells.every((cell) => cell === ''),
  };
}

function normalOf(
  key: AudienceKey,
  value: Value | undefined,
  surroundings: Parameters<typeof normalise>[2],
): Normal {
  if (value === null || value === undefined) return { kind: 'empty' };
  if (typeof value === 'string') return normalise(key, value, surroundings);
  return unusable('A single text was expected.');
}

export function toCell(key: AudienceKey, normal: Normal): string {
  if (normal.kind === 'digest') return normal.digest;
  if (normal.kind !== 'text') return '';
  return isHashedKey(key) ? digest(normal.text) : normal.text;
}

/** Also where the country is no column of the audience, it tells how phone numbers and post codes are meant. */
function countryOf({ COUNTRY: value }: PersonValues): string | null {
  const normal = typeof value === 'string' ? normaliseCountry(value) : null;
  return normal?.kind === 'text' ? normal.text : null;
}

/**
 * Limited Data Use, for people in states of the USA that ask for it. It holds for one person in one audience
 * and has to be said in each upload.
 */
export type DataUse =
  | { readonly kind: 'full' }
  /** Meta finds out where the person is. */
  | { readonly kind: 'limited' }
  /** Meta's numbers: country 1 is the USA, state 1000 California. */
  | { readonly kind: 'limited-in'; readonly country: number; readonly state: number };

export const DATA_USE_KEYS = [
  'DATA_PROCESSING_OPTIONS',
  'DATA_PROCESSING_OPTIONS_COUNTRY',
  'DATA_PROCESSING_OPTIONS_STATE',
] as const;

export type Cell = string | number | readonly string[];

/** The cells of the three columns. */
export function dataUseCells(use: DataUse): readonly Cell[] {
  if (use.kind === 'full') return [[], 0, 0];
  return use.kind === 'limited' ? [['LDU'], 0, 0] : [['LDU'], use.country, use.state];
}
