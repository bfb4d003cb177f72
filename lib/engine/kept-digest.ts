/**
 * Values of which only a keyed digest is kept (`pii: 'digest'`). A kept value is a value of its own form that no field
 * type produces; the field's type is wrapped so that both forms have the same key, and so compare alike. Pure: the
 * keyed hash is an argument.
 */
import type { FieldSpec, Pair, ParkedField, RecordState } from './model.ts';
import { isEmpty, type FieldType, type Value } from './value.ts';

const MARK = '#';

type KeyedHash = (text: string) => string;

export const isKept = (value: Value | undefined): boolean => digestIn(value) !== null;

function digestIn(value: Value | undefined): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const parts: { readonly [name: string]: unknown } = value as { readonly [key: string]: string };
  const digest = parts[MARK];
  return typeof digest === 'string' ? digest : null;
}

/** The field as it is judged where only digests of it are remembered. */
export const asKept = (field: FieldSpec, hash: KeyedHash): FieldSpec =>
  field.pii === undefined ? field : { ...field, type: keptType(field, hash) };

function keptType({ type, fingerprint }: FieldSpec, hash: KeyedHash): FieldType {
  return {
    name: type.name,
    options: type.options,
    parse: (raw) => {
      const parsed = type.parse(raw);
      // Reasons show what was found, and reasons are kept.
      return parsed.ok ? parsed : { ok: false, reason: `it is no ${type.name}` };
    },
    // Of two fields one value has two digests: equal values of different fields tell nobody anything.
    key: (value) => digestIn(value) ?? hash(`${fingerprint}\n${type.key(value)}`),
  };
}

/** What is kept of a value: of an empty one, that it is empty. Of a field that `asKept` wrapped. */
export const keepValue = ({ pii, type }: FieldSpec, value: Value): Value =>
  pii === undefined || isEmpty(value) || isKept(value) ? value : { [MARK]: type.key(value) };

export const keepPair = (field: FieldSpec, pair: Pair): Pair => ({
  ...pair,
  c: keepValue(field, pair.c),
  r: keepValue(field, pair.r),
});

const keepParked = (field: FieldSpec, parked: ParkedField): ParkedField => ({
  ...parked,
  crm: keepValue(field, parked.crm),
  app: keepValue(field, parked.app),
  base: parked.base === null ? null : keepPair(field, parked.base),
});

/** A record as it is stored. */
export function keepRecord(fields: readonly FieldSpec[], state: RecordState): RecordState {
  const digested = fields.filter(({ pii }) => pii !== undefined);
  const { shadow, intent } = state;
  return {
    ...state,
    shadow: shadow === null ? null : { ...shadow, pairs: each(digested, shadow.pairs, keepPair) },
    intent:
      intent === null
        ? null
        : {
            ...intent,
            toApp: each(digested, intent.toApp, keepValue),
            toCrm: each(digested, intent.toCrm, keepValue),
          },
    parked: each(digested, state.parked, keepParked),
  };
}

function each<T>(
  fields: readonly FieldSpec[],
  named: Readonly<Record<string, T>>,
  keep: (field: FieldSpec, value: T) => T,
): Readonly<Record<string, T>> {
  const kept = { ...named };
  for (const field of fields) {
    const value = named[field.fingerprint];
    if (value !== undefined) kept[field.fingerprint] = keep(field, value);
  }
  return kept;
}
