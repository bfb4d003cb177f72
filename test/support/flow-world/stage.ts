/** Who acts in a random walk, and on whom: the same few again and again, or hardly anything would ever meet. */
import type { CrmKey } from '../../../lib/engine/model.ts';
import type { Member } from './audience.ts';
import type { Chance } from './chance.ts';
import type { World } from './world.ts';

export interface Stage {
  readonly world: World;
  readonly chance: Chance;
  readonly note: (text: string) => void;
  /** The first sync is over. */
  readonly isMet: boolean;
  /** How far hosts are apart from the world's clock, ms. @default two seconds */
  readonly skews?: readonly number[];
  /** Nobody acts for a while. */
  isDeserted?: boolean;
  /** How many addresses were given out. */
  addresses: number;
  /** How many values. */
  values: number;
}

/** What was done, in words; null where it could not be. */
export type Act = (stage: Stage) => string | null;

/** Whoever is oldest has most to do. */
const FAVOURED = 0.4;

export function anyKey({ world, chance }: Stage): CrmKey | null {
  const keys = [...world.table.rows.keys()].filter((key) => !world.table.isLocked(key));
  const isFavoured = chance.isTrue(FAVOURED);
  const picked = keys.length === 0 ? null : chance.pick(keys);
  return isFavoured ? (keys[0] ?? null) : picked;
}

export function anyMember({ world, chance }: Stage): Member | null {
  const live = [...world.audience.members.values()].filter(({ isArchived }) => !isArchived);
  const isFavoured = chance.isTrue(FAVOURED);
  const picked = live.length === 0 ? null : chance.pick(live);
  return isFavoured ? (live[0] ?? null) : picked;
}

export const fresh = (stage: Stage): string => `v${(stage.values += 1)}`;
export const newAddress = (stage: Stage): string => `p${(stage.addresses += 1)}@x.test`;
