/** What names a person at the app. */
import type { FieldSpec } from './model.ts';

/** The field that names a person at the app. A configuration has one; undefined where fields were left out. */
export const findMatchField = (fields: readonly FieldSpec[]): FieldSpec | undefined =>
  fields.find(({ role }) => role === 'match');
