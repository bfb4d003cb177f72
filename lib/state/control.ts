/**
 * Where a sync stands and how it is doing: one item each, conditional on the version read. A pull that
 * lost the condition was not alone and must not route what it read.
 */
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { NEW_BOOK } from '../engine/brakes.ts';
import { NO_RETIREMENT } from '../engine/retirement.ts';
import { mapOfFingerprints } from '../engine/sync-map.ts';
import {
  HEALTHY,
  type BrakeStore,
  type Checkpoint,
  type ControlStore,
  type Health,
  type SaveOutcome,
  type StoredBook,
} from '../ports/state.ts';
import { requireNumber, requireText, toItem } from './attribute.ts';
import { getItems } from './batches.ts';
import { itemRevision, requireKnownRevision } from './revision.ts';
import { sendConditional, type Connection } from './sending.ts';
import { controlKey, type ItemKey } from './table-keys.ts';

const NEW_STORED_BOOK: StoredBook = { ...NEW_BOOK, version: 0 };

export function createControl(connection: Connection, table: string): ControlStore & BrakeStore {
  return {
    loadCheckpoint: async (sync) => {
      const key = controlKey(sync, 'checkpoint');
      const stored = await loadDocument<StoredCheckpoint>(connection, table, key);
      return stored === undefined ? null : ofEarlierCode(stored);
    },
    saveCheckpoint: (sync, checkpoint) =>
      saveDocument(connection, table, controlKey(sync, 'checkpoint'), checkpoint),
    loadHealth: async (sync) => ({
      ...HEALTHY,
      ...(await loadDocument<Health>(connection, table, controlKey(sync, 'health'))),
    }),
    saveHealth: (sync, health) =>
      saveDocument(connection, table, controlKey(sync, 'health'), health),
    loadBook: async (sync) =>
      (await loadDocument<StoredBook>(connection, table, controlKey(sync, 'brakes'))) ??
      NEW_STORED_BOOK,
    saveBook: (sync, book) => saveDocument(connection, table, controlKey(sync, 'brakes'), book),
  };
}

/** What a checkpoint of earlier code does not say. Release 0.1 kept the fields of its map as lines. */
function ofEarlierCode({ mapFingerprint = '', ...checkpoint }: StoredCheckpoint): Checkpoint {
  return {
    run: String(checkpoint.round.number),
    writes: true,
    map: mapOfFingerprints(mapFingerprint.split('\n')),
    retirement: NO_RETIREMENT,
    ...checkpoint,
  };
}

type Later = 'run' | 'writes' | 'map' | 'retirement';
type StoredCheckpoint = Omit<Checkpoint, Later> &
  Partial<Pick<Checkpoint, Later>> & { readonly mapFingerprint?: string };

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
