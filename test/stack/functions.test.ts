/** The functions of the template: how they run, what feeds them, what they are told, where they stand. */
import type { Template } from 'aws-cdk-lib/assertions';
import type { TrivetConfig } from '../../lib/config/model.ts';
import { CONFIG, type Resource, resourcesOf, synthesize } from './fixtures/synthesize.ts';

const LAMBDA = 'AWS::Lambda::Function';
const QUEUE = 'AWS::SQS::Queue';

let template: Template;
beforeAll(() => {
  template = synthesize();
}, 60_000);

const property = (resource: Resource | undefined, name: string): unknown =>
  resource?.Properties[name];

function mapped(type: string, pick: (resource: Resource) => unknown): Record<string, unknown> {
  const resources = Object.entries(resourcesOf(template, type));
  return Object.fromEntries(resources.map(([id, resource]) => [id, pick(resource)]));
}

describe('functions', () => {
  const functions = () => resourcesOf(template, LAMBDA);

  test('there is one pull, one webhook and one apply per sync', () => {
    expect(Object.keys(functions()).sort()).toEqual([
      'ApplycontactsnewsApplyFunction',
      'ApplycontactsshopApplyFunction',
      'PullFunction',
      'WebhookFunction',
    ]);
  });

  test('run on Node 24, arm64, with 512 MB and a log that ends after 30 days', () => {
    for (const lambda of Object.values(functions())) {
      expect(lambda.Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        MemorySize: 512,
        LoggingConfig: { LogGroup: { Ref: expect.any(String) as string } },
      });
    }
    const logs = Object.values(resourcesOf(template, 'AWS::Logs::LogGroup'));
    expect(logs.map((log) => log.Properties['RetentionInDays'])).toEqual([30, 30, 30, 30, 30]);
  });

  test("pull has 60 s, webhook 10 s, apply its app's longest call and 30 s", () => {
    expect(mapped(LAMBDA, (lambda) => lambda.Properties['Timeout'])).toEqual({
      PullFunction: 60,
      WebhookFunction: 10,
      ApplycontactsnewsApplyFunction: 150,
      ApplycontactsshopApplyFunction: 76,
    });
  });

  test('messages stay hidden six times as long as their reader may run', () => {
    expect(mapped(QUEUE, (queue) => queue.Properties['VisibilityTimeout'] ?? null)).toMatchObject({
      PullsQueue: 6 * 60,
      ApplycontactsnewsLanesQueue: 6 * 150,
      ApplycontactsshopLanesQueue: 6 * 76,
    });
  });

  test('pull and apply may call themselves through their queue; webhook has no reason to', () => {
    expect(mapped(LAMBDA, (lambda) => lambda.Properties['RecursiveLoop'])).toEqual({
      PullFunction: 'Allow',
      ApplycontactsnewsApplyFunction: 'Allow',
      ApplycontactsshopApplyFunction: 'Allow',
      WebhookFunction: 'Terminate',
    });
  });
});

