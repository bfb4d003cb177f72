/** The connector against a simulated Mailchimp, every exchange held against the vendor's description. */
import { createMailchimp } from '../../lib/connectors/mailchimp/index.ts';
import { parseCredentials, requireOptions } from '../../lib/connectors/mailchimp/config.ts';
import type { CrmKey, RemoteId } from '../../lib/engine/model.ts';
import type { Json } from '../../lib/engine/value.ts';
import {
  createMailchimpSimulator,
  type Exchange,
  type MailchimpSimulator,
  type SimulatorOptions,
} from '../../lib/local/mailchimp/simulator.ts';
import type {
  AppCommand,
  AppObservation,
  AppOutcome,
  AppReplica,
  PullPage,
} from '../../lib/ports/app.ts';
import type { Budget, Clock } from '../../lib/ports/clock.ts';
import type { Outcome } from '../../lib/ports/outcome.ts';
import { loadMailchimpContract } from '../support/openapi-contract.ts';

export const NOON_MS = Date.UTC(2026, 2, 14, 12, 0, 0);
export const FNAME = 'merge_fields.FNAME';
export const PATHS = [
  'email_address',
  'status',
  'tags',
  FNAME,
  'merge_fields.LNAME',
  'merge_fields.PHONE',
  'merge_fields.BDAY',
  'merge_fields.ADDR',
];

export interface ConnectorWorld {
  readonly simulator: MailchimpSimulator;
  readonly app: AppReplica;
  /** Mailchimp's clock, which its Date header shows. */
  readonly vendor: { ms: number };
  readonly exchanges: Exchange[];
  readonly budget: Budget;
  /** A replica with other options on the same Mailchimp. */
  replica(options: {
    readonly connectionsMax?: number;
    readonly paths?: readonly string[];
  }): AppReplica;
  control(method: string, path: string, body?: unknown): Promise<Json>;
  person(action: string, body: unknown): Promise<void>;
  fault(fault: unknown): Promise<void>;
  /** `GET /lists/{id}/members` and the like, by how often they were answered, whatever the status. */
  calls(route: string): number;
  /** Throws when an exchange was against the vendor's description. */
  stop(): Promise<void>;
}

const contract = loadMailchimpContract();

export async function startConnectorWorld(
  options: Partial<SimulatorOptions> = {},
): Promise<ConnectorWorld> {
  const vendor = { ms: NOON_MS };
  const exchanges: Exchange[] = [];
  const violations: string[] = [];
  const simulator = await createMailchimpSimulator({
    seed: 7,
    now: () => vendor.ms,
    mergeFields: [
      { tag: 'BDAY', type: 'birthday' },
      { tag: 'ADDR', type: 'address' },
    ],
    onExchange: (exchange) => {
      exchanges.push(exchange);
      violations.push(...(contract?.check(exchange) ?? []));
    },
    ...options,
  });
  const budget: Budget = { remainingMs: () => 60_000 };
  const replica: ConnectorWorld['replica'] = ({ connectionsMax = 2, paths = PATHS }) =>
    createReplica(simulator, vendor, connectionsMax, paths);
  return {
    simulator,
    app: replica({}),
    vendor,
    exchanges,
    budget,
    replica,
    control: (method, path, body) => control(simulator, method, path, body),
    person: async (action, body) => {
      await control(simulator, 'POST', `/people/${action}`, body);
    },
    fault: async (fault) => {
      await control(simulator, 'POST', '/faults', fault);
    },
    calls: (route) => exchanges.filter((exchange) => isOf(exchange, route, simulator)).length,
    stop: async () => {
      await simulator.stop();
      if (violations.length > 0) throw new Error(`Against the contract: ${violations.join('; ')}`);
    },
  };
}

function createReplica(
  simulator: MailchimpSimulator,
  vendor: { readonly ms: number },
  connectionsMax: number,
  paths: readonly string[],
): AppReplica {
  const credentials = parseCredentials({ apiKey: simulator.apiKey });
  if (credentials.kind !== 'ok') throw new Error(credentials.reason);
  const { baseUrl, audienceId: audience } = simulator;
  const made = createMailchimp({
    options: requireOptions({ audience, baseUrl }),
    connectionsMax,
    credentials: credentials.value,
    paths,
    clock: CLOCK,
    fetch: (url, init) => fetchAt(vendor, url, init),
    random: () => 0.5,
  });
  if (made.kind !== 'ok') throw new Error(made.reason);
  return made.value;
}

/** Pauses cost nothing here. */
const CLOCK: Clock = { now: Date.now, sleep: () => Promise.resolve() };

/** The simulator's server stamps answers with the machine's clock; Mailchimp's stands where the test puts it. */
async function fetchAt(
  vendor: { readonly ms: number },
  url: Parameters<typeof fetch>[0],
  init: Parameters<typeof fetch>[1],
): Promise<Response> {
  const response = await fetch(url, init);
  const headers = new Headers(response.headers);
  headers.set('date', new Date(vendor.ms).toUTCString());
  const { status } = response;
  const body = status === 204 ? null : await response.arrayBuffer();
  return new Response(body, { status, headers });
}

async function control(
  { controlUrl }: MailchimpSimulator,
  method: string,
  path: string,
  body?: unknown,
): Promise<Json> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(`${controlUrl}${path}`, init);
  const answer = (await response.json()) as Json;
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer;
}

function isOf(exchange: Exchange, route: string, { audienceId }: MailchimpSimulator): boolean {
  const path = exchange.path.split('?')[0] ?? '';
  const template = path.replace(audienceId, '{id}').replace(/members\/[^/]+/, 'members/{hash}');
  return `${exchange.method} ${template}` === route;
}

export const key = (text: string): CrmKey => text as CrmKey;
export const remote = (text: string | undefined): RemoteId => (text ?? '') as RemoteId;

export function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.kind !== 'ok') throw new Error(`${outcome.kind}: ${outcome.reason}`);
  return outcome.value;
}

/** Every page from a cursor to the present. */
export async function readAll(
  read: (cursor: Json) => Promise<Outcome<PullPage>>,
  from: Json,
): Promise<{
  readonly seen: readonly AppObservation[];
  readonly cursor: Json;
  readonly pages: number;
}> {
  const seen: AppObservation[] = [];
  let cursor = from;
  for (let pages = 1; pages < 200; pages += 1) {
    const page = valueOf(await read(cursor));
    seen.push(...page.observations);
    cursor = page.cursor;
    if (page.done) return { seen, cursor, pages };
  }
  throw new Error('The walk does not end');
}

/** Matchers that do not make everything around them `any`. */
export const containing = (text: string): unknown => expect.stringContaining(text);
export const ANY_TEXT: unknown = expect.stringMatching(/./);
export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** A profile update of the member with this id, whose last address is its key. */
export const update = (
  id: string | undefined,
  match: string,
  fields: Record<string, string | null>,
  bulk = true,
): AppCommand => ({ kind: 'update', key: key(match), remoteId: remote(id), match, fields, bulk });

export const kinds = (outcomes: readonly AppOutcome[]): string[] =>
  outcomes.map(({ kind }) => kind);

export interface Shown {
  readonly id: string;
  readonly status: unknown;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** What Mailchimp holds, by address. */
export async function members(world: ConnectorWorld): Promise<ReadonlyMap<string, Shown>> {
  const { seen } = await readAll((cursor) => world.app.list(cursor, world.budget), null);
  return new Map(
    seen.map(({ remoteId, existence, raw }) => [
      textOf(raw['email_address']),
      { id: textOf(remoteId), status: raw['status'] ?? existence, raw },
    ]),
  );
}
