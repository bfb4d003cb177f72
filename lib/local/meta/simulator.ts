/**
 * A Meta on this machine: one ad account with its custom audiences behind `/v26.0`, and the strings to pull at
 * `/_sim`.
 *
 *     caller ─► api-server (faults) ─► vendor (version, token, limits) ─► routes ─► uploads
 *     test ───► control ─────────────────────┐                                      │ payload, sessions, matching (pure)
 *                                             settings                    account ◄── commit ──► journal
 *
 * Meta publishes no OpenAPI description. Each shape here follows a page of the documentation, named where it is
 * used; points on which the pages are silent or disagree can be turned (settings.ts).
 */
import { createApiServer } from '../simulation/api-server.ts';
import { createControlServer } from '../simulation/control-server.ts';
import { createFaults } from '../simulation/faults.ts';
import { openHost } from '../simulation/host.ts';
import type { Serve } from '../simulation/host.ts';
import { createRandom, numberId } from '../simulation/random.ts';
import { createRouter } from '../simulation/router.ts';
import { createStats } from '../simulation/stats.ts';
import { createAccountRoutes } from './account-routes.ts';
import { createAudienceRoutes } from './audience-routes.ts';
import { createControlRoutes } from './control.ts';
import { createMeter } from './meter.ts';
import type { Change } from './model.ts';
import { openState } from './opening.ts';
import type { SimulatorOptions } from './options.ts';
import type { Settings } from './settings.ts';
import { createAccount } from './state.ts';
import { createVendor } from './vendor.ts';
import { isVersion } from './versions.ts';
import { counterNames } from './world.ts';
import type { World } from './world.ts';

export type { Exchange } from '../simulation/exchange.ts';
export type { SimulatorOptions } from './options.ts';

export interface MetaSimulator {
  /** `http://127.0.0.1:PORT`, to be followed by a version. */
  readonly baseUrl: string;
  /** `http://127.0.0.1:PORT/_sim` */
  readonly controlUrl: string;
  readonly accessToken: string;
  /** With `act_`. */
  readonly adAccountId: string;
  /** The first audience that there is. */
  readonly audienceId: string;
  /** The state file held an account already. */
  readonly isResumed: boolean;
  stop(): Promise<void>;
}

export async function createMetaSimulator(options: SimulatorOptions): Promise<MetaSimulator> {
  const account = createAccount();
  const machine = options.now ?? Date.now;
  const { journal, identity, isResumed } = openState(options, account, machine());
  const address = { port: 0 };
  const origin = (): string => `http://127.0.0.1:${address.port}`;
  const now = (): number => machine() + account.clockOffsetMs();
  const settings = (): Settings => account.settings();
  const audiences = (): number => account.audiences().length;
  const commit = (change: Change): void => {
    account.apply(change);
    journal.append(change);
  };
  const world: World = {
    identity,
    account,
    stats: createStats(counterNames),
    meter: createMeter({ accountId: identity.accountId, now, settings, audiences }),
    commit,
    clock: {
      now,
      offsetMs: () => account.clockOffsetMs(),
      setOffset: (offsetMs) => commit({ kind: 'clock', offsetMs }),
    },
    now,
    settings,
    nextId: createIds(options.seed, account),
    origin,
  };
  const stopping = new AbortController();
  const host = await openHost({
    name: 'Meta',
    doorOf: createDoors(world, options, () => journal.flush(), stopping.signal),
    directions: 'Nothing lives here; the API is below /v26.0, the controls are below /_sim.',
    port: options.port ?? 0,
  });
  address.port = host.port;
  return {
    baseUrl: origin(),
    controlUrl: `${origin()}/_sim`,
    accessToken: identity.accessToken,
    adAccountId: `act_${identity.accountId}`,
    audienceId: account.audiences()[0]?.id ?? '',
    isResumed,
    stop: async () => {
      stopping.abort();
      await host.stop();
      journal.close();
    },
  };
}

/** By the first segment of the path: a version, or the controls. */
function createDoors(
  world: World,
  options: SimulatorOptions,
  flush: () => void,
  stopping: AbortSignal,
): (segment: string) => Serve | null {
  const router = createRouter([...createAccountRoutes(world), ...createAudienceRoutes(world)]);
  const faults = createFaults(createRandom(options.seed));
  const control = createControlServer(createControlRoutes(world, faults), flush);
  const onExchange = options.onExchange ?? (() => {});
  const doorOfVersion = (version: string): Serve =>
    createApiServer({
      vendor: createVendor(world, router, version),
      faults,
      stats: world.stats,
      flush,
      onExchange,
      stopping,
    });
  return (segment) => {
    if (segment === '_sim') return control;
    return isVersion(segment) ? doorOfVersion(segment) : null;
  };
}

/** Audiences are numbered through, deleted ones included; sessions of the vendor's making are not remembered. */
function createIds(seed: number, account: ReturnType<typeof createAccount>): World['nextId'] {
  let made = 0;
  return (kind) => {
    made += 1;
    if (kind === 'session') return numberId(['session', seed, Date.now(), made], 16);
    let index = 1;
    const isTaken = (id: string): boolean => account.audience(id) !== null || account.isDeleted(id);
    while (isTaken(numberId(['audience', seed, index], 17))) index += 1;
    return numberId(['audience', seed, index], 17);
  };
}
