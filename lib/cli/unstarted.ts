/**
 * The two ends of a sync whose stack was never started: reached with the secrets it would be started with, and with
 * nothing to remember. Enough to say what a first sync would do.
 */
import { randomUUID } from 'node:crypto';
import type { SyncConfig } from '../config/model.ts';
import { createReplica } from '../connectors/registry.ts';
import { createConnection } from '../crm/connect.ts';
import { createSyncReplica } from '../crm/replica.ts';
import { NEW_BOOK } from '../engine/brakes.ts';
import { HEALTHY } from '../ports/state.ts';
import type { Clock } from '../ports/clock.ts';
import { createOwnRates } from '../ports/rates.ts';
import type { PlanSources } from '../plan/rehearse.ts';
import { requireCrmUrl } from './secret-book.ts';
import type { Setup } from './setup.ts';
import type { TargetContext } from './target.ts';

/** What a plan is made from, and what its progress asks the ends for. */
export type PlanEnds = Omit<PlanSources, 'crm' | 'app'> &
  Pick<TargetContext, 'crm' | 'app' | 'budget'>;

export interface UnstartedEnds {
  readonly ends: PlanEnds;
  readonly close: () => Promise<void>;
}

const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
};

/** What stacks are called unless they are told otherwise; where nothing was ever made, nothing bears it. */
const INSTALLATION = 'main';

export async function openUnstarted(setup: Setup, sync: SyncConfig): Promise<UnstartedEnds> {
  const { config } = setup;
  const app = config.apps[sync.app];
  if (app === undefined) throw new Error(`The configuration has no app “${sync.app}”.`);
  const { spec } = sync;
  const [crmSecret, appSecret] = await Promise.all([
    setup.readSecret(config.crm.secret),
    setup.readSecret(app.secret),
  ]);
  const connection = createConnection(requireCrmUrl(crmSecret, config.crm.secret));
  const ends: PlanEnds = {
    sync,
    clock,
    random: randomUUID,
    budget: { remainingMs: () => 60_000 },
    state: NOTHING_REMEMBERED,
    crm: createSyncReplica(sync, {
      connection,
      randomId: randomUUID,
      sleep: (ms) => clock.sleep(ms),
    }),
    app: createReplica({
      app,
      secret: appSecret,
      paths: spec.fields.map(({ path }) => path),
      clock,
      processes: 1,
      installation: INSTALLATION,
      rates: createOwnRates(),
    }),
  };
  return { ends, close: () => connection.close() };
}

const NOTHING_REMEMBERED: PlanSources['state'] = {
  loadCheckpoint: () => Promise.resolve(null),
  loadBook: () => Promise.resolve({ ...NEW_BOOK, version: 0 }),
  loadHealth: () => Promise.resolve(HEALTHY),
  load: () => Promise.resolve(new Map()),
  findLinks: () => Promise.resolve(new Map()),
  blockedBy: () => Promise.resolve([]),
  buried: () => Promise.resolve(new Map()),
  holdersOf: () => Promise.resolve(new Map()),
};
