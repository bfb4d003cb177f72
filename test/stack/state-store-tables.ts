/** The two state tables on a real DynamoDB emulator, a store on them, and a meter of the units it consumes. */
import {
  CreateTableCommand,
  DynamoDBClient,
  type ConsumedCapacity,
  type CreateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import { startDynamoDb, type DynamoDbServer } from '../../lib/local/services/dynamodb.ts';
import type { RateStore } from '../../lib/ports/rates.ts';
import type { StateStore } from '../../lib/ports/state.ts';
import { createStateStore, type StateStoreOptions } from '../../lib/state/state-store.ts';

export interface Meter {
  /** Units since the last reset, table and indexes together. */
  units(): number;
  calls(): number;
  reset(): void;
}

export interface StateTables {
  readonly client: DynamoDBClient;
  readonly store: StateStore & RateStore;
  readonly meter: Meter;
  readonly stateTable: string;
  readonly historyTable: string;
  /** Another store on the same tables, as a second process would have it. */
  readonly another: (more?: Partial<StateStoreOptions>) => StateStore & RateStore;
}

export const testNow = Date.parse('2026-09-21T12:00:00Z');

/** One server for the file, and fresh tables for every test that asks. */
export function useStateTables(): () => Promise<StateTables> {
  let server: DynamoDbServer | undefined;
  const clients: DynamoDBClient[] = [];
  let made = 0;
  beforeAll(async () => {
    server = await startDynamoDb();
  });
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await server?.stop();
  });
  return async () => {
    if (server === undefined) throw new Error('DynamoDB runs only inside tests and hooks.');
    const client = createClient(server.endpoint);
    clients.push(client);
    made += 1;
    const [stateTable, historyTable] = [`state-${made}`, `history-${made}`];
    await createTables(client, stateTable, historyTable);
    const another = (more: Partial<StateStoreOptions> = {}): StateStore & RateStore => {
      const tables = { client, stateTable, historyTable, historyDays: 90, now: () => testNow };
      return createStateStore({ ...tables, ...more });
    };
    const meter = attachMeter(client);
    return { client, store: another(), meter, stateTable, historyTable, another };
  };
}

export function createClient(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
}

export async function createTables(
  client: DynamoDBClient,
  stateTable: string,
  historyTable: string,
): Promise<void> {
  await client.send(new CreateTableCommand(stateTableInput(stateTable)));
  await client.send(new CreateTableCommand(historyTableInput(historyTable)));
}

const keySchema = (partition: string, sort: string): CreateTableCommandInput['KeySchema'] => [
  { AttributeName: partition, KeyType: 'HASH' },
  { AttributeName: sort, KeyType: 'RANGE' },
];

const texts = (...names: string[]): CreateTableCommandInput['AttributeDefinitions'] =>
  names.map((name) => ({ AttributeName: name, AttributeType: 'S' }));

function stateTableInput(name: string): CreateTableCommandInput {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: texts('pk', 'sk', 'ipk', 'isk'),
    KeySchema: keySchema('pk', 'sk'),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'inbox',
        KeySchema: keySchema('ipk', 'isk'),
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  };
}

function historyTableInput(name: string): CreateTableCommandInput {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: texts('pk', 'sk'),
    KeySchema: keySchema('pk', 'sk'),
  };
}

function attachMeter(client: DynamoDBClient): Meter {
  let units = 0;
  let calls = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next({
        ...args,
        input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } as typeof args.input,
      });
      calls += 1;
      units += unitsOf(result.output);
      return result;
    },
    { step: 'initialize', name: 'meter' },
  );
  return {
    units: () => units,
    calls: () => calls,
    reset: () => {
      units = 0;
      calls = 0;
    },
  };
}

function unitsOf(output: object): number {
  const { ConsumedCapacity: consumed } = output as {
    ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[];
  };
  return [consumed ?? []].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}
