/**
 * Reads and unconditional writes by key, as many per call as the service takes. It may answer a part and
 * leave the rest unprocessed; the rest is asked again.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
 */
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { toItem, type Item } from './attribute.ts';
import { chunk, mapParallel } from './parallel.ts';
import { send, type Connection } from './sending.ts';
import type { ItemKey } from './table-keys.ts';

const getsPerCallMax = 100;
const writesPerCallMax = 25;
const callsInFlightMax = 4;

/** Strongly consistent, in no particular order. Keys must differ; those without an item are missing. */
export async function getItems(
  connection: Connection,
  table: string,
  keys: readonly ItemKey[],
): Promise<readonly Item[]> {
  const pages = chunk(keys, getsPerCallMax);
  const work = (page: readonly ItemKey[]) => getPage(connection, table, page);
  return (await mapParallel(pages, callsInFlightMax, work)).flat();
}

/** Puts of whole items whose keys differ. */
export async function putItems(
  connection: Connection,
  table: string,
  items: readonly Item[],
): Promise<void> {
  const puts = items.map((item): WriteRequest => ({ PutRequest: { Item: item } }));
  await writeAll(connection, table, puts);
}

/** By their keys, which must differ. */
export async function deleteItems(
  connection: Connection,
  table: string,
  keys: readonly Item[],
): Promise<void> {
  const deletes = keys.map((key): WriteRequest => ({ DeleteRequest: { Key: key } }));
  await writeAll(connection, table, deletes);
}

async function writeAll(
  connection: Connection,
  table: string,
  requests: readonly WriteRequest[],
): Promise<void> {
  const work = (page: readonly WriteRequest[]) => writePage(connection, table, page);
  await mapParallel(chunk(requests, writesPerCallMax), callsInFlightMax, work);
}

async function getPage(
  { client, backoff }: Connection,
  table: string,
  keys: readonly ItemKey[],
): Promise<Item[]> {
  const items: Item[] = [];
  let refusals = 0;
  let pending: Item[] = keys.map((key) => toItem({ ...key }));
  while (pending.length > 0) {
    const request = { [table]: { Keys: pending, ConsistentRead: true } };
    const command = new BatchGetItemCommand({ RequestItems: request });
    const answer = await send(backoff, () => client.send(command));
    items.push(...(answer.Responses?.[table] ?? []));
    const left = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    refusals = left.length < pending.length ? 0 : refusals + 1;
    pending = left;
    // An answer that is full (16 MB) leaves keys too; only one without progress asks for patience.
    if (refusals > 0) await backoff.pause(refusals, 'no key processed');
  }
  return items;
}

async function writePage(
  { client, backoff }: Connection,
  table: string,
  requests: readonly WriteRequest[],
): Promise<void> {
  let refusals = 0;
  let pending: WriteRequest[] = [...requests];
  for (;;) {
    const command = new BatchWriteItemCommand({ RequestItems: { [table]: pending } });
    const answer = await send(backoff, () => client.send(command));
    const left = answer.UnprocessedItems?.[table] ?? [];
    if (left.length === 0) return;
    refusals = left.length < pending.length ? 1 : refusals + 1;
    pending = left;
    await backoff.pause(refusals, 'items left unprocessed');
  }
}
