/** What must hold in the template whatever else changes: queues, tables, schedules, the door. Functions: functions.test.ts; permissions: iam.test.ts. */
import type { Template } from 'aws-cdk-lib/assertions';
import type { TrivetConfig } from '../../lib/config/model.ts';
import {
  CONFIG,
  createApp,
  type Resource,
  resourcesOf,
  synthesize,
} from './fixtures/synthesize.ts';

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

describe('queues', () => {
  const queues = () => resourcesOf(template, QUEUE);

  test('there is one for pulls and one per sync, each with its dead-letter queue', () => {
    expect(Object.keys(queues()).sort()).toEqual([
      'ApplycontactsnewsLanesDeadLetters',
      'ApplycontactsnewsLanesQueue',
      'ApplycontactsshopLanesDeadLetters',
      'ApplycontactsshopLanesQueue',
      'PullsDeadLetters',
      'PullsQueue',
    ]);
  });

  test('all are FIFO with high throughput, encrypted, kept for 14 days', () => {
    for (const queue of Object.values(queues())) {
      expect(queue.Properties).toMatchObject({
        FifoQueue: true,
        DeduplicationScope: 'messageGroup',
        FifoThroughputLimit: 'perMessageGroupId',
        SqsManagedSseEnabled: true,
        MessageRetentionPeriod: 14 * 24 * 3600,
      });
    }
  });

  test('only pulls drops equal bodies, because Scheduler requires it; lanes never do', () => {
    expect(
      mapped(QUEUE, (queue) => queue.Properties['ContentBasedDeduplication'] ?? false),
    ).toEqual({
      PullsQueue: true,
      PullsDeadLetters: false,
      ApplycontactsnewsLanesQueue: false,
      ApplycontactsnewsLanesDeadLetters: false,
      ApplycontactsshopLanesQueue: false,
      ApplycontactsshopLanesDeadLetters: false,
    });
  });

  test("a message is given up after five receives, into the queue's own dead letters", () => {
    for (const id of ['Pulls', 'ApplycontactsnewsLanes', 'ApplycontactsshopLanes']) {
      expect(property(queues()[`${id}Queue`], 'RedrivePolicy')).toEqual({
        deadLetterTargetArn: {
          'Fn::GetAtt': [expect.stringMatching(`^${id}DeadLetters[0-9A-F]{8}$`), 'Arn'],
        },
        maxReceiveCount: 5,
      });
    }
  });

  test('refuse requests without TLS', () => {
    const policies = Object.values(resourcesOf(template, 'AWS::SQS::QueuePolicy'));
    expect(policies).toHaveLength(6);
    for (const policy of policies) {
      expect(JSON.stringify(policy)).toContain('"aws:SecureTransport":"false"');
    }
  });
});

