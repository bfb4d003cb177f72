import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAssembly } from '../../lib/local/runtime/assembly.ts';
import { planDeployment, type DeploymentPlan } from '../../lib/local/runtime/deployment-plan.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'trivet-plan-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

function write(name: string, content: unknown): void {
  writeFileSync(join(dir, name), JSON.stringify(content));
}

/** Writes an assembly by hand as the CDK would, and plans it. */
function plan(resources: Record<string, object>, more: object = {}): DeploymentPlan {
  const metadata = { '/App/Pulls/Queue': [{ type: 'aws:cdk:logicalId', data: 'Queue' }] };
  write('manifest.json', {
    artifacts: {
      'App.assets': { type: 'cdk:asset-manifest', properties: { file: 'App.assets.json' } },
      App: {
        type: 'aws:cloudformation:stack',
        properties: { templateFile: 'App.template.json', stackName: 'app-main' },
        metadata,
      },
    },
  });
  write('App.assets.json', {
    files: {
      abc: { source: { path: 'asset.abc' }, destinations: { x: { objectKey: 'abc.zip' } } },
    },
  });
  write('App.template.json', { Resources: resources, ...more });
  return planDeployment(readAssembly(dir), {
    region: 'us-east-1',
    queueUrl: (name) => `http://sqs/${name}`,
    secretArn: (name) => `arn:secret:${name}`,
    apiUrl: () => 'http://api',
    endpoints: { SQS: 'http://sqs', DYNAMODB: 'http://dynamo', SECRETS_MANAGER: 'http://secrets' },
  });
}

const lambda = {
  Type: 'AWS::Lambda::Function',
  Properties: {
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { S3Key: 'abc.zip' },
    Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
    Environment: { Variables: { QUEUE: { Ref: 'Queue' } } },
  },
};

describe('the plan of a template', () => {
  test('knows names and paths, and resolves references between resources', () => {
    const { queues, functions, outputs } = plan(
      {
        Role: { Type: 'AWS::IAM::Role', Properties: { Uses: { Ref: 'Nobody' } } },
        Queue: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true, VisibilityTimeout: 7 } },
        Function: lambda,
      },
      { Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Queue', 'Arn'] } } } },
    );
    expect(queues).toEqual([
      {
        logicalId: 'Queue',
        path: 'App/Pulls/Queue',
        name: 'app-main-Queue.fifo',
        attributes: { FifoQueue: 'true', VisibilityTimeout: '7' },
      },
    ]);
    expect(functions[0]).toMatchObject({
      name: 'app-main-Function',
      codeDir: join(dir, 'asset.abc'),
      timeoutMs: 3_000,
      memoryMb: 128,
      mayLoop: false,
      declaredEnvironment: { QUEUE: 'http://sqs/app-main-Queue.fifo' },
      environment: { AWS_ENDPOINT_URL_SQS: 'http://sqs', QUEUE: 'http://sqs/app-main-Queue.fifo' },
    });
    expect(outputs).toEqual({ Arn: 'arn:aws:sqs:us-east-1:000000000000:app-main-Queue.fifo' });
  });

  test('shortens names that AWS would find too long, and keeps them different', () => {
    const long = 'Q'.repeat(90);
    const { queues } = plan({
      [`${long}1`]: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
      [`${long}2`]: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
    });
    const names = queues.map(({ name }) => name);
    expect(names.every((name) => name.length <= 64 && name.endsWith('.fifo'))).toBe(true);
    expect(new Set(names).size).toBe(2);
  });

  test('refuses what it cannot do: values too', () => {
    const withProperty = (property: object): object => ({
      ...lambda,
      Properties: { ...lambda.Properties, Environment: {}, ...property },
    });
    const role = { Type: 'AWS::IAM::Role' };
    const planFunction = (property: object) => (): unknown =>
      plan({ Role: role, Function: withProperty(property) });
    expect(planFunction({ Layers: ['x'] })).toThrow('the property Layers is not supported');
    expect(planFunction({ Runtime: 'python3.13' })).toThrow('Runtime python3.13 cannot run here');
    expect(planFunction({ Code: { ZipFile: 'x' } })).toThrow('must be a file asset');
    expect(() => plan({ Queue: { Type: 'AWS::SQS::Queue', Condition: 'IsProd' } })).toThrow(
      'the condition IsProd cannot be evaluated',
    );
  });

  test('refuses a schedule that has no rate or rings elsewhere than at a queue', () => {
    const schedule = (property: object): object => ({
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        ScheduleExpression: 'rate(1 minute)',
        Target: { Arn: 'arn:aws:sqs:us-east-1:000000000000:q', Input: 'x' },
        ...property,
      },
    });
    const queue = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q' } };
    expect(plan({ Q: queue, S: schedule({ State: 'DISABLED' }) }).schedules[0]).toMatchObject({
      everyMs: 60_000,
      isEnabled: false,
      queueName: 'q',
      input: 'x',
    });
    expect(() => plan({ S: schedule({}) })).toThrow('q is no queue of this stack');
    const cron = schedule({ ScheduleExpression: 'cron(0 0 * * ? *)' });
    expect(() => plan({ S: cron })).toThrow('use rate(…)');
    const bus = schedule({ Target: { Arn: 'arn:aws:events:us-east-1:0:bus/x' } });
    expect(() => plan({ S: bus })).toThrow('Target.Arn must be a queue');
  });

  test('refuses an assembly of several stacks', () => {
    const stack = { type: 'aws:cloudformation:stack', properties: { templateFile: 'x' } };
    write('manifest.json', { artifacts: { A: stack, B: stack } });
    expect(() => readAssembly(dir)).toThrow(
      'exactly one stack can run on one machine; found: A, B',
    );
  });
});
