/**
 * Which generation of this code wrote an item (protocol trap P11). Overlapping deployments are normal;
 * without this the older one would drop what the newer one added to the same item.
 */
import { NewerItem } from '../ports/state.ts';
import type { ItemKey } from './table-keys.ts';

/** Raise it whenever older code would misread or lose what the new code stores. */
export const itemRevision = 1;

export function requireKnownRevision(key: ItemKey, revision: number): void {
  if (revision > itemRevision) throw new NewerItem(`${key.pk} ${key.sk}`, revision, itemRevision);
}
