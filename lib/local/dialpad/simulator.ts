/**
 * A Dialpad on this machine: one company's contacts, blocked numbers and opt-outs behind the vendor's API at
 * `/api/v2`, its webhooks, and the strings to pull at `/_sim`.
 *
 *     caller ─► api-server (faults) ─► vendor (key, limits) ─► routes ─► draft, rules (pure)
 *     person ─► control ───────────────────────────────────► people ──┘    │
 *                                                        company ◄── commit ──► journal
 *                                                        webhook-delivery ◄── tell
 *
 * Shapes follow the vendor's description (https://dialpad.com/static/openapi/platform-v1.0.json); points on which
 * it is silent can be turned (settings.ts).
 */
import { createApiServer } from '../simulation/api-server.ts';
import { createControlServer } from '../simulation/control-server.ts';
import { createFaults } from '../simulation/faults.ts';
import { openHost } from '../simulation/host.ts';
import type { Serve } from '../simulation/host.ts';
import type { Journal } from '../simulation/journal.ts';
import { createRandom, numberId } from '../simulation/random.ts';
import { createRouter } from '../simulation/router.ts';
import { createStats } from '../simulation/stats.ts';
import { createCompanyRoutes } from './company-routes.ts';
import { createContactRoutes } from './contact-routes.ts';
import { createControlRoutes } from './control.ts';
import { createHookRoutes } from './hook-routes.ts';
import { createLimits } from './limits.ts';
import type { Change, Identity, Numbered } from './model.ts';
import { openState } from './opening.ts';
import { deliveryDefaults } from './options.ts';
import type { SeedContact, SimulatorOptions } from './options.ts';
import { seedContacts } from './seeding.ts';
import { createCompany } from './state.ts';
import type { Company } from './state.ts';
import { createVendor } from './vendor.ts';
import { createWebhookDelivery } from './webhook-delivery.ts';
import type { WebhookDelivery } from './webhook-delivery.ts';
import { counterNames } from './world.ts';
import type { World } from './world.ts';

export type { Exchange } from '../simulation/exchange.ts';
export type { SeedContact, SimulatorOptions } from './options.ts';

export interface DialpadSimulator {
  /** `http://127.0.0.1:PORT`, to be followed by `/api/v2`. */
  readonly baseUrl: string;
  /** `http://127.0.0.1:PORT/_sim` */
  readonly controlUrl: string;
  readonly apiKey: string;
  readonly companyId: string;
  /** The state file held a company already; it wants no second seeding. */
  readonly isResumed: boolean;
  /** Puts contacts in place; no rule, limit or webhook notices. Returns their ids. */
  seedContacts(rows: readonly SeedContact[]): readonly string[];
  stop(): Promise<void>;
}

export async function createDialpadSimulator(options: SimulatorOptions): Promise<DialpadSimulator> {
  const company = createCompany();
  const { journal, identity, isResumed } = openState(options, company);
  const { world, delivery } = createWorld(options, company, identity, journal);
  const stopping = new AbortController();
  const doors = createDoors(world, { options, delivery, journal, stopping: stopping.signal });
  const host = await openHost({
    name: 'Dialpad',
    doorOf: (segment) => doors.get(segment) ?? null,
    directions: 'Nothing lives here; the API is below /api/v2, the controls are below /_sim.',
    port: options.port ?? 0,
  });
  delivery.resume();
  const origin = `http://127.0.0.1:${host.port}`;
  return {
    baseUrl: origin,
    controlUrl: `${origin}/_sim`,
    apiKey: identity.apiKey,
    companyId: identity.companyId,
    isResumed,
    seedContacts: (rows) => {
      const ids = seedContacts(world, rows);
      if (typeof ids === 'string') throw new Error(`simulated Dialpad: ${ids}`);
      journal.flush();
      return ids;
    },
    stop: async () => {
      stopping.abort();
      await host.stop();
      await delivery.stop();
      journal.close();
    },
  };
}

function createWorld(
  options: SimulatorOptions,
  company: Company,
  identity: Identity,
  journal: Journal<Change>,
): { readonly world: World; readonly delivery: WebhookDelivery } {
  const machine = options.now ?? Date.now;
  const commit = (change: Change): void => {
    company.apply(change);
    journal.append(change);
  };
  const now = (): number => machine() + company.clockOffsetMs();
  const number = (what: Numbered): number => {
    const count = company.made(what) + 1;
    commit({ kind: 'made', what, count });
    return count;
  };
  const settings = () => company.settings();
  const stats = createStats(counterNames);
  const random = createRandom(options.seed);
  const delivery = createWebhookDelivery({
    company,
    stats,
    commit,
    flush: () => journal.flush(),
    number,
    random,
    settings,
    options: { ...deliveryDefaults, ...options.delivery },
  });
  const world: World = {
    identity,
    company,
    stats,
    limits: createLimits(now, settings),
    random,
    commit,
    clock: {
      now,
      offsetMs: () => company.clockOffsetMs(),
      setOffset: (offsetMs) => commit({ kind: 'clock', offsetMs }),
    },
    settings,
    number,
    contactId: () => numberId(['contact', identity.companyId, number('contact')], 15),
    tell: (event, contact) => delivery.tell(event, contact),
  };
  return { world, delivery };
}

interface DoorParts {
  readonly options: SimulatorOptions;
  readonly delivery: WebhookDelivery;
  readonly journal: Journal<Change>;
  readonly stopping: AbortSignal;
}

/** By the first segment of the path. */
function createDoors(world: World, parts: DoorParts): ReadonlyMap<string, Serve> {
  const { options, delivery, journal, stopping } = parts;
  const flush = (): void => journal.flush();
  const faults = createFaults(createRandom(options.seed));
  const router = createRouter([
    ...createContactRoutes(world),
    ...createHookRoutes(world),
    ...createCompanyRoutes(world),
  ]);
  const api = createApiServer({
    vendor: createVendor(world, router),
    faults,
    stats: world.stats,
    flush,
    onExchange: options.onExchange ?? (() => {}),
    stopping,
  });
  const control = createControlServer(createControlRoutes({ world, faults, delivery }), flush);
  return new Map([
    ['api', api],
    ['_sim', control],
  ]);
}
