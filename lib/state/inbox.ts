/**
 * Finding records without knowing their keys: those that wait and are due, those that need a person, and
 * all of them in turn. The index answers a moment late, so what it names is read again before it is believed.
 */
import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { CrmKey } from '../engine/model.ts';
import type { RecordStore, StoredRecord } from '../ports/state.ts';
import { requireText, toItem, type Item } from './attribute.ts';
import { getItems } from './batches.ts';
import { formatPosition, readQuery, readWalkPage, requirePosition, type Walk } from './pages.ts';
import { mapParallel } from './parallel.ts';
import { isInInbox, recordOfItem } from './record-item.ts';
import type { Connection } from './sending.ts';
import type { WaitingNotes } from './waiting-note.ts';
import {
  bucketCount,
  idOfSortText,
  inboxIndexName,
  inboxKinds,
  inboxPartition,
  recordKeyOfSortText,
  recordPartition,
  shardCount,
  timeText,
} from './table-keys.ts';

const queriesInFlightMax = 4;

export function createInbox(
  connection: Connection,
  table: string,
  notes: WaitingNotes,
): Pick<RecordStore, 'due' | 'inbox' | 'scan'> {
  const waiting = async (sync: string, until: number, limit: number): Promise<Item[]> => {
    const shards = Array.from({ length: shardCount }, (_, shard) => shard);
    const read = (shard: number) =>
      readQuery(connection, dueQuery(table, sync, shard, until), limit);
    return (await mapParallel(shards, queriesInFlightMax, read)).flat();
  };
  return {
    due: async (sync, now, limit) => {
      const note = await notes.read(sync);
      if (!note.isOpen) return [];
      const rows = await waiting(sync, now, limit);
      await notes.answer(sync, note, async () => {
        const anybody = rows.length > 0 ? rows : await waiting(sync, Number.MAX_SAFE_INTEGER, 1);
        return anybody.length > 0;
      });
      rows.sort((a, b) => compareTexts(dueOrder(a), dueOrder(b)));
      return keysOfRows(connection, table, rows.slice(0, limit));
    },
    inbox: async (sync, cursor, limit) => {
      const walk = inboxWalk(table, sync);
      const page = await readWalkPage(connection, walk, requirePosition(cursor, 2), limit);
      const records = await readRows(connection, table, page.items);
      const parked = records.filter(({ state }) => isInInbox(state));
      return { records: parked, cursor: formatPosition(page.next) };
    },
    scan: async (sync, cursor, limit) => {
      const walk = recordWalk(table, sync);
      const page = await readWalkPage(connection, walk, requirePosition(cursor, 1), limit);
      return { records: page.items.map(recordOfItem), cursor: formatPosition(page.next) };
    },
  };
}

function dueQuery(table: string, sync: string, shard: number, now: number): QueryCommandInput {
  return {
    TableName: table,
    IndexName: inboxIndexName,
    KeyConditionExpression: 'ipk = :ipk AND isk <= :now',
    ExpressionAttributeValues: toItem({
      ':ipk': inboxPartition(sync, 'waiting', shard),
      ':now': timeText(now),
    }),
  };
}

/** First those that wait for a time, then those that wait for a person; shard by shard. */
function inboxWalk(table: string, sync: string): Walk {
  const partitionOf = (partition: number): string => {
    const kind = inboxKinds[Math.floor(partition / shardCount)] ?? 'parked';
    return inboxPartition(sync, kind, partition % shardCount);
  };
  return {
    partitionCount: inboxKinds.length * shardCount,
    query: (partition) => ({
      TableName: table,
      IndexName: inboxIndexName,
      KeyConditionExpression: 'ipk = :ipk',
      ExpressionAttributeValues: toItem({ ':ipk': partitionOf(partition) }),
    }),
    keyTexts: (item) => [requireText(item, 'isk'), requireText(item, 'sk')],
    startKey: (partition, [isk = '', sk = '']) =>
      toItem({ ipk: partitionOf(partition), isk, ...recordKeyOfSortText(sync, sk) }),
  };
}

function recordWalk(table: string, sync: string): Walk {
  return {
    partitionCount: bucketCount,
    query: (partition) => ({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: toItem({ ':pk': recordPartition(sync, partition) }),
    }),
    keyTexts: (item) => [requireText(item, 'sk')],
    startKey: (partition, [sk = '']) => toItem({ pk: recordPartition(sync, partition), sk }),
  };
}

/** The records behind index rows as they are now, in the rows' order; those that went meanwhile are missing. */
async function readRows(
  connection: Connection,
  table: string,
  rows: readonly Item[],
): Promise<readonly StoredRecord[]> {
  const keys = new Map(rows.map((row) => [requireText(row, 'sk'), requireText(row, 'pk')]));
  const items = await getItems(
    connection,
    table,
    [...keys].map(([sk, pk]) => ({ pk, sk })),
  );
  const records = new Map(items.map((item) => [requireText(item, 'sk'), recordOfItem(item)]));
  return [...keys.keys()].flatMap((sk) => records.get(sk) ?? []);
}

/** The keys of index rows; only those too long for a sort key have to be read. */
async function keysOfRows(
  connection: Connection,
  table: string,
  rows: readonly Item[],
): Promise<readonly CrmKey[]> {
  const idOf = (row: Item) => idOfSortText(requireText(row, 'sk'));
  const long = await readRows(
    connection,
    table,
    rows.filter((row) => idOf(row) === null),
  );
  const short = rows.flatMap((row) => idOf(row) ?? []) as CrmKey[];
  return [...short, ...long.map(({ state }) => state.key)];
}

function dueOrder(row: Item): string {
  return `${requireText(row, 'isk')} ${requireText(row, 'sk')}`;
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
