/**
 * The stack on one machine: deploys a synthesized template onto embedded services and runs it.
 * There is no second wiring: what is not in the template does not happen here.
 *
 *   cdk.out ─► assembly ─► plan (all intrinsics resolved, all refusals) ─► tables, queues, secrets
 *                                                                       └► functions ◄─ mappings,
 *                                                                          HTTP APIs, schedules
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AwsServices } from '../services/services.ts';
import type { QueueDepths } from '../services/sqs/queue.ts';
import { accountId } from '../services/sqs/store.ts';
import { readAssembly, type Assembly } from './assembly.ts';
import { planDeployment, type DeploymentPlan } from './deployment-plan.ts';
import { startMapping } from './event-source-mappings.ts';
import { createFunctionRunner, type FunctionRunner, type Invocation } from './function-runner.ts';
import { answerWith } from './http-apis.ts';
import { openDoor, type HttpDoor } from './http-door.ts';
import type { Log } from './log.ts';
import { createMetrics, type MetricSums } from './metrics.ts';
import { describeOutputs, type RuntimeOutputs } from './outputs.ts';
import { recallPorts, rememberPorts } from './remembered-ports.ts';
import { deadLettersFirst, deployQueue } from './queues.ts';
import { startSchedule } from './schedules.ts';
import { deploySecrets } from './secrets.ts';
import { createSqsClient } from './sqs-client.ts';
import { deployTable } from './tables.ts';

export interface RuntimeOptions {
  /** A synthesized cdk.out. */
  readonly assemblyDir: string;
  readonly services: AwsServices;
  /** Values of secrets by name (or logical id); the template never says them. */
  readonly secretValues: Readonly<Record<string, string>>;
  /** How often schedules fire here. @default as declared */
  readonly scheduleSeconds?: number;
  /** Where the runtime remembers its ports, so that URLs stay the same over restarts. */
  readonly dataDir?: string;
  /** The stack's one HTTP API listens here and nowhere else. @default the remembered port, or any */
  readonly port?: number;
  readonly onLog: Log;
}

export interface Runtime {
  readonly outputs: RuntimeOutputs;
  /** Sums of the functions' metrics by namespace and name. */
  metrics(): MetricSums;
  inFlight(): readonly Invocation[];
  /** By queue name. */
  queueDepths(): ReadonlyMap<string, QueueDepths>;
  /**
   * SIGKILL for one running invocation of a function whose name, logical id or any part of whose
   * construct path begins so; false when none runs.
   */
  killOne(functionPrefix: string): boolean;
  stop(): Promise<void>;
}

interface Stoppable {
  stop(): Promise<void>;
}

export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { services, onLog } = options;
  const assembly = readAssembly(options.assemblyDir);
  const doors = await openDoors(assembly, options);
  try {
    const plan = planDeployment(assembly, {
      region: services.region,
      queueUrl: (name) => services.sqs.queueUrl(name),
      secretArn: (name) => services.secrets.arnOf(name),
      apiUrl: (logicalId) => doors.get(logicalId)?.url ?? '',
      endpoints: {
        SQS: services.sqs.endpoint,
        DYNAMODB: services.dynamodb.endpoint,
        SECRETS_MANAGER: services.secrets.endpoint,
      },
    });
    const metrics = createMetrics();
    const runners = plan.functions.map((spec) => createFunctionRunner(spec, onLog, metrics));
    await deployState(plan, options);
    const sources = startSources(plan, runners, doors, options);
    return {
      outputs: describeOutputs(plan, services.sqs, doors),
      metrics: () => metrics.sums(),
      inFlight: () => runners.flatMap((runner) => runner.inFlight()),
      queueDepths: () => services.sqs.depths(),
      killOne: (prefix) => runners.some((runner) => isCalled(runner, prefix) && runner.killOne()),
      stop: () => stopAll(sources, runners, doors),
    };
  } catch (error) {
    await Promise.all([...doors.values()].map((door) => door.stop()));
    throw error;
  }
}

async function openDoors(
  assembly: Assembly,
  { dataDir, port }: RuntimeOptions,
): Promise<ReadonlyMap<string, HttpDoor>> {
  const ports = recallPorts(dataDir);
  const doors = new Map<string, HttpDoor>();
  for (const { type, logicalId } of assembly.resources) {
    if (type !== 'AWS::ApiGatewayV2::Api') continue;
    const choice = port === undefined ? { wanted: ports[logicalId] } : { only: port };
    doors.set(logicalId, await openDoor(choice));
  }
  rememberPorts(dataDir, doors);
  return doors;
}

async function deployState(plan: DeploymentPlan, options: RuntimeOptions): Promise<void> {
  const { services, secretValues } = options;
  deploySecrets(services.secrets, plan.secrets, secretValues);
  for (const queue of deadLettersFirst(plan.queues)) await deployQueue(services.sqs, queue);
  const client = new DynamoDBClient({
    endpoint: services.dynamodb.endpoint,
    region: services.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    for (const table of plan.tables) await deployTable(client, table);
  } finally {
    client.destroy();
  }
}

/** Everything that makes functions run: from here on the stack lives. */
function startSources(
  plan: DeploymentPlan,
  runners: readonly FunctionRunner[],
  doors: ReadonlyMap<string, HttpDoor>,
  options: RuntimeOptions,
): readonly Stoppable[] {
  const { services, onLog: log, scheduleSeconds } = options;
  const byName = new Map(runners.map((runner) => [runner.spec.name, runner]));
  const around = { region: services.region, sqs: createSqsClient(services.sqs), log };
  for (const api of plan.apis) {
    doors.get(api.logicalId)?.serve(answerWith(api, accountId, byName));
  }
  const everyMs = scheduleSeconds === undefined ? undefined : scheduleSeconds * 1_000;
  return [
    ...plan.mappings.flatMap((spec) => {
      const runner = byName.get(spec.functionName);
      return runner === undefined
        ? []
        : [startMapping(spec, runner, services.sqs.queueUrl(spec.queueName), around)];
    }),
    ...plan.schedules.map((spec) =>
      startSchedule(spec, services.sqs.queueUrl(spec.queueName), { ...around, everyMs }),
    ),
  ];
}

function isCalled({ spec }: FunctionRunner, prefix: string): boolean {
  const wanted = prefix.toLowerCase();
  const names = [spec.name, spec.logicalId, ...spec.path.split('/')];
  return names.some((name) => name.toLowerCase().startsWith(wanted));
}

/** Sources first, so that nothing new begins; what still runs is killed, as a crash would. */
async function stopAll(
  sources: readonly Stoppable[],
  runners: readonly FunctionRunner[],
  doors: ReadonlyMap<string, HttpDoor>,
): Promise<void> {
  const stopping = sources.map((source) => source.stop());
  await Promise.all([...doors.values()].map((door) => door.stop()));
  await Promise.all(runners.map((runner) => runner.stop()));
  await Promise.all(stopping);
}
