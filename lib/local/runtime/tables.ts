/** AWS::DynamoDB::Table: keys, indexes and time to live; kept as it is when it exists. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import type { JsonObject, Resource } from './assembly.ts';
import { readList, readObject } from './property-readers.ts';
import { checkProperties, placeOf, type PropertyRules } from './resource-rules.ts';
import { TemplateError } from './template-error.ts';

export interface TableSpec {
  readonly logicalId: string;
  readonly path: string;
  readonly name: string;
  readonly place: string;
  readonly definition: Omit<CreateTableCommandInput, 'TableName'>;
  readonly ttlAttribute: string | undefined;
}

const rules: PropertyRules = {
  done: [
    'AttributeDefinitions',
    'GlobalSecondaryIndexes',
    'KeySchema',
    'LocalSecondaryIndexes',
    'TableName',
    'TimeToLiveSpecification',
  ],
  leftOut: {
    BillingMode: 'nobody is billed; requests are never throttled',
    DeletionProtectionEnabled: 'nothing here deletes a table',
    PointInTimeRecoverySpecification: 'there are no backups here',
    ProvisionedThroughput: 'requests are never throttled',
    SSESpecification: 'nothing is encrypted here',
    Tags: 'for people',
  },
};

const indexRules: PropertyRules = {
  done: ['IndexName', 'KeySchema', 'Projection'],
  leftOut: {
    ContributorInsightsSpecification: 'nobody looks at them',
    OnDemandThroughput: 'requests are never throttled',
    ProvisionedThroughput: 'requests are never throttled',
    WarmThroughput: 'requests are never throttled',
  },
};

export function declareTable(resource: Resource, name: string): TableSpec {
  checkProperties(resource, rules);
  for (const path of ['GlobalSecondaryIndexes', 'LocalSecondaryIndexes']) {
    for (const value of readList<JsonObject>(resource, path)) {
      checkProperties(resource, indexRules, { path, value });
    }
  }
  const { properties } = resource;
  const ttl = readObject(resource, 'TimeToLiveSpecification');
  const attribute = ttl['AttributeName'];
  return {
    logicalId: resource.logicalId,
    path: resource.path,
    name,
    place: placeOf(resource),
    ttlAttribute: ttl['Enabled'] === true && typeof attribute === 'string' ? attribute : undefined,
    definition: {
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: properties['AttributeDefinitions'],
      KeySchema: properties['KeySchema'],
      GlobalSecondaryIndexes: onlyDone(properties['GlobalSecondaryIndexes']),
      LocalSecondaryIndexes: properties['LocalSecondaryIndexes'],
    } as TableSpec['definition'],
  };
}

/** Throughput of an index too: without billing it means nothing, and on-demand tables refuse it. */
function onlyDone(indexes: unknown): unknown {
  if (!Array.isArray(indexes)) return indexes;
  return indexes.map((index) => {
    const kept = Object.entries(index as object).filter(([key]) => indexRules.done.includes(key));
    return Object.fromEntries(kept) as unknown;
  });
}

export async function deployTable(client: DynamoDBClient, spec: TableSpec): Promise<void> {
  const existing = await findTable(client, spec.name);
  if (existing === undefined) {
    await client.send(new CreateTableCommand({ TableName: spec.name, ...spec.definition }));
  } else requireSameShape(spec, existing);
  await setTimeToLive(client, spec);
}

async function findTable(
  client: DynamoDBClient,
  TableName: string,
): Promise<TableDescription | undefined> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    return Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** CloudFormation would add the index or replace the table; here a person decides about the data. */
function requireSameShape(spec: TableSpec, existing: TableDescription): void {
  const wanted = describeShape(spec.definition);
  const found = describeShape(existing);
  if (wanted === found) return;
  throw new TemplateError(
    spec.place,
    `the kept table ${spec.name} has other keys or indexes (${found}) than the template (${wanted}). Start with an empty data directory.`,
  );
}

interface Shape {
  readonly KeySchema?: readonly KeyPart[] | undefined;
  readonly GlobalSecondaryIndexes?: readonly IndexShape[] | undefined;
  readonly LocalSecondaryIndexes?: readonly IndexShape[] | undefined;
}

interface KeyPart {
  readonly AttributeName?: string | undefined;
  readonly KeyType?: string | undefined;
}

interface IndexShape {
  readonly IndexName?: string | undefined;
  readonly KeySchema?: readonly KeyPart[] | undefined;
}

function describeShape(shape: Shape): string {
  const keys = (parts: readonly KeyPart[] = []): string =>
    parts.map((part) => `${part.AttributeName} ${part.KeyType}`).join(', ');
  const indexes = [...(shape.GlobalSecondaryIndexes ?? []), ...(shape.LocalSecondaryIndexes ?? [])];
  const named = indexes.map((index) => `${index.IndexName}: ${keys(index.KeySchema)}`);
  return [keys(shape.KeySchema), ...named.toSorted()].join('; ');
}

async function setTimeToLive(client: DynamoDBClient, spec: TableSpec): Promise<void> {
  const { name: TableName, ttlAttribute } = spec;
  if (ttlAttribute === undefined) return;
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  if (TimeToLiveDescription?.TimeToLiveStatus === 'ENABLED') return;
  const TimeToLiveSpecification = { AttributeName: ttlAttribute, Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
}
