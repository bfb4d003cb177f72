/**
 * The frame of every type whose raws are one text (or a JSON number or boolean, read as its text):
 * the blank raws are empty at either end, everything else is for the type to read.
 */
import { canonicalJson } from '../fingerprint.ts';
import type { FieldType, Json, Parsed, Value } from '../value.ts';
import { held, refused } from './parsed.ts';
import { textOfRaw } from './raw-text.ts';

export interface ScalarReading<Name extends string> {
  readonly name: Name;
  readonly options?: Json;
  /** Reads a text that is clean and not empty. */
  readonly read: (text: string) => Parsed;
  /** What two values must share to mean the same. @default the value itself */
  readonly fold?: (text: string) => string;
}

export function createScalarType<const Name extends string>({
  name,
  options,
  read,
  fold,
}: ScalarReading<Name>): FieldType<Name> {
  return {
    name,
    options: options ?? {},
    parse: (raw) => readScalar(raw, read),
    key: (value) => scalarKey(value, fold),
  };
}

function readScalar(raw: Json | undefined, read: ScalarReading<string>['read']): Parsed {
  const text = textOfRaw(raw);
  if (text === undefined) return refused('A single value was expected, not a list or an object.');
  return text === null ? held(null) : read(text);
}

/** Empty has the key '' and nothing else has. Values of another type's shape get a key too: keys are total. */
function scalarKey(value: Value, fold: ScalarReading<string>['fold']): string {
  if (value === null) return '';
  const text = typeof value === 'string' ? value : canonicalJson(value);
  return fold ? fold(text) : text;
}
