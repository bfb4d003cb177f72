/**
 * The composition root: the one place that reads the environment, makes clients and picks adapters.
 * What it builds lives as long as the execution environment and is built anew every five minutes, so
 * that rotated credentials are noticed.
 */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import config from 'trivet-config';
import type {
  ApplyEnvironment,
  PullEnvironment,
  WebhookEnvironment,
} from '../lib/config/environment.ts';
import { type AppConfig, processesOf, type SyncConfig } from '../lib/config/model.ts';
import { parseWebhookSecret } from '../lib/config/webhook-secret.ts';
import { createReplica, createVerifier } from '../lib/connectors/registry.ts';
import { createConnection, type CrmConnection } from '../lib/crm/connect.ts';
import { createSyncReplica } from '../lib/crm/replica.ts';
import { withDefaultCaps } from '../lib/engine/caps.ts';
import type { SyncSpec } from '../lib/engine/model.ts';
import type { SyncContext } from '../lib/flow/context.ts';
import { createDigester } from '../lib/flow/digest.ts';
import { withDigests } from '../lib/flow/keep-digests.ts';
import type { AppDoor, Door } from '../lib/flow/ring.ts';
import type { Budget, Clock } from '../lib/ports/clock.ts';
import type { PullQueue } from '../lib/ports/messages.ts';
import type { RateStore } from '../lib/ports/rates.ts';
import { createSqsQueues } from '../lib/queue/sqs.ts';
import { createStateStore } from '../lib/state/state-store.ts';
import { createLog } from './log.ts';

const KEPT_MS = 5 * 60_000;

/** What stays between invocations; the budget is each invocation's own. */
export type Standing = Omit<SyncContext, 'budget'>;

export const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
};
export const log = createLog();

/** Lambda's own count of what is left. */
export const budgetOf = (lambda: { getRemainingTimeInMillis(): number }): Budget => ({
  remainingMs: () => lambda.getRemainingTimeInMillis(),
});

export function createStanding(
  environment: PullEnvironment & Partial<ApplyEnvironment>,
): (sync: string) => Promise<Standing> {
  const clients = createClients();
  const queue = createSqsQueues({
    client: clients.sqs,
    pullsUrl: environment.pullsQueueUrl,
    laneUrls: environment.laneQueues,
    random: randomUUID,
  });
  const state = createStateStore({
    client: clients.dynamodb,
    stateTable: environment.stateTable,
    historyTable: environment.historyTable ?? 'history-is-written-by-apply-only',
    historyDays: environment.historyDays ?? config.historyDays,
    now: () => clock.now(),
  });
  const kept = new Map<string, { until: number; standing: Promise<Standing>; close: () => void }>();
  return (name) => {
    const old = kept.get(name);
    if (old !== undefined && old.until > clock.now()) return old.standing;
    old?.close();
    let connection: CrmConnection | null = null;
    const standing = (async (): Promise<Standing> => {
      const sync = asDeployed(requireSync(name), environment);
      connection = createConnection(
        requireUrl(await readSecret(clients.secrets, environment.crmSecret)),
      );
      const app = config.apps[sync.app];
      if (app === undefined) throw new Error(`the configuration has no app “${sync.app}”`);
      const secretName = environment.appSecrets[sync.app] ?? app.secret;
      const secret = await readSecret(clients.secrets, secretName);
      return {
        ...(await withDigests(sync, state)),
        crm: createSyncReplica(sync, {
          connection,
          randomId: randomUUID,
          sleep: (ms) => clock.sleep(ms),
        }),
        app: openApp(sync, { app, secret, environment, rates: state }),
        queue,
        clock,
        random: randomUUID,
        log: log.ofSync(name),
      };
    })();
    standing.catch(() => kept.delete(name));
    kept.set(name, {
      until: clock.now() + KEPT_MS,
      standing,
      close: () => void connection?.close(),
    });
    return standing;
  };
}

interface AppParts {
  readonly app: AppConfig;
  readonly secret: unknown;
  readonly environment: PullEnvironment;
  readonly rates: RateStore;
}

