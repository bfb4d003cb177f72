/**
 * A fight: three times in a day we wrote a value and found again what had been there before. A person
 * toggling a field is no fight, however often; what counts is that the *written* end undoes our write.
 */
import { digest } from './hash.ts';
import { SAME_MOMENT_MS } from './merge.ts';
import type { End, FieldSpec, FightMemory } from './model.ts';
import { isEquivalent, type Value } from './value.ts';

export const FIGHT_REVERTS_MAX = 3;
export const FIGHT_WINDOW_MS = 24 * 60 * 60 * 1000;

/** Marks a memory whose revert was counted, until we write again. No digest contains it. */
const COUNTED = '!';

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
  const isSame = old !== undefined && [before, counted(before)].includes(old.before);
  const memory: FightMemory =
    isSame && !isOver(old, now)
      ? { ...old, before }
      : { before, reverts: isPutBack ? 1 : 0, since: now };
  return { ...fights, [name]: memory };
}

/** One write of ours can be undone once: a person who goes on toggling the field alone fights nobody. */
const counted = (before: string): string => `${COUNTED}${before}`;

export interface EndChange {
  readonly field: FieldSpec;
  readonly end: End;
  readonly agreed: Value;
  readonly shown: Value;
  /** When the record changed there, epoch ms, or null when unknown. */
  readonly changedAt: number | null;
  /** When our last write to the record ended. */
  readonly wroteAt: number | null;
  readonly now: number;
}

/**
 * Counts a revert when `end` moved away from `agreed` and shows again what our write had replaced. A
 * change older than our last write is no answer to it: that write failed, and is being done again.
 */
export function countRevert(fights: Fights, change: EndChange): Fights {
  const { field, end, agreed, shown, changedAt, wroteAt, now } = change;
  const name = fightName(field, end);
  const memory = fights[name];
  if (memory === undefined || isEquivalent(field.type, agreed, shown)) return fights;
  if (memory.before !== digest(field.type.key(shown))) return fights;
  if (changedAt !== null && wroteAt !== null && changedAt + SAME_MOMENT_MS < wroteAt) return fights;
  const before = counted(memory.before);
  const next = isOver(memory, now)
    ? { before, reverts: 1, since: now }
    : { before, reverts: memory.reverts + 1, since: memory.since };
  return { ...fights, [name]: next };
}

const isOver = ({ since }: FightMemory, now: number): boolean => now - since > FIGHT_WINDOW_MS;

export function isFight(fights: Fights, field: FieldSpec, end: End, now: number): boolean {
  const memory = fights[fightName(field, end)];
  return memory !== undefined && memory.reverts >= FIGHT_REVERTS_MAX && !isOver(memory, now);
}

/** Peace: the ends agree, or a person has spoken. Another fight would have to begin from the start. */
export function forgetFights(fights: Fights, field: FieldSpec): Fights {
  const names = [fightName(field, 'crm'), fightName(field, 'app')];
  const kept = Object.entries(fights).filter(([name]) => !names.includes(name));
  return Object.fromEntries(kept);
}
