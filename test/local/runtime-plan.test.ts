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
        place: 'Queue (AWS::SQS::Queue, App/Pulls/Queue)',
        attributes: { FifoQueue: 'true', VisibilityTimeout: '7' },
        visibilityMs: 7_000,
        deadLetterName: undefined,
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
    expect(planFunction({ MemorySize: 64 })).toThrow('MemorySize must be between 128 and 10240');
    expect(planFunction({ Timeout: 901 })).toThrow('Timeout must be between 1 and 900');
    expect(planFunction({ ReservedConcurrentExecutions: 0 })).toThrow('must be between 1 and');
    const variables = (Variables: object): object => ({ Environment: { Variables } });
    expect(planFunction(variables({ AWS_REGION: 'x' }))).toThrow('AWS_REGION is reserved');
    expect(planFunction(variables({ LONG: 'x'.repeat(4_096) }))).toThrow('Lambda takes 4096');
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

  test.each([
    [{ FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, 'FlexibleTimeWindow.Mode must be OFF'],
    [{ EndDate: '2030-01-01T00:00:00Z' }, 'EndDate is not supported'],
    [
      { Target: { Arn: 'arn:aws:sqs:us-east-1:0:q', SqsParameters: { Colour: 'red' } } },
      'Target.SqsParameters.Colour is not supported',
    ],
  ])('refuses a schedule with %j', (property, message) => {
    const Target = { Arn: 'arn:aws:sqs:us-east-1:000000000000:q' };
    const Properties = { ScheduleExpression: 'rate(1 minute)', Target, ...property };
    const schedule = { Type: 'AWS::Scheduler::Schedule', Properties };
    expect(() => plan({ S: schedule })).toThrow(message);
  });

  test.each([
    [{ BatchSize: 0 }, 'BatchSize must be at least 1'],
    [{ BatchSize: 100 }, 'needs a batching window'],
    [{ ScalingConfig: { MaximumConcurrency: 1 } }, 'MaximumConcurrency must be at least 2'],
    [{ FunctionResponseTypes: ['Other'] }, 'Other is not supported'],
    [{ FilterCriteria: {} }, 'FilterCriteria is not supported'],
    [{}, "visibility timeout (2000 ms) is less than the function's timeout (3000 ms)"],
  ])('refuses an event source mapping with %j', (property, message) => {
    const EventSourceArn = { 'Fn::GetAtt': ['Queue', 'Arn'] };
    const Properties = { EventSourceArn, FunctionName: { Ref: 'Function' }, ...property };
    const resources = {
      Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 2 } },
      Role: { Type: 'AWS::IAM::Role' },
      Function: lambda,
      Mapping: { Type: 'AWS::Lambda::EventSourceMapping', Properties },
    };
    expect(() => plan(resources)).toThrow(message);
  });

  test('refuses what would lose messages or requests in silence', () => {
    const deadLetterTargetArn = 'arn:aws:sqs:us-east-1:000000000000:elsewhere';
    const RedrivePolicy = { deadLetterTargetArn, maxReceiveCount: 5 };
    const queue = { Type: 'AWS::SQS::Queue', Properties: { RedrivePolicy } };
    expect(() => plan({ Queue: queue })).toThrow('elsewhere is not in this stack');
    const Api = { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } };
    const stage = (ApiId: string): object => ({
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId, StageName: '$default', AutoDeploy: true },
    });
    expect(() => plan({ Api, One: stage('imported') })).toThrow('ApiId must be an API of this');
    expect(() => plan({ Api, One: stage('Api'), Two: stage('Api') })).toThrow('the only stage');
  });

  test('refuses a property that an index has and this runtime does not know', () => {
    const index = { IndexName: 'i', KeySchema: [], Projection: {}, Colour: 'red' };
    const Properties = { KeySchema: [], GlobalSecondaryIndexes: [index] };
    expect(() => plan({ Table: { Type: 'AWS::DynamoDB::Table', Properties } })).toThrow(
      'GlobalSecondaryIndexes.Colour is not supported',
    );
  });

  test('refuses a parameter whose value nobody gives', () => {
    const queue = (name: string): Record<string, object> => ({
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: name } } },
    });
    const Parameters = {
      Given: { Type: 'String', Default: 'named' },
      Asked: { Type: 'String' },
      Stored: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/path' },
    };
    expect(plan(queue('Given'), { Parameters }).queues[0]?.name).toBe('named');
    for (const name of ['Asked', 'Stored']) {
      expect(() => plan(queue(name), { Parameters })).toThrow(`${name}, which has no value here`);
    }
  });

  test('refuses an assembly of several stacks', () => {
    const stack = { type: 'aws:cloudformation:stack', properties: { templateFile: 'x' } };
    write('manifest.json', { artifacts: { A: stack, B: stack } });
    expect(() => readAssembly(dir)).toThrow(
      'exactly one stack can run on one machine; found: A, B',
    );
  });
});
