/**
 * A record as Meta is told of it: cells in the order of the schema, the identifiers among them, and a digest by which
 * a row that Meta knows already is told from one it does not. Pure.
 */
import { createHash } from 'node:crypto';
import type { Encoded } from '../../engine/ledger.ts';
import type { Json, Value } from '../../engine/value.ts';
import { identifiersIn } from './identifiers.ts';
import { AUDIENCE_KEYS, type AudienceKey } from './keys.ts';
import {
  DATA_USE_KEYS,
  dataUseCells,
  shapeRow,
  type DataUse,
  type PersonValues,
} from './mapping.ts';

/** A whole date of birth; Meta has a key for each of its three parts. */
const BIRTH = 'DOB';
const BIRTH_PARTS = ['DOBY', 'DOBM', 'DOBD'] as const;
export interface Form {
  readonly keys: readonly AudienceKey[];
  /** Keys, and the columns of Limited Data Use where they are used: what `schema` says. */
  readonly schema: readonly string[];
  readonly defaultCountry: string | null;
  /** Of everybody of whom no column says something else; null: the columns are not sent. */
  readonly dataUse: DataUse | null;
}

export interface FormSetup {
  /** The mapped paths. */
  readonly paths: readonly string[];
  readonly country: string | undefined;
  readonly limitedDataUse: boolean | { readonly country: number; readonly state: number };
}

export function formOf({ paths, country, limitedDataUse }: FormSetup): Form {
  const mapped = new Set([...paths, ...(paths.includes(BIRTH) ? BIRTH_PARTS : [])]);
  const keys = AUDIENCE_KEYS.filter((key) => mapped.has(key));
  const isLimited = limitedDataUse !== false || DATA_USE_KEYS.some((key) => mapped.has(key));
  return {
    keys,
    schema: [...keys, ...(isLimited ? DATA_USE_KEYS : [])],
    defaultCountry: country?.toLowerCase() ?? null,
    dataUse: isLimited ? usualUse(limitedDataUse) : null,
  };
}

function usualUse(limited: FormSetup['limitedDataUse']): DataUse {
  if (typeof limited === 'object') return { kind: 'limited-in', ...limited };
  return { kind: limited ? 'limited' : 'full' };
}

export function encode(form: Form, values: Readonly<Record<string, Value>>, now: number): Encoded {
  const thisYear = new Date(now).getUTCFullYear();
  const { keys, defaultCountry, dataUse } = form;
  const row = shapeRow({ keys, defaultCountry, thisYear }, personOf(values));
  const ids = identifiersIn(keys, row.cells);
  if (ids.length === 0) {
    const [first] = row.unusable;
    const why = first === undefined ? '' : ` (${first.key}: ${first.reason})`;
    const reason = `the row has no e-mail address, phone number or device that Meta could find anybody by${why}`;
    return { kind: 'nobody', reason };
  }
  const use = dataUse === null ? [] : dataUseCells(useOf(values) ?? dataUse);
  const cells: readonly Json[] = [...row.cells, ...use.map(plain)];
  return { kind: 'row', row: { ids, digest: digestOf(form.schema, cells), cells } };
}

const plain = (cell: ReturnType<typeof dataUseCells>[number]): Json =>
  typeof cell === 'object' ? [...cell] : cell;

/** 128 bits: two rows of one person do not meet by chance. */
function digestOf(schema: readonly string[], cells: readonly Json[]): string {
  const text = JSON.stringify([schema, cells]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

function personOf(values: Readonly<Record<string, Value>>): PersonValues {
  const birth = values[BIRTH] ?? null;
  const parts = birth === null ? {} : Object.fromEntries(BIRTH_PARTS.map((key) => [key, birth]));
  const own = AUDIENCE_KEYS.flatMap((key) => {
    const value = values[key] ?? null;
    return value === null ? [] : [[key, value] as const];
  });
  return { ...parts, ...(Object.fromEntries(own) as PersonValues) };
}

/** What the record's own columns say; null: nothing. */
function useOf(values: Readonly<Record<string, Value>>): DataUse | null {
  const [option, country, state] = DATA_USE_KEYS.map((key) => values[key] ?? null);
  if (option === null || option === undefined) return null;
  const isOn =
    option === true || (typeof option === 'string' && option.trim().toUpperCase() === 'LDU');
  if (!isOn) return { kind: 'full' };
  const [inCountry, inState] = [Number(country ?? 0), Number(state ?? 0)];
  return inCountry > 0 && inState > 0
    ? { kind: 'limited-in', country: inCountry, state: inState }
    : { kind: 'limited' };
}
