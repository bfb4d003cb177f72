/**
 * A Mailchimp on this machine: one audience, its people, its webhooks, behind the vendor's API at `/3.0` and
 * with the strings to pull at `/_sim`.
 *
 *     caller ─► api-server (slot, faults) ─► vendor (key) ─► routes ─► member-desk ─► rules (pure)
 *     person ─► control ───────────────────────────────────────► people ──┘    │
 *                                                           audience ◄── commit ──► journal
 *                                                           webhook-delivery ◄── events
 *
 * https://mailchimp.com/developer/marketing/api/
 */
import { createApiServer } from '../simulation/api-server.ts';
import { createControlServer } from '../simulation/control-server.ts';
import { createFaults } from '../simulation/faults.ts';
import { openHost } from '../simulation/host.ts';
import type { Serve } from '../simulation/host.ts';
import type { Journal } from '../simulation/journal.ts';
import { createRandom } from '../simulation/random.ts';
import type { Random } from '../simulation/random.ts';
import { createRouter } from '../simulation/router.ts';
import type { Router } from '../simulation/router.ts';
import { createStats } from '../simulation/stats.ts';
import type { Stats } from '../simulation/stats.ts';
import { createAudience } from './audience.ts';
import type { Audience } from './audience.ts';
import { createBatchRoutes } from './batch-routes.ts';
import { createControlRoutes } from './control.ts';
import type { Route } from './exchange.ts';
import { createListRoutes } from './list-routes.ts';
import { createMemberDesk } from './member-desk.ts';
import { createMemberRoutes } from './member-routes.ts';
import { createMemberViews } from './member-view.ts';
import { createMergeFieldRoutes } from './merge-field-routes.ts';
import type { Change, Identity } from './model.ts';
import { openState } from './opening.ts';
import { webhookDefaults } from './options.ts';
import type { SeedMember, SimulatorOptions } from './options.ts';
import { createTagRoutes } from './tag-routes.ts';
import { createVendor } from './vendor.ts';
import { createWebhookDelivery } from './webhook-delivery.ts';
import type { WebhookDelivery } from './webhook-delivery.ts';
import { createWebhookRoutes } from './webhook-routes.ts';
import type { World } from './world.ts';

export type { Exchange } from '../simulation/exchange.ts';
export type { MergeFieldSpec, SeedMember, SimulatorOptions } from './options.ts';

export interface MailchimpSimulator {
  /** `http://127.0.0.1:PORT/3.0` */
  readonly baseUrl: string;
  /** `http://127.0.0.1:PORT/_sim` */
  readonly controlUrl: string;
  readonly apiKey: string;
  readonly audienceId: string;
  /** The state file held an audience already; it wants no second seeding. */
  readonly isResumed: boolean;
  /** Puts members in place, in order; no rule, webhook or statistic notices. Returns their contact ids. */
  seedMembers(rows: readonly SeedMember[]): readonly string[];
  stop(): Promise<void>;
}

export async function createMailchimpSimulator(
  options: SimulatorOptions,
): Promise<MailchimpSimulator> {
  const audience = createAudience();
  const now = options.now ?? Date.now;
  const { journal, identity, isResumed } = openState(options, audience, now);
  const commit = (change: Change): void => {
    audience.apply(change);
    journal.append(change);
  };
  const stats = createStats(['rowsWritten']);
  const random = createRandom(options.seed);
  const address = { port: 0 };
  const apiRoot = (): string => `http://127.0.0.1:${address.port}/3.0`;
  const parts = { options, audience, identity, commit, now, stats, random, apiRoot };
  const delivery = createDelivery(parts, journal);
  const world = createWorld(parts, delivery);
  const stopping = new AbortController();
  const doors = createDoors(world, { stats, delivery, random, journal, stopping });
  const host = await openHost({
    name: 'Mailchimp',
    doorOf: (segment) => doors.get(segment) ?? null,
    directions: 'Nothing lives here; the API is below /3.0, the controls are below /_sim.',
    port: options.port ?? 0,
  });
  address.port = host.port;
  delivery.resume();
  return {
    baseUrl: apiRoot(),
    controlUrl: `http://127.0.0.1:${address.port}/_sim`,
    apiKey: identity.apiKey,
    audienceId: identity.audienceId,
    isResumed,
    seedMembers: (rows) => {
      const contactIds = world.desk.seed(rows);
      journal.flush();
      return contactIds;
    },
    stop: async () => {
      stopping.abort();
      await host.stop();
      await delivery.stop();
      journal.close();
    },
  };
}

interface Parts {
  readonly options: SimulatorOptions;
  readonly audience: Audience;
  readonly identity: Identity;
  readonly commit: (change: Change) => void;
  readonly now: () => number;
  readonly stats: Stats<'rowsWritten'>;
  readonly random: Random;
  readonly apiRoot: () => string;
}

function createDelivery(parts: Parts, journal: Journal<Change>): WebhookDelivery {
  return createWebhookDelivery({
    audience: parts.audience,
    commit: parts.commit,
    flush: () => journal.flush(),
    now: parts.now,
    random: parts.random,
    options: { ...webhookDefaults, ...parts.options.webhooks },
  });
}

function createWorld(parts: Parts, delivery: WebhookDelivery): World {
  const { options, audience, identity, commit, now, apiRoot } = parts;
  const desk = createMemberDesk({
    audience,
    commit,
    now,
    ring: (event) => delivery.ring(event),
    hooks: () => audience.hooks(),
    onRowWritten: () => parts.stats.count('rowsWritten'),
  });
  const views = createMemberViews(audience, apiRoot);
  const webhooks = { ...webhookDefaults, ...options.webhooks };
  return { options, webhooks, identity, audience, desk, views, commit, now, apiRoot };
}

interface Machinery {
  readonly stats: Stats<'rowsWritten'>;
  readonly delivery: WebhookDelivery;
  readonly random: Random;
  readonly journal: Journal<Change>;
  readonly stopping: AbortController;
}

/** By the first segment of the path. */
function createDoors(world: World, machinery: Machinery): ReadonlyMap<string, Serve> {
  const { stats, delivery, journal } = machinery;
  const faults = createFaults(machinery.random);
  const flush = (): void => journal.flush();
  const api = createApiServer({
    vendor: createVendor({ router: createApiRouter(world), ...world.identity }),
    faults,
    stats,
    flush,
    onExchange: world.options.onExchange ?? (() => {}),
    stopping: machinery.stopping.signal,
  });
  const control = createControlRoutes({ world, faults, stats, delivery });
  return new Map([
    ['3.0', api],
    ['_sim', createControlServer(control, flush)],
  ]);
}

function createApiRouter(world: World): Router<Route> {
  return createRouter([
    ...createListRoutes(world),
    ...createBatchRoutes(world),
    ...createMemberRoutes(world),
    ...createTagRoutes(world),
    ...createMergeFieldRoutes(world),
    ...createWebhookRoutes(world),
  ]);
}
