/**
 * The connector against a simulated Dialpad, every exchange held against the vendor's description. Time is the
 * test's: whoever waits moves the clock of both, so a minute of limits takes no time.
 */
import { parseCredentials, requireOptions } from '../../lib/connectors/dialpad/config.ts';
import { createDialpad, createDialpadWebhooks } from '../../lib/connectors/dialpad/index.ts';
import type { CrmKey, RemoteId } from '../../lib/engine/model.ts';
import type { Json, Value } from '../../lib/engine/value.ts';
import type {
  AppCommand,
  AppObservation,
  AppOutcome,
  AppReplica,
  FetchTarget,
  PullPage,
} from '../../lib/ports/app.ts';
import type { Budget, Clock } from '../../lib/ports/clock.ts';
import type { Outcome } from '../../lib/ports/outcome.ts';
import type { WebhookRegistry } from '../../lib/ports/webhooks.ts';
import { createMemoryRates, type MemoryRates } from '../support/rates.ts';
import { startDialpad } from './dialpad-simulator-world.ts';
import type { Body, DialpadWorld, WorldOptions } from './dialpad-simulator-world.ts';

export const PATHS = [
  'first_name',
  'last_name',
  'company_name',
  'job_title',
  'phones.primary',
  'phones.extra',
  'emails.primary',
];

export interface ConnectorWorld {
  readonly dialpad: DialpadWorld;
  readonly app: AppReplica;
  readonly rates: MemoryRates;
  readonly budget: Budget;
  /** Another process on the same company. */
  process(more?: ProcessOptions): AppReplica;
  webhooks(): WebhookRegistry;
  push(...commands: AppCommand[]): Promise<readonly AppOutcome[]>;
  fetch(...targets: FetchTarget[]): Promise<readonly Outcome<AppObservation>[]>;
  fault(fault: unknown): Promise<void>;
  /** `PATCH /contacts/{id}` and the like, by how often they arrived. */
  calls(): Readonly<Record<string, number>>;
  /** What the simulated Dialpad counted in its windows. */
  limits(): Promise<Readonly<Record<string, { readonly peak: number; readonly refused: number }>>>;
  stop(): Promise<void>;
}

export interface ProcessOptions {
  readonly installation?: string;
  readonly company?: string;
  readonly apiKey?: string;
  readonly paths?: readonly string[];
}

interface ConnectorOptions extends WorldOptions {
  /** What the sync maps. @default PATHS */
  readonly paths?: readonly string[];
}

export async function startConnectorWorld({
  paths = PATHS,
  ...options
}: ConnectorOptions = {}): Promise<ConnectorWorld> {
  const dialpad = await startDialpad(options);
  const rates = createMemoryRates();
  const clock: Clock = {
    now: () => dialpad.clock.ms,
    sleep: async (ms) => {
      dialpad.clock.ms += ms;
    },
  };
  const budget: Budget = { remainingMs: () => 60_000 };
  const company = ({ company: id, apiKey }: ProcessOptions) => {
    const { baseUrl, companyId } = dialpad.simulator;
    const credentials = parseCredentials({ apiKey: apiKey ?? dialpad.simulator.apiKey });
    if (credentials.kind !== 'ok') throw new Error(credentials.reason);
    const options = requireOptions({ company: id ?? companyId, baseUrl });
    return { options, credentials: credentials.value, clock, rates, random: () => 0.5 };
  };
  const process: ConnectorWorld['process'] = (more = {}) =>
    createDialpad({
      ...company(more),
      paths: more.paths ?? paths,
      installation: more.installation ?? 'main',
      // One call at a time: while one is on its way, a sleeper would move the clock under it.
      connectionsMax: 1,
    });
  const app = process();
  return {
    dialpad,
    app,
    rates,
    budget,
    process,
    webhooks: () => createDialpadWebhooks({ ...company({}), connectionsMax: 1 }),
    push: (...commands) => app.push(commands, budget),
    fetch: (...targets) => app.fetch(targets, budget),
    fault: async (fault) => {
      const { status, text } = await dialpad.control('POST', '/faults', fault);
      if (status !== 200) throw new Error(text);
    },
    calls: () => countCalls(dialpad),
    limits: async () => {
      const { body } = await dialpad.control('GET', '/stats');
      return body['limits'] as Awaited<ReturnType<ConnectorWorld['limits']>>;
    },
    stop: () => dialpad.stop(),
  };
}

function countCalls(dialpad: DialpadWorld): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { method, path } of dialpad.exchanges()) {
    const [bare = ''] = path.replace('/api/v2', '').split('?');
    const route = `${method} ${bare.replace(/^(\/[a-z]+)\/[^/]+$/, '$1/{id}')}`;
    counts[route] = (counts[route] ?? 0) + 1;
  }
  return counts;
}

export const key = (text: string): CrmKey => text as CrmKey;
export const remote = (text: unknown): RemoteId => String(text) as RemoteId;

export const create = (of: string, fields: Readonly<Record<string, Value>>): AppCommand => ({
  kind: 'create',
  key: key(of),
  fields,
});

export const update = (
  id: RemoteId,
  fields: Readonly<Record<string, string | null>>,
  agreed: Readonly<Record<string, string | null>> = {},
): AppCommand => ({
  kind: 'update',
  key: key(`of ${id}`),
  remoteId: id,
  match: null,
  fields,
  agreed,
  bulk: false,
});

export function valueOf<T>(outcome: Outcome<T> | undefined): T {
  if (outcome?.kind !== 'ok') throw new Error(`${outcome?.kind}: ${outcome?.reason}`);
  return outcome.value;
}

export function appliedOf(outcome: AppOutcome | undefined): AppObservation {
  if (outcome?.kind !== 'applied' || outcome.observed === null)
    throw new Error(JSON.stringify(outcome));
  return outcome.observed;
}

export const kinds = (outcomes: readonly AppOutcome[]): string[] =>
  outcomes.map(({ kind }) => kind);

/** What a contact shows, whoever asks. */
export async function shown(world: ConnectorWorld, id: RemoteId): Promise<Body> {
  return (await world.dialpad.api('GET', `/contacts/${encodeURIComponent(id)}`)).body;
}

/** Every page from a cursor to the end. */
export async function listAll(
  world: ConnectorWorld,
  between: () => Promise<void> = () => Promise.resolve(),
): Promise<readonly AppObservation[]> {
  const seen: AppObservation[] = [];
  let cursor: Json = null;
  for (let pages = 1; pages < 200; pages += 1) {
    const page: PullPage = valueOf(await world.app.list(cursor, world.budget));
    seen.push(...page.observations);
    ({ cursor } = page);
    if (page.done) return seen;
    await between();
  }
  throw new Error('The walk does not end');
}