describe('how functions are fed', () => {
  test('the webhook function has its own few executions, so that a flood takes none of the others’', () => {
    const reserved = mapped(LAMBDA, (lambda) => lambda.Properties['ReservedConcurrentExecutions']);
    expect(reserved).toEqual({
      PullFunction: undefined,
      WebhookFunction: 5,
      ApplycontactsnewsApplyFunction: undefined,
      ApplycontactsshopApplyFunction: undefined,
    });
  });

  test('where an account refuses reservations, so few requests are let in that they need no cap', () => {
    const without = synthesize({ webhookConcurrency: 0 });
    const webhook = resourcesOf(without, LAMBDA)['WebhookFunction'];
    expect(webhook?.Properties).not.toHaveProperty('ReservedConcurrentExecutions');
    const [stage] = Object.values(resourcesOf(without, 'AWS::ApiGatewayV2::Stage'));
    expect(property(stage, 'DefaultRouteSettings')).toEqual({
      ThrottlingRateLimit: 5,
      ThrottlingBurstLimit: 5,
    });
  }, 60_000);

  test('nothing limits what queues feed: message groups do', () => {
    for (const mapping of Object.values(resourcesOf(template, 'AWS::Lambda::EventSourceMapping'))) {
      expect(mapping.Properties).not.toHaveProperty('ScalingConfig');
    }
  });

  test('pull reads pulls, each apply its own lanes; a failed lane alone comes back', () => {
    const wiring = mapped('AWS::Lambda::EventSourceMapping', ({ Properties }) => Properties);
    const reads = (queue: string, reader: string): unknown => ({
      BatchSize: 10,
      EventSourceArn: { 'Fn::GetAtt': [expect.stringContaining(queue), 'Arn'] },
      FunctionName: { Ref: expect.stringContaining(reader) as string },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(wiring).toEqual({
      PullFunctionMessages: reads('PullsQueue', 'PullFunction'),
      ApplycontactsnewsApplyFunctionMessages: reads('newsLanesQueue', 'newsApplyFunction'),
      ApplycontactsshopApplyFunctionMessages: reads('shopLanesQueue', 'shopApplyFunction'),
    });
  });
});

describe('what functions are told', () => {
  const told = (id: string): unknown => property(resourcesOf(template, LAMBDA)[id], 'Environment');

  test('pull knows every lane and every secret', () => {
    const variables = JSON.stringify(told('PullFunction'));
    expect(told('PullFunction')).toMatchObject({
      Variables: {
        INSTALLATION: 'main',
        CRM_SECRET: 'crm/database',
        APP_SECRETS: '{"news":"mailchimp/news","shop":"mailchimp/shop"}',
        BRAKES: 'on',
        FUNCTION_DIGESTS: '{"contacts-news":"digest-of-news","contacts-shop":"digest-of-shop"}',
      },
    });
    expect(variables).toContain('newsLanesQueue');
    expect(variables).toContain('shopLanesQueue');
  });

  test('apply knows its own lane, its own secret and how long history lasts', () => {
    expect(told('ApplycontactsshopApplyFunction')).toMatchObject({
      Variables: {
        SYNC: 'contacts-shop',
        APP_SECRETS: '{"shop":"mailchimp/shop"}',
        FUNCTION_DIGESTS: '{"contacts-shop":"digest-of-shop"}',
        HISTORY_DAYS: '90',
        HISTORY_TABLE: { Ref: expect.stringContaining('TablesHistory') as string },
      },
    });
    expect(JSON.stringify(told('ApplycontactsshopApplyFunction'))).not.toContain('news');
  });

  test('webhook knows the queue it rings and the secret it checks with, nothing else of Trivet', () => {
    expect(told('WebhookFunction')).toEqual({
      Variables: {
        INSTALLATION: 'main',
        PULLS_QUEUE_URL: { Ref: expect.stringContaining('PullsQueue') as string },
        WEBHOOK_SECRET: 'trivet/main/webhooks',
        POWERTOOLS_SERVICE_NAME: 'trivet-webhook',
        POWERTOOLS_METRICS_NAMESPACE: 'Trivet',
        POWERTOOLS_LOG_LEVEL: 'INFO',
      },
    });
  });
});

describe('network', () => {
  test('nothing runs in a VPC by default, and none is made', () => {
    expect(mapped(LAMBDA, (lambda) => lambda.Properties['VpcConfig'] ?? null)).toEqual({
      PullFunction: null,
      WebhookFunction: null,
      ApplycontactsnewsApplyFunction: null,
      ApplycontactsshopApplyFunction: null,
    });
    expect(JSON.stringify(template.toJSON())).not.toContain('AWS::EC2');
  });
});

describe('a network of the user', () => {
  const inVpc: TrivetConfig = {
    ...CONFIG,
    crm: {
      ...CONFIG.crm,
      network: {
        kind: 'vpc',
        vpcId: 'vpc-0a1b2c3d4e5f60718',
        subnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0a1b2c3d4e5f60719'],
        securityGroupIds: ['sg-0a1b2c3d4e5f60718'],
      },
    },
  };

  test('holds pull and apply, never webhook, and nothing is added to it', () => {
    const placed = synthesize({ config: inVpc });
    const vpc = {
      SubnetIds: ['subnet-0a1b2c3d4e5f60718', 'subnet-0a1b2c3d4e5f60719'],
      SecurityGroupIds: ['sg-0a1b2c3d4e5f60718'],
    };
    const functions = resourcesOf(placed, LAMBDA);
    expect(property(functions['PullFunction'], 'VpcConfig')).toEqual(vpc);
    expect(property(functions['ApplycontactsnewsApplyFunction'], 'VpcConfig')).toEqual(vpc);
    expect(property(functions['ApplycontactsshopApplyFunction'], 'VpcConfig')).toEqual(vpc);
    expect(functions['WebhookFunction']?.Properties).not.toHaveProperty('VpcConfig');
    expect(JSON.stringify(placed.toJSON())).not.toContain('AWS::EC2');
  }, 60_000);
});

describe("the sandbox's short time-outs", () => {
  test('make a crash cost seconds', () => {
    const short = synthesize({ timeouts: 'short' });
    const functions = Object.entries(resourcesOf(short, LAMBDA));
    expect(Object.fromEntries(functions.map(([id, it]) => [id, it.Properties['Timeout']]))).toEqual(
      {
        PullFunction: 10,
        WebhookFunction: 5,
        ApplycontactsnewsApplyFunction: 10,
        ApplycontactsshopApplyFunction: 10,
      },
    );
    const queues = resourcesOf(short, QUEUE);
    expect(property(queues['PullsQueue'], 'VisibilityTimeout')).toBe(12);
    expect(property(queues['ApplycontactsnewsLanesQueue'], 'VisibilityTimeout')).toBe(12);
  }, 60_000);
});

describe('the time-outs of one machine with real systems', () => {
  test('give calls the time they have on AWS, and a crashed function hides its messages no longer than it may run', () => {
    const local = synthesize({ timeouts: 'local' });
    const functions = resourcesOf(local, LAMBDA);
    const normal = resourcesOf(synthesize(), LAMBDA);
    const timeouts = (all: Record<string, Resource>): unknown =>
      Object.entries(all).map(([id, it]) => [id, it.Properties['Timeout']]);
    expect(timeouts(functions)).toEqual(timeouts(normal));
    const queues = resourcesOf(local, QUEUE);
    expect(property(queues['PullsQueue'], 'VisibilityTimeout')).toBe(65);
    expect(property(queues['ApplycontactsnewsLanesQueue'], 'VisibilityTimeout')).toBe(155);
  }, 60_000);
});
