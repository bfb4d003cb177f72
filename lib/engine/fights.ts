/**
 * A fight: three times in a day we wrote a value and found again what had been there before. A person
 * toggling a field is no fight, however often; what counts is that the *written* end undoes our write.
 */
import { digest } from './hash.ts';
import type { End, FieldSpec, FightMemory } from './model.ts';
import { isEquivalent, type Value } from './value.ts';

export const FIGHT_REVERTS_MAX = 3;
export const FIGHT_WINDOW_MS = 24 * 60 * 60 * 1000;

export type Fights = Readonly<Record<string, FightMemory>>;

export const fightName = (field: FieldSpec, end: End): string => `${end}:${field.fingerprint}`;

/**
 * Remembers what a write replaced. A write that puts the owner's value back over a change is already
 * the answer to one revert; a first write of a shared field is the answer to none.
 */
export function rememberWrite(
  fights: Fights,
  write: { field: FieldSpec; end: End; replaced: Value; isPutBack: boolean; now: number },
): Fights {
  const { field, end, replaced, isPutBack, now } = write;
  if (field.owner !== 'shared' && !isPutBack) return fights;
  const name = fightName(field, end);
  const before = digest(field.type.key(replaced));
  const old = fights[name];
  if (old !== undefined && old.before === before && now - old.since <= FIGHT_WINDOW_MS)
    return fights;
  return { ...fights, [name]: { before, reverts: isPutBack ? 1 : 0, since: now } };
}

/** Counts a revert when `end` moved away from `agreed` and shows again what our write had replaced. */
export function countRevert(
  fights: Fights,
  change: { field: FieldSpec; end: End; agreed: Value; shown: Value; now: number },
): Fights {
  const { field, end, agreed, shown, now } = change;
  const name = fightName(field, end);
  const memory = fights[name];
  if (memory === undefined || isEquivalent(field.type, agreed, shown)) return fights;
  if (memory.before !== digest(field.type.key(shown))) return fights;
  const isOver = now - memory.since > FIGHT_WINDOW_MS;
  const next = isOver
    ? { ...memory, reverts: 1, since: now }
    : { ...memory, reverts: memory.reverts + 1 };
  return { ...fights, [name]: next };
}

export const isFight = (fights: Fights, field: FieldSpec, end: End): boolean =>
  (fights[fightName(field, end)]?.reverts ?? 0) >= FIGHT_REVERTS_MAX;
