/**
 * A deployed stack as a target: its outputs say what is called how, its clients where. This is the same for
 * the sandbox, `trivet local` and AWS, so what is tried on one machine is what runs against an account.
 */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SyncConfig, TrivetConfig } from '../config/model.ts';
import { installationOf, type StackOutputs } from '../config/stack-outputs.ts';
import { withDigests } from '../flow/keep-digests.ts';
import { createReplica } from '../connectors/registry.ts';
import { createConnection, type CrmConnection } from '../crm/connect.ts';
import { createSyncReplica } from '../crm/replica.ts';
import type { Clock } from '../ports/clock.ts';
import type { RateStore } from '../ports/rates.ts';
import { createDeadLetters } from '../queue/dead-letters.ts';
import { createSqsQueues } from '../queue/sqs.ts';
import { createStateStore } from '../state/state-store.ts';
import { createSecretBook, readJsonSecret, requireCrmUrl, type SecretBook } from './secret-book.ts';
import type { LaneDepth, Mode, Target, TargetContext } from './target.ts';

const BUDGET_MS = 60_000;

const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
};

/** Undefined leaves the choice to the SDK: environment, profile, instance. */
export interface ClientChoices {
  readonly region?: string;
  readonly profile?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly endpoints?: {
    readonly dynamodb: string;
    readonly sqs: string;
    readonly secretsManager: string;
  };
}

export interface StackPlace {
  readonly mode: Mode;
  readonly name: string;
  readonly config: TrivetConfig;
  readonly outputs: StackOutputs;
  readonly clients: ClientChoices;
  readonly isRunning: boolean;
  /** Where the outside reaches the endpoint; null where it cannot. */
  readonly endpoint: string | null;
  /** Ends what was started for this target alone. */
  readonly close?: () => Promise<void>;
}

export function openStack(place: StackPlace): Target {
  const { config, outputs } = place;
  const { dynamodb, sqs, secretsManager } = createClients(place.clients);
  const state = createStateStore({
    client: dynamodb,
    stateTable: outputs.StateTable,
    historyTable: outputs.HistoryTable,
    historyDays: config.historyDays,
    now: () => clock.now(),
  });
  const queue = createSqsQueues({
    client: sqs,
    pullsUrl: outputs.PullsQueue,
    laneUrls: outputs.LaneQueues,
    random: randomUUID,
  });
  const secrets = createSecretBook(secretsManager);
  const connections = new Map<string, CrmConnection>();
  const around = { state, queue, clock, random: randomUUID };
  return {
    mode: place.mode,
    name: place.name,
    isRunning: place.isRunning,
    endpoint: place.endpoint,
    config,
    state,
    rates: state,
    queue,
    deadLetters: createDeadLetters({
      client: sqs,
      urls: { ...outputs.LaneQueues, pulls: outputs.PullsQueue },
      random: randomUUID,
    }),
    secrets,
    clock,
    webhookSecret: outputs.WebhookSecretName,
    depth: (sync) => readDepth(sqs, outputs.LaneQueues[sync]),
    open: async (sync) => ({
      ...around,
      ...(await openEnds(sync, {
        config,
        secrets,
        connections,
        rates: state,
        installation: installationOf(outputs),
      })),
      ...(await withDigests(sync, state)),
    }),
    close: async () => {
      for (const client of [dynamodb, sqs, secretsManager]) client.destroy();
      for (const connection of connections.values()) await connection.close();
      await place.close?.();
    },
  };
}

function createClients({ endpoints, ...choices }: ClientChoices) {
  const at = (endpoint: string | undefined) =>
    endpoint === undefined ? choices : { ...choices, endpoint };
  return {
    dynamodb: new DynamoDBClient(at(endpoints?.dynamodb)),
    sqs: new SQSClient(at(endpoints?.sqs)),
    secretsManager: new SecretsManagerClient(at(endpoints?.secretsManager)),
  };
}

async function readDepth(client: SQSClient, QueueUrl: string | undefined): Promise<LaneDepth> {
  const names = [
    'ApproximateNumberOfMessages',
    'ApproximateNumberOfMessagesNotVisible',
    'ApproximateNumberOfMessagesDelayed',
  ] as const;
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }),
  );
  const [waiting = 0, inWork = 0, delayed = 0] = names.map((name) =>
    Number(Attributes?.[name] ?? 0),
  );
  return { waiting: waiting + delayed, inWork };
}

interface Around {
  readonly config: TrivetConfig;
  readonly secrets: SecretBook;
  readonly connections: Map<string, CrmConnection>;
  readonly rates: RateStore;
  readonly installation: string;
}

async function openEnds(
  sync: SyncConfig,
  { config, secrets, connections, rates, installation }: Around,
): Promise<Pick<TargetContext, 'sync' | 'crm' | 'app' | 'budget'>> {
  const app = config.apps[sync.app];
  if (app === undefined) throw new Error(`The configuration has no app “${sync.app}”.`);
  const [crmSecret, appSecret] = await Promise.all([
    readJsonSecret(secrets, config.crm.secret),
    readJsonSecret(secrets, app.secret),
  ]);
  const { spec } = sync;
  const connection =
    connections.get(spec.name) ?? createConnection(requireCrmUrl(crmSecret, config.crm.secret));
  connections.set(spec.name, connection);
  const endsAt = clock.now() + BUDGET_MS;
  return {
    sync,
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
      // A command is one caller beside all lanes and the pull: it takes one of the app's connections.
      processes: 8,
      installation,
      rates,
    }),
    budget: { remainingMs: () => endsAt - clock.now() },
  };
}
