/** What makes two match values the same: the normal form of their field's type. */
import { findMatchField } from '../engine/match-field.ts';
import type { SyncSpec } from '../engine/model.ts';
import type { Json } from '../engine/value.ts';

/** Null: it names nobody. */
export function createMatchForm({ fields }: SyncSpec): (raw: Json | undefined) => string | null {
  const field = findMatchField(fields);
  return (raw) => {
    const parsed = field?.type.parse(raw);
    return field === undefined || parsed?.ok !== true || parsed.value === null
      ? null
      : field.type.key(parsed.value);
  };
}
