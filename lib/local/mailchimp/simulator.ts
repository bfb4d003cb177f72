/**
 * A Mailchimp on this machine: one audience, its people, its webhooks, behind the vendor's API at `/3.0` and
 * with the strings to pull at `/_sim`.
 *
 *     caller ─► api-server (slot, key, faults) ─► routes ─► member-desk ─► rules (pure)
 *     person ─► control ─────────────────────────► people ──┘    │
 *                                             audience ◄── commit ──► journal
 *                                             webhook-delivery ◄── events
 *
 * https://mailchimp.com/developer/marketing/api/
 */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApiServer } from './api-server.ts';
import { createAudience } from './audience.ts';
import type { Audience } from './audience.ts';
import { createBatchRoutes } from './batch-routes.ts';
import { createControlServer } from './control.ts';
import { createFaults } from './faults.ts';
import type { Journal } from './journal.ts';
import { createListRoutes } from './list-routes.ts';
import { createMemberDesk } from './member-desk.ts';
import { createMemberRoutes } from './member-routes.ts';
import { createMemberViews } from './member-view.ts';
import { createMergeFieldRoutes } from './merge-field-routes.ts';
import type { Change, Identity } from './model.ts';
import { openState } from './opening.ts';
import { webhookDefaults } from './options.ts';
import type { SeedMember, SimulatorOptions } from './options.ts';
import { createPeople } from './people.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';
import { createRouter } from './router.ts';
import type { Router } from './router.ts';
import { createStats } from './stats.ts';
import type { Stats } from './stats.ts';
import { createTagRoutes } from './tag-routes.ts';
import { createWebhookDelivery } from './webhook-delivery.ts';
import type { WebhookDelivery } from './webhook-delivery.ts';
import { createWebhookRoutes } from './webhook-routes.ts';
import { sendNotFound } from './wire.ts';
import type { World } from './world.ts';

export type { Exchange } from './exchange.ts';
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
  const stats = createStats();
  const random = createRandom(options.seed);
  const address = { port: 0 };
  const apiRoot = (): string => `http://127.0.0.1:${address.port}/3.0`;
  const parts = { options, audience, identity, commit, now, stats, random, apiRoot };
  const delivery = createDelivery(parts, journal);
  const world = createWorld(parts, delivery);
  const stopping = new AbortController();
  const server = createHttpServer(world, { stats, delivery, random, journal, stopping });
  address.port = await listen(server, options.port ?? 0);
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
      await close(server);
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
  readonly stats: Stats;
  readonly random: Random;
  readonly apiRoot: () => string;
}

function createDelivery(parts: Parts, journal: Journal): WebhookDelivery {
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
    onRowWritten: () => parts.stats.countRow(),
  });
  const views = createMemberViews(audience, apiRoot);
  const webhooks = { ...webhookDefaults, ...options.webhooks };
  return { options, webhooks, identity, audience, desk, views, commit, now, apiRoot };
}

interface Machinery {
  readonly stats: Stats;
  readonly delivery: WebhookDelivery;
  readonly random: Random;
  readonly journal: Journal;
  readonly stopping: AbortController;
}

function createHttpServer(world: World, machinery: Machinery): Server {
  const { stats, delivery, journal } = machinery;
  const faults = createFaults(machinery.random);
  const api = createApiServer({
    router: createApiRouter(world),
    faults,
    stats,
    apiKey: world.identity.apiKey,
    audienceId: world.identity.audienceId,
    flush: () => journal.flush(),
    onExchange: world.options.onExchange ?? (() => {}),
    stopping: machinery.stopping.signal,
  });
  const people = createPeople(world.audience, world.desk);
  const control = createControlServer({
    world,
    people,
    faults,
    stats,
    delivery,
    flush: () => journal.flush(),
  });
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const [, first = ''] = url.pathname.split('/');
    url.pathname = url.pathname.slice(first.length + 1) || '/';
    const isApi = first === '3.0';
    if (isApi) api(request, response, url).catch(reportBug);
    else if (first === '_sim') control(request, response, url.pathname).catch(reportBug);
    else sendNotFound(request, response);
  });
  // Callers reuse connections; one that was closed between two requests would look like a fault nobody injected.
  server.keepAliveTimeout = 120_000;
  return server;
}

function createApiRouter(world: World): Router {
  return createRouter([
    ...createListRoutes(world),
    ...createBatchRoutes(world),
    ...createMemberRoutes(world),
    ...createTagRoutes(world),
    ...createMergeFieldRoutes(world),
    ...createWebhookRoutes(world),
  ]);
}

function reportBug(error: unknown): void {
  const report = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`simulated Mailchimp: ${report}\n`);
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
