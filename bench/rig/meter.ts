/**
 * A meter between the functions and DynamoDB: asks the service what each call consumed and counts calls
 * and units by operation, table and kind of item. Only for runs that count: it costs a hop.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { kindOfItem, type ItemKind } from './item-kind.ts';

export interface Reading {
  readonly operation: string;
  readonly table: 'state' | 'history';
  readonly kind: ItemKind;
  readonly effect: 'read' | 'write';
  calls: number;
  units: number;
  /** Items named by the calls. */
  items: number;
}

export interface Meter {
  /** To be handed to `stateEndpoint`: from here on calls to our address go to that service. */
  attach(endpoint: string): string;
  readings(): readonly Reading[];
  reset(): void;
  stop(): Promise<void>;
}

const WRITES = new Set([
  'BatchExecuteStatement',
  'BatchWriteItem',
  'DeleteItem',
  'PutItem',
  'UpdateItem',
]);
const READS = new Set(['BatchGetItem', 'GetItem', 'Query', 'Scan']);

export async function startMeter(): Promise<Meter> {
  let target = '';
  const readings = new Map<string, Reading>();
  const server = createServer((request, response) => {
    void forward(target, request).then(
      ({ status, body, call }) => {
        if (call !== null) note(readings, call, body);
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
      },
      (error: unknown) => response.writeHead(502).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    attach: (endpoint) => {
      target = endpoint;
      return `http://127.0.0.1:${port}`;
    },
    readings: () => [...readings.values()].map((reading) => ({ ...reading })),
    reset: () => readings.clear(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface MeteredCall {
  readonly operation: string;
  readonly body: string;
}

async function forward(
  target: string,
  request: IncomingMessage,
): Promise<{ status: number; body: string; call: MeteredCall | null }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const sent = Buffer.concat(chunks).toString();
  const header = request.headers['x-amz-target'];
  const operation = typeof header === 'string' ? (header.split('.')[1] ?? '') : '';
  const isMetered = WRITES.has(operation) || READS.has(operation);
  const answer = await fetch(target, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': String(header),
      authorization: request.headers.authorization ?? '',
      'x-amz-date': String(request.headers['x-amz-date']),
    },
    // The emulator checks no signature, so a changed body is taken.
    body: isMetered
      ? JSON.stringify({ ...(JSON.parse(sent) as object), ReturnConsumedCapacity: 'TOTAL' })
      : sent,
  });
  const body = await answer.text();
  return { status: answer.status, body, call: isMetered ? { operation, body: sent } : null };
}

interface Consumed {
  readonly CapacityUnits?: number;
}

function note(
  readings: Map<string, Reading>,
  { operation, body }: MeteredCall,
  answer: string,
): void {
  const { table, kind, items } = kindOfItem(operation, JSON.parse(body) as object);
  const { ConsumedCapacity: consumed } = JSON.parse(answer) as {
    ConsumedCapacity?: Consumed | readonly Consumed[];
  };
  const each = consumed === undefined ? [] : [consumed].flat();
  // A refused conditional write is billed like a done one, and its error says no units.
  const units =
    each.length === 0
      ? WRITES.has(operation)
        ? 1
        : 0
      : each.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
  const name = [operation, table, kind].join(' ');
  const reading = readings.get(name) ?? {
    operation,
    table,
    kind,
    effect: WRITES.has(operation) ? 'write' : 'read',
    calls: 0,
    units: 0,
    items: 0,
  };
  reading.calls += 1;
  reading.units += units;
  reading.items += items;
  readings.set(name, reading);
}
