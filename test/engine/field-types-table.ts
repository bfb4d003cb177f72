/** Examples of a field type as tables: one test per raw, named by the raw, for a person to read. */
import { isEquivalent } from '../../lib/engine/value.ts';
import type { FieldType, Json, Value } from '../../lib/engine/value.ts';

type Row = readonly [raw: Json | undefined, value: Value];

export function valueOf(type: FieldType, raw: Json | undefined): Value {
  const parsed = type.parse(raw);
  if (!parsed.ok) throw new Error(`refused: ${parsed.reason}`);
  return parsed.value;
}

export const reasonOf = (type: FieldType, raw: Json): string => {
  const parsed = type.parse(raw);
  return parsed.ok ? `not refused, but read as ${JSON.stringify(parsed.value)}` : parsed.reason;
};

export const means = (type: FieldType, a: Json, b: Json): boolean =>
  isEquivalent(type, valueOf(type, a), valueOf(type, b));

/** One test per row, named by the raw as JSON. */
export function reads(type: FieldType, rows: readonly Row[]): void {
  test.each(
    rows.map(
      ([raw, value]) =>
        [raw === undefined ? 'undefined' : JSON.stringify(raw), raw, value] as const,
    ),
  )('reads %s', (_name, raw, value) => {
    expect(valueOf(type, raw)).toEqual(value);
  });
}

export function refuses(type: FieldType, reason: RegExp, raws: readonly Json[]): void {
  test.each(raws.map((raw) => [JSON.stringify(raw), raw] as const))('refuses %s', (_name, raw) => {
    expect(reasonOf(type, raw)).toMatch(reason);
  });
}
