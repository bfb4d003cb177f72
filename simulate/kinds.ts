/** The kinds of worlds. One seed decides everything: its kind, its setting, its acts and their troubles. */
import { ACTS as CLUB_ACTS, walkClub } from '../test/support/flow-world/club-walk.ts';
import { LOSS_NAMES } from '../test/support/flow-world/losses.ts';
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

const PLAIN_KINDS: readonly Kind[] = [
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

const stormy: Kind['walk'] = (seed, script) => {
  const app = STORMY_APPS[seed % STORMY_APPS.length];
  if (app === 'ledger') return walkClub(seed, script, { isStormy: true });
  const isTimed = app === 'timed';
  return walk(seed, {
    isStormy: true,
    isTimed,
    app: app === 'listed' ? 'listed' : 'delta',
    isSteered: seed % 3 === 0 && !isTimed,
    script,
  });
};

const STORMY_APPS = ['delta', 'listed', 'ledger', 'delta', 'timed'] as const;

/** Of an app that shows nobody the ledger goes back. */
const losing =
  (options: (seed: number) => WalkOptions): Kind['walk'] =>
  (seed, script) =>
    seed % 13 === 12
      ? walkClub(seed, script, { isRestored: true })
      : walk(seed, { ...options(seed), script });

/** Worlds of worse days. They came later: no seed of before has become another for them. */
const WORSE_KINDS: readonly Kind[] = [
  {
    name: 'storm',
    says: 'any of these, in bad weather: apps that ask for rest, calls that land late, throttled state, refused sends',
    acts: ACTS,
    walk: stormy,
  },
  {
    name: 'loss',
    says: 'a CRM, state table or audience that is lost, goes back or is exchanged, a new server, weeks without a round',
    acts: ACTS,
    walk: losing((seed) => {
      const loss = LOSS_NAMES[seed % LOSS_NAMES.length] ?? 'the state table is lost';
      return { loss, app: seed % 4 === 3 ? 'listed' : 'delta' };
    }),
  },
  {
    name: 'change',
    says: 'another map is deployed beside the old one and accepted or not, and columns of the CRM go and come back',
    acts: ACTS,
    walk: walking((seed) => ({
      isChanged: true,
      isStormy: seed % 4 === 0,
      app: seed % 5 === 4 ? 'listed' : 'delta',
    })),
  },
  {
    name: 'skew',
    says: 'clocks of hosts and vendor wrong by forty seconds',
    acts: ACTS,
    walk: walking((seed) => ({ isSkewed: true, app: seed % 5 === 4 ? 'listed' : 'delta' })),
  },
];

/** Came later still, with seeds of its own for the same reason. */
const SILENT_KIND: Kind = {
  name: 'silence',
  says: 'an app that does not say what it took, while the same person edits the same field again',
  acts: ACTS,
  walk: walking((seed) => ({ isSilent: true, app: seed % 5 === 4 ? 'listed' : 'delta' })),
};

export const KINDS: readonly Kind[] = [...PLAIN_KINDS, ...WORSE_KINDS, SILENT_KIND];

/** Half of all seeds are of the kind with the most rules. */
const SHARES = ['delta', 'listed', 'delta', 'ledger', 'delta', 'listed', 'delta', 'timed'] as const;

export const kindOf = (seed: number): Kind => findKind(SHARES[seed % SHARES.length] ?? 'delta');

/** Every third seed is a run in a worse world besides, each kind in its turn. */
const WORSE_EVERY = 3;

const SILENT_EVERY = 8;

/** All runs of a seed, the one it always was first. */
export function kindsOf(seed: number): readonly Kind[] {
  const worse = WORSE_KINDS[Math.floor(seed / WORSE_EVERY) % WORSE_KINDS.length];
  return [
    kindOf(seed),
    ...(seed % WORSE_EVERY === 0 && worse !== undefined ? [worse] : []),
    ...(seed % SILENT_EVERY === SILENT_EVERY - 1 ? [SILENT_KIND] : []),
  ];
}

export function findKind(name: string): Kind {
  const kind = KINDS.find((each) => each.name === name);
  if (kind !== undefined) return kind;
  const known = KINDS.map((each) => each.name).join(', ');
  throw new Error(`there is no kind of world “${name}”; there is ${known}`);
}
