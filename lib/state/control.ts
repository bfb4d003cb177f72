/**
 * Where a sync stands and how it is doing: one item each, conditional on the version read. A pull that
 * lost the condition was not alone and must not route what it read.
 */
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import {
  HEALTHY,
  type Checkpoint,
  type ControlStore,
  type Health,
  type SaveOutcome,
} from '../ports/state.ts';
import { requireNumber, requireText, toItem } from './attribute.ts';
import { getItems } from './batches.ts';
import { itemRevision, requireKnownRevision } from './revision.ts';
import { sendConditional, type Connection } from './sending.ts';
import { controlKey, type ItemKey } from './table-keys.ts';

export function createControl(connection: Connection, table: string): ControlStore {
  return {
    loadCheckpoint: async (sync) =>
      (await loadDocument<Checkpoint>(connection, table, controlKey(sync, 'checkpoint'))) ?? null,
    saveCheckpoint: (sync, checkpoint) =>
      saveDocument(connection, table, controlKey(sync, 'checkpoint'), checkpoint),
    loadHealth: async (sync) => ({
      ...HEALTHY,
      ...(await loadDocument<Health>(connection, table, controlKey(sync, 'health'))),
    }),
    saveHealth: (sync, health) =>
      saveDocument(connection, table, controlKey(sync, 'health'), health),
  };
}

async function loadDocument<T extends { readonly version: number }>(
  connection: Connection,
  table: string,
  key: ItemKey,
): Promise<T | undefined> {
  const [item] = await getItems(connection, table, [key]);
  if (item === undefined) return undefined;
  requireKnownRevision(key, requireNumber(item, 'g'));
  const document = JSON.parse(requireText(item, 'd')) as T;
  return { ...document, version: requireNumber(item, 'v') };
}

async function saveDocument<T extends { readonly version: number }>(
  { client, backoff }: Connection,
  table: string,
  key: ItemKey,
  document: T,
): Promise<SaveOutcome> {
  const command = new UpdateItemCommand({
    TableName: table,
    Key: toItem({ ...key }),
    UpdateExpression: 'SET v = :next, g = :g, d = :d',
    ConditionExpression: document.version === 0 ? 'attribute_not_exists(v)' : 'v = :v',
    ExpressionAttributeValues: toItem({
      ':next': document.version + 1,
      ':g': itemRevision,
      ':d': JSON.stringify({ ...document, version: document.version + 1 }),
      ...(document.version === 0 ? {} : { ':v': document.version }),
    }),
  });
  const outcome = await sendConditional(backoff, () => client.send(command));
  return outcome === 'done' ? 'saved' : 'lost';
}
