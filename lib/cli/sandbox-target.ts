/** A running sandbox as a target: found by its file, reached through its services on this machine. */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SyncConfig, TrivetConfig } from '../config/model.ts';
import { loadUserConfig } from '../config/user-config.ts';
import { createReplica } from '../connectors/registry.ts';
import { createConnection } from '../crm/connect.ts';
import { createPostgresReplica } from '../crm/replica.ts';
import { findSandboxes, readSandbox, type RunningSandbox } from '../local/sandbox/running.ts';
import type { Clock } from '../ports/clock.ts';
import { createSqsQueues } from '../queue/sqs.ts';
import { createStateStore } from '../state/state-store.ts';
import { CommandFailure, EXIT } from './failure.ts';
import type { Target, TargetContext } from './target.ts';

const BUDGET_MS = 60_000;
const HOW_TO_START = 'Start one with “npm start” (or “npx trivet sandbox”) and leave it running.';

const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
};

export async function openSandboxTarget(chosen: string | undefined): Promise<Target> {
  const sandbox = requireSandbox(chosen);
  const { config } = await loadUserConfig(sandbox.configPath);
  const { description } = sandbox;
  const connection = createConnection({ url: description.crm.url });
  const { dynamodb, sqs, region } = description.aws;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const clients = {
    dynamodb: new DynamoDBClient({ endpoint: dynamodb, region, credentials }),
    sqs: new SQSClient({ endpoint: sqs, region, credentials }),
  };
  const state = createStateStore({
    client: clients.dynamodb,
    stateTable: sandbox.stateTable,
    historyTable: sandbox.historyTable,
    historyDays: config.historyDays,
    now: () => clock.now(),
  });
  const queue = createSqsQueues({
    client: clients.sqs,
    pullsUrl: sandbox.pullsQueueUrl,
    laneUrls: sandbox.laneQueueUrls,
    random: randomUUID,
  });
  const around = { state, queue, clock, random: randomUUID };
  return {
    mode: 'sandbox',
    name: description.control,
    config,
    state,
    open: (sync) => ({ ...around, ...openEnds(sync, config, sandbox, connection) }),
    close: async () => {
      clients.dynamodb.destroy();
      clients.sqs.destroy();
      await connection.close();
    },
  };
}

function openEnds(
  sync: SyncConfig,
  config: TrivetConfig,
  { description }: RunningSandbox,
  connection: ReturnType<typeof createConnection>,
): Pick<TargetContext, 'sync' | 'crm' | 'app' | 'budget'> {
  const app = config.apps[sync.app];
  if (app === undefined) throw new Error(`the configuration has no app “${sync.app}”`);
  const { apiKey, baseUrl } = description.mailchimp;
  const { table, key, columns, match, spec } = sync;
  const endsAt = clock.now() + BUDGET_MS;
  return {
    sync,
    crm: createPostgresReplica({
      connection,
      sync: spec.name,
      table,
      key,
      columns,
      match: match.column,
      randomId: randomUUID,
      sleep: (ms) => clock.sleep(ms),
    }),
    app: createReplica({
      app,
      secret: { apiKey, baseUrl },
      paths: spec.fields.map(({ path }) => path),
      clock,
      processes: 8,
    }),
    budget: { remainingMs: () => endsAt - clock.now() },
  };
}

/** The one that was named, or the only one running here. Never a guess: `resolve` writes. */
export function requireSandbox(chosen: string | undefined, dir = process.cwd()): RunningSandbox {
  if (chosen !== undefined && !/^https?:/.test(chosen)) return requireFile(chosen);
  const all = findSandboxes(dir);
  const control = chosen?.replace(/\/$/, '');
  const fitting =
    control === undefined ? all : all.filter(({ description }) => description.control === control);
  const [only, ...others] = fitting;
  if (only !== undefined && others.length === 0) return only;
  if (fitting.length > 0) {
    const choices = fitting.map(
      ({ description, process: { pid }, startedAt }) =>
        `  --sandbox ${description.control}   (process ${pid}, since ${startedAt})`,
    );
    throw noTarget(`Several sandboxes run here. Say which:\n${choices.join('\n')}`);
  }
  throw noTarget(
    control === undefined
      ? `No running sandbox was found in ${dir} or above. ${HOW_TO_START}`
      : `No sandbox with the control API ${control} was started in ${dir} or above. ${HOW_TO_START}`,
  );
}

function requireFile(path: string): RunningSandbox {
  const read = readSandbox(path);
  switch (read.kind) {
    case 'running':
      return read.sandbox;
    case 'stale':
      throw noTarget(
        `${path} describes a sandbox that has ended (process ${read.pid}). ${HOW_TO_START}`,
      );
    case 'unreadable':
      throw noTarget(`${path} does not describe a running sandbox: ${read.reason}`);
  }
}

const noTarget = (message: string): CommandFailure => new CommandFailure(message, EXIT.noTarget);
