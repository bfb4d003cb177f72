/** How values are shown of which the description leaves it open: those that are not there, and numbers. */
import type { Settings } from './settings.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Fields without a value; every one of them may be null, says the description. */
export function showFields(fields: Fields, { emptyFields }: Settings): Fields {
  const shown = Object.entries(fields).flatMap(([name, value]) => {
    const isEmptyList = Array.isArray(value) && value.length === 0;
    if (value !== undefined && !isEmptyList) return [[name, value]];
    if (emptyFields === 'omitted') return [];
    if (emptyFields === 'null') return [[name, null]];
    return [[name, isEmptyList ? [] : '']];
  });
  return Object.fromEntries(shown) as Fields;
}

export function showNumber(number: number | string, { numberIds }: Settings): number | string {
  return numberIds === 'number' ? Number(number) : String(number);
}
