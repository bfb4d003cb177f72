/** What changed since the shadow: observed − shadow, per field and end. Empty = nothing happened. */
import type { End, FieldSpec, Pair, Shadow, SideOf } from './model.ts';
import { isEquivalent, type Value } from './value.ts';

/** How a field stands at both ends against its pair. */
export type Standing =
  /** No pair: this field meets for the first time. */
  | 'first'
  | 'unchanged'
  /** Neither end changed it, yet the halves of the pair differ and no end is known to have rewritten it: nothing was agreed. */
  | 'uneven'
  | 'crm-changed'
  | 'app-changed'
  | 'both-equal'
  | 'both-differ';

export function standing(
  field: FieldSpec,
  pair: Pair | undefined,
  crm: Value,
  app: Value,
): Standing {
  if (pair === undefined) return 'first';
  const crmChanged = !isEquivalent(field.type, pair.c, crm);
  const appChanged = !isEquivalent(field.type, pair.r, app);
  if (!crmChanged && !appChanged) return isAgreed(field, pair) ? 'unchanged' : 'uneven';
  if (crmChanged && appChanged) {
    return isEquivalent(field.type, crm, app) ? 'both-equal' : 'both-differ';
  }
  return crmChanged ? 'crm-changed' : 'app-changed';
}

/** A pair is an agreement when its halves mean the same, or when an end is known to store what it likes. */
const isAgreed = (field: FieldSpec, pair: Pair): boolean =>
  pair.rewrittenBy !== undefined ||
  pair.dropped === true ||
  isEquivalent(field.type, pair.c, pair.r);

/** Whether one end's observation says anything the shadow does not know. */
export function hasDelta(
  fields: readonly FieldSpec[],
  shadow: Shadow | null,
  end: End,
  side: SideOf<string>,
): boolean {
  if (shadow === null) return true;
  const half = end === 'crm' ? 'c' : 'r';
  if (shadow.existence[half] !== side.existence) return true;
  if (side.existence !== 'present') return false;
  return fields.some((field) => {
    if (side.broken[field.fingerprint] !== undefined) return true;
    const now = side.fields[field.fingerprint];
    if (now === undefined) return false;
    const pair = shadow.pairs[field.fingerprint];
    return pair === undefined || !isEquivalent(field.type, pair[half], now);
  });
}