describe('state', () => {
  test('both tables are on demand, encrypted, recoverable, protected, and outlive the stack', () => {
    const tables = resourcesOf(template, 'AWS::DynamoDB::Table');
    expect(Object.keys(tables).sort()).toEqual(['TablesHistory', 'TablesState']);
    for (const table of Object.values(tables)) {
      expect(table).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
      expect(table.Properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      });
    }
  });

  test('the state table has the inbox, the history table forgets by itself', () => {
    const tables = resourcesOf(template, 'AWS::DynamoDB::Table');
    expect(property(tables['TablesState'], 'GlobalSecondaryIndexes')).toEqual([
      {
        IndexName: 'inbox',
        KeySchema: [
          { AttributeName: 'ipk', KeyType: 'HASH' },
          { AttributeName: 'isk', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ]);
    expect(property(tables['TablesHistory'], 'TimeToLiveSpecification')).toEqual({
      AttributeName: 'ttl',
      Enabled: true,
    });
  });
});

describe('schedules', () => {
  test('each sync is rung at its own pace, in its own group, with a body that never repeats', () => {
    const schedules = resourcesOf(template, 'AWS::Scheduler::Schedule');
    const input = (sync: string): string =>
      `{"kind":"ring","sync":"${sync}","source":"schedule","scheduledAt":"<aws.scheduler.scheduled-time>"}`;
    const rings = (sync: string, expression: string): unknown => ({
      ScheduleExpression: expression,
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: { 'Fn::GetAtt': [expect.stringContaining('PullsQueue'), 'Arn'] },
        Input: input(sync),
        SqsParameters: { MessageGroupId: sync },
        RetryPolicy: { MaximumEventAgeInSeconds: 60 },
      },
    });
    expect(schedules['Schedulescontactsnews']?.Properties).toMatchObject(
      rings('contacts-news', 'rate(1 minute)') as object,
    );
    expect(schedules['Schedulescontactsshop']?.Properties).toMatchObject(
      rings('contacts-shop', 'rate(15 minutes)') as object,
    );
    expect(Object.keys(schedules)).toHaveLength(2);
  });
});

const byText = (a: unknown, b: unknown): number => String(a).localeCompare(String(b));

describe('the door from the internet', () => {
  test('one concrete route per doorbell and webhook, all to the webhook function', () => {
    const routes = Object.values(resourcesOf(template, 'AWS::ApiGatewayV2::Route'));
    expect(routes.map((route) => route.Properties['RouteKey']).sort(byText)).toEqual([
      'GET /webhooks/news',
      'GET /webhooks/news/{secret}',
      'GET /webhooks/shop',
      'GET /webhooks/shop/{secret}',
      'POST /doorbell/contacts-news',
      'POST /doorbell/contacts-shop',
      'POST /webhooks/news',
      'POST /webhooks/news/{secret}',
      'POST /webhooks/shop',
      'POST /webhooks/shop/{secret}',
    ]);
    const integrations = Object.values(resourcesOf(template, 'AWS::ApiGatewayV2::Integration'));
    expect(integrations.map((it) => it.Properties)).toMatchObject([
      {
        IntegrationType: 'AWS_PROXY',
        PayloadFormatVersion: '2.0',
        IntegrationUri: { 'Fn::GetAtt': [expect.stringContaining('WebhookFunction'), 'Arn'] },
      },
    ]);
  });

  test('is throttled before our code, and its log never shows the secret in a path', () => {
    const stages = Object.values(resourcesOf(template, 'AWS::ApiGatewayV2::Stage'));
    expect(stages).toHaveLength(1);
    expect(stages[0]?.Properties).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
    });
    const format = JSON.stringify(stages[0]?.Properties['AccessLogSettings']);
    expect(format).toContain('$context.routeKey');
    expect(format).not.toContain('$context.path');
  });
});

describe('secrets', () => {
  test('the only secret of the stack is the generated webhook secret: no deploy touches credentials', () => {
    const secrets = Object.values(resourcesOf(template, 'AWS::SecretsManager::Secret'));
    expect(secrets.map((secret) => secret.Properties)).toMatchObject([
      {
        Name: 'trivet/main/webhooks',
        GenerateSecretString: {
          GenerateStringKey: 'doorbell',
          SecretStringTemplate: '{"apps":{}}',
          PasswordLength: 48,
        },
      },
    ]);
  });
});

describe('a config the stack cannot serve', () => {
  const withSync = (change: Partial<TrivetConfig['syncs'][number]>): TrivetConfig => ({
    ...CONFIG,
    syncs: CONFIG.syncs.slice(0, 1).map((sync) => ({ ...sync, ...change })),
  });

  test('names the app that does not exist, and those that do', () => {
    expect(() => createApp({ config: withSync({ app: 'nwes' }) })).toThrow(
      "syncs.contacts-news.app is 'nwes', which is not among apps (news, shop)",
    );
  });

  test('refuses a name that would be another route', () => {
    const [sync] = CONFIG.syncs;
    const config = withSync({ spec: { ...(sync as typeof sync & object).spec, name: 'a/{b}' } });
    expect(() => createApp({ config })).toThrow("The name 'a/{b}' becomes part of a URL");
  });

  test('refuses an app whose longest call is longer than Lambda runs', () => {
    const news = CONFIG.apps['news'] as NonNullable<(typeof CONFIG.apps)[string]>;
    const slow = { ...news, capabilities: { ...news.capabilities, longestCallMs: 900_000 } };
    const config = { ...CONFIG, apps: { ...CONFIG.apps, news: slow } };
    expect(() => createApp({ config })).toThrow('would need 930 s, but Lambda allows 900 s');
  });
});
