/** A small CDK app with one of everything that the one-machine runtime runs. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CfnResource } from 'aws-cdk-lib';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Code, Function as LambdaFunction, RecursiveLoop, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { SqsSendMessage } from 'aws-cdk-lib/aws-scheduler-targets';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { buildSync } from 'esbuild';

const sources = join(import.meta.dirname, 'runtime-functions');

/** What the function behind `/capped` may run at once. */
export const CAP = 2;

/** Visibility and timeout are short, so that what they decide is seen within seconds. */
const timeout = Duration.seconds(2);
const visibilityTimeout = Duration.seconds(2);

/** Synthesizes into `dir` and gives the assembly's directory. `extra` may add to the stack. */
export function synthesizeTestApp(
  dir: string,
  extra: (stack: Stack) => void = () => undefined,
): string {
  const outdir = join(dir, 'cdk.out');
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, 'Test', { stackName: 'test-stack' });
  const results = new Table(stack, 'Results', {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    timeToLiveAttribute: 'ttl',
  });
  results.addGlobalSecondaryIndex({
    indexName: 'byKind',
    partitionKey: { name: 'kind', type: AttributeType.STRING },
  });
  const code = new Map(['worker', 'looper', 'web'].map((name) => [name, bundle(dir, name)]));
  const define = (
    id: string,
    source: string,
    more: Partial<FunctionOptions> = {},
  ): LambdaFunction =>
    new LambdaFunction(stack, id, {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromAsset(code.get(source) ?? ''),
      timeout,
      memorySize: 256,
      ...more,
      environment: { RESULTS: results.tableName, ...more.environment },
    });
  addWorker(stack, define);
  addLoopers(stack, define);
  addWeb(stack, define);
  extra(stack);
  app.synth();
  return outdir;
}

interface FunctionOptions {
  readonly environment: Record<string, string>;
  readonly recursiveLoop: RecursiveLoop;
  readonly reservedConcurrentExecutions: number;
}

type Define = (id: string, source: string, more?: Partial<FunctionOptions>) => LambdaFunction;

function addWorker(stack: Stack, define: Define): void {
  const worker = define('Worker', 'worker');
  const { queue } = createQueue(stack, 'Work');
  worker.addEventSource(
    new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true }),
  );
  const paused = createQueue(stack, 'Paused').queue;
  worker.addEventSource(new SqsEventSource(paused, { enabled: false }));
  for (const [id, enabled] of [
    ['Tick', true],
    ['Never', false],
  ] as const) {
    new Schedule(stack, id, {
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      enabled,
      target: new SqsSendMessage(queue, {
        messageGroupId: id,
        input: ScheduleTargetInput.fromObject({ id, at: ContextAttribute.scheduledTime }),
      }),
    });
  }
}

function addLoopers(stack: Stack, define: Define): void {
  for (const id of ['Bounded', 'Allowed']) {
    const { queue } = createQueue(stack, id);
    const environment = { OWN_QUEUE: queue.queueUrl, CHAIN: id };
    const loop = id === 'Allowed' ? { recursiveLoop: RecursiveLoop.ALLOW } : {};
    const looper = define(`${id}Looper`, 'looper', { environment, ...loop });
    looper.addEventSource(new SqsEventSource(queue));
  }
}

function addWeb(stack: Stack, define: Define): void {
  const given = new Secret(stack, 'Given', { secretName: 'given/secret' });
  const generated = new Secret(stack, 'Generated', {
    generateSecretString: {
      secretStringTemplate: '{"user":"x"}',
      generateStringKey: 'password',
      excludePunctuation: true,
      passwordLength: 20,
    },
  });
  const web = define('Web', 'web', {
    environment: { GIVEN: given.secretName, GENERATED: generated.secretArn },
  });
  const api = new HttpApi(stack, 'Api', { createDefaultStage: false });
  const integration = new HttpLambdaIntegration('Integration', web);
  const methods = [HttpMethod.GET, HttpMethod.POST];
  api.addRoutes({ path: '/echo', methods, integration });
  api.addRoutes({ path: '/echo/{id}', methods, integration });
  const capped = define('Capped', 'web', { reservedConcurrentExecutions: CAP });
  const toCapped = new HttpLambdaIntegration('ToCapped', capped);
  api.addRoutes({ path: '/capped', methods: [HttpMethod.GET], integration: toCapped });
  api.addRoutes({ path: '/throttled', methods: [HttpMethod.GET], integration });
  const stage = new HttpStage(stack, 'Stage', { httpApi: api, autoDeploy: true });
  const settings = { 'GET /throttled': { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 3 } };
  (stage.node.defaultChild as CfnResource).addPropertyOverride('RouteSettings', settings);
  new CfnOutput(stack, 'Url', { value: api.apiEndpoint });
}

function createQueue(stack: Stack, id: string): { queue: Queue } {
  const deadLetters = new Queue(stack, `${id}Dead`, { fifo: true });
  const queue = new Queue(stack, id, {
    fifo: true,
    visibilityTimeout,
    contentBasedDeduplication: true,
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: 2 },
  });
  return { queue };
}

function bundle(dir: string, name: string): string {
  const outdir = join(dir, 'bundles', name);
  mkdirSync(outdir, { recursive: true });
  buildSync({
    entryPoints: [join(sources, `${name}.ts`)],
    outfile: join(outdir, 'index.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: {
      js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);",
    },
  });
  return outdir;
}
