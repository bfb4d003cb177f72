/**
 * The price list: us-east-1, on demand, in US dollars, free tiers not deducted. Looked up in September 2026 in secondary
 * sources; what is marked “not read again” is the vendor's price as generally known. Prices change: look before you rely on one.
 */

export const PRICES_AS_OF = 'September 2026';

export interface Price {
  readonly what: string;
  readonly dollars: number;
  readonly per: string;
  readonly source: string;
}

const price = (what: string, dollars: number, per: string, source: string): Price => ({
  what,
  dollars,
  per,
  source,
});

export const PRICES = {
  writeUnits: price(
    'DynamoDB writes',
    0.625,
    'million units',
    'airbyte.com/data-engineering-resources/dynamodb-pricing',
  ),
  readUnits: price('DynamoDB reads', 0.125, 'million units', 'the same'),
  storage: price(
    'DynamoDB storage',
    0.25,
    'GB-month',
    'aws.amazon.com/dynamodb/pricing, not read again',
  ),
  recovery: price('DynamoDB point-in-time recovery', 0.2, 'GB-month', 'the same, not read again'),
  compute: price(
    'Lambda, ARM',
    13.3334,
    'million GB-seconds',
    'aws.amazon.com/lambda/pricing, not read again',
  ),
  invocations: price('Lambda requests', 0.2, 'million', 'the same, not read again'),
  queueRequests: price(
    'SQS FIFO requests',
    0.5,
    'million',
    'aws.amazon.com/sqs/pricing, not read again',
  ),
  scheduler: price(
    'EventBridge Scheduler',
    1,
    'million',
    'aws.amazon.com/eventbridge/pricing, not read again',
  ),
  secrets: price(
    'Secrets Manager',
    0.4,
    'secret-month',
    'aws.amazon.com/secrets-manager/pricing, not read again',
  ),
  secretReads: price('Secrets Manager calls', 5, 'million', 'the same, not read again'),
  metrics: price('CloudWatch custom metrics', 0.3, 'metric-month', 'factualminds.com, June 2026'),
  alarms: price('CloudWatch alarms', 0.1, 'alarm-month', 'the same'),
  logs: price('CloudWatch logs', 0.5, 'GB', 'the same'),
  httpApi: price(
    'API Gateway HTTP API',
    1,
    'million requests',
    'go-cloud.io/aws-api-gateway-pricing',
  ),
  natHours: price('NAT gateway', 0.045, 'hour', 'cloudburn.io, 2026'),
  natTraffic: price('NAT gateway traffic', 0.045, 'GB', 'the same'),
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;