function openApp(
  { spec }: SyncConfig,
  { app, secret, environment, rates }: AppParts,
): ReturnType<typeof createReplica> {
  return createReplica({
    app,
    secret,
    paths: spec.fields.map(({ path }) => path),
    clock,
    processes: processesOf(config, app),
    notice: (sentence) => log.ofSync(spec.name).warn('the app says', { sentence }),
    installation: environment.installation,
    rates,
  });
}

/**
 * Secrets read again this soon after a refusal: a webhook registered a moment ago signs with a secret we have not
 * seen, and its sender tries again after a second. Whoever sends us forged ones makes us read no oftener.
 */
const REREAD_MS = 1_000;

/** The door, and the door once more with secrets read anew when the first refused (at most once a second). */
export function createDoor(environment: WebhookEnvironment): (previous?: Door) => Promise<Door> {
  const clients = createClients();
  const queue = createSqsQueues({
    client: clients.sqs,
    pullsUrl: environment.pullsQueueUrl,
    laneUrls: {},
    random: randomUUID,
  });
  let kept: { readAt: number; door: Promise<Door> } | null = null;
  return (previous) => {
    const keptMs = previous === undefined ? KEPT_MS : REREAD_MS;
    if (kept !== null && clock.now() - kept.readAt < keptMs) return kept.door;
    const door = readSecretText(clients.secrets, environment.webhookSecret).then((text) =>
      openDoor(text, queue),
    );
    door.catch(() => (kept = null));
    kept = { readAt: clock.now(), door };
    return door;
  };
}

function openDoor(secretText: string, queue: PullQueue): Door {
  const parsed = parseWebhookSecret(secretText);
  if (!parsed.ok) throw new Error(parsed.reason);
  const apps = config.syncs.flatMap(({ app, spec }) => {
    const known = config.apps[app];
    return known === undefined ? [] : [[app, appDoorOf(known, spec)] as const];
  });
  return {
    apps: new Map(apps),
    syncs: new Set(config.syncs.map(({ spec }) => spec.name)),
    queue,
    log,
    secretsOf: (app) => parsed.secret.forApp(app),
    doorbellKey: parsed.secret.doorbell,
    now: () => clock.now(),
  };
}

function appDoorOf(app: AppConfig, { name, fields }: SyncSpec): AppDoor {
  const paths = fields.map(({ path }) => path);
  const digester = createDigester(fields, name);
  return {
    verify: createVerifier(app, paths),
    sync: name,
    digestOf: (shows) => digester.ofRaw(shows),
  };
}

function createClients() {
  const quick = { maxAttempts: 3, requestHandler: { requestTimeout: 5_000 } };
  const dynamodb = new DynamoDBClient(quick);
  // It copies every input and output for a logger that nobody set.
  dynamodb.middlewareStack.remove('loggerMiddleware');
  return {
    dynamodb,
    sqs: new SQSClient(quick),
    secrets: new SecretsManagerClient(quick),
  };
}

function requireSync(name: string): SyncConfig {
  const sync = config.syncs.find(({ spec }) => spec.name === name);
  if (sync === undefined)
    throw new Error(
      `the configuration has no sync “${name}”; was it renamed with messages waiting?`,
    );
  return sync;
}

/** What the stack knows better than the bundle: the default brakes, and the text of the user's functions. */
function asDeployed(sync: SyncConfig, environment: PullEnvironment): SyncConfig {
  const { hasDefaultBrakes, functionDigests } = environment;
  return {
    ...sync,
    brakes: hasDefaultBrakes ? withDefaultCaps(sync.brakes) : sync.brakes,
    functions: functionDigests[sync.spec.name] ?? sync.functions,
  };
}

async function readSecretText(client: SecretsManagerClient, name: string): Promise<string> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
  if (SecretString === undefined) throw new Error(`the secret ${name} holds no text`);
  return SecretString;
}

async function readSecret(client: SecretsManagerClient, name: string): Promise<unknown> {
  const text = await readSecretText(client, name);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Error(`the secret ${name} must be JSON`);
  }
}

function requireUrl(secret: unknown): { url: string; ca?: string } {
  const { url, ca } = (secret ?? {}) as { url?: unknown; ca?: unknown };
  if (typeof url !== 'string')
    throw new Error('the CRM’s secret must be JSON: { "url": "postgres://…" }');
  return typeof ca === 'string' ? { url, ca } : { url };
}
