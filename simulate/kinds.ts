/** The kinds of worlds. One seed decides everything: its kind, its setting, its acts and their troubles. */
import { ACTS as CLUB_ACTS, walkClub } from '../test/support/flow-world/club-walk.ts';
import type { Script } from '../test/support/flow-world/script.ts';
import { ACTS, walk, type WalkOptions } from '../test/support/flow-world/walk.ts';
import type { World } from '../test/support/flow-world/world.ts';

export interface Walked {
  readonly world: World;
  readonly problems: readonly string[];
  readonly story: readonly string[];
}

export interface Kind {
  readonly name: string;
  readonly says: string;
  readonly acts: number;
  walk(seed: number, script: Script): Promise<Walked>;
}

const walking =
  (options: (seed: number) => WalkOptions): Kind['walk'] =>
  (seed, script) =>
    walk(seed, { ...options(seed), script });

export const KINDS: readonly Kind[] = [
  {
    name: 'delta',
    says: 'an app like Mailchimp: changes by time, versions in whole seconds, batches without ids',
    acts: ACTS,
    walk: walking((seed) => ({
      isSteered: seed % 3 === 0,
      isPlanned: seed % 11 === 0,
      isRivalled: seed % 7 === 0,
      isRestored: seed % 5 === 0,
    })),
  },
  {
    name: 'listed',
    says: 'an app like Dialpad: nothing but listings without order, no versions, ids with our key',
    acts: ACTS,
    walk: walking((seed) => ({
      app: 'listed',
      isSteered: seed % 3 === 0,
      isRestored: seed % 5 === 0,
    })),
  },
  {
    name: 'ledger',
    says: 'an app like Meta: takes people and shows nobody',
    acts: CLUB_ACTS,
    walk: walkClub,
  },
  {
    name: 'timed',
    says: 'the app of delta, and a CRM that is read by timestamp',
    acts: ACTS,
    walk: walking(() => ({ isTimed: true })),
  },
];

/** Half of all seeds are of the kind with the most rules. */
const SHARES = ['delta', 'listed', 'delta', 'ledger', 'delta', 'listed', 'delta', 'timed'] as const;

export const kindOf = (seed: number): Kind => findKind(SHARES[seed % SHARES.length] ?? 'delta');

export function findKind(name: string): Kind {
  const kind = KINDS.find((each) => each.name === name);
  if (kind !== undefined) return kind;
  const known = KINDS.map((each) => each.name).join(', ');
  throw new Error(`there is no kind of world “${name}”; there is ${known}`);
}
