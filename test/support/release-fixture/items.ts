/** A world's memory as the items of the two state tables, and a reading of them: both by the real store. */
import { PutItemCommand, ScanCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { CrmKey, RemoteId } from '../../../lib/engine/model.ts';
import type { StateStore } from '../../../lib/ports/state.ts';
import { toItem, type Item } from '../../../lib/state/attribute.ts';
import { inboxPlaceOf, recordOfItem } from '../../../lib/state/record-item.ts';
import type { MemoryDump } from '../flow-world/memory-state.ts';

export interface Tables {
  readonly client: DynamoDBClient;
  readonly store: StateStore;
  readonly stateTable: string;
  readonly historyTable: string;
}

/** Everything two tables hold, as DynamoDB says it. */
export interface StoredItems {
  readonly state: readonly Item[];
  readonly history: readonly Item[];
}

/** The hashes of tombstones are only the same under the same key. */
export const TOMBSTONE_KEY = 'the key of the fixture';
const SYNC = 'contacts-news';
const HISTORY_MAX = 1_000;

/** Records keep their versions; documents begin with version 1. */
export async function storeMemory(tables: Tables, memory: MemoryDump): Promise<void> {
  const { client, store, stateTable } = tables;
  for (const [, text] of memory.records) {
    const item = JSON.parse(text) as Item;
    const place = toItem({ ...inboxPlaceOf(SYNC, recordOfItem(item).state) });
    await client.send(new PutItemCommand({ TableName: stateTable, Item: { ...item, ...place } }));
  }
  await store.claimLinks(
    SYNC,
    memory.links.map(([id, key]) => ({ id, key })),
  );
  for (const [blocker, keys] of memory.blocked) {
    for (const key of keys) await store.block(SYNC, blocker, key);
  }
  for (const [, unmatched] of memory.unmatched) await store.putUnmatched(SYNC, unmatched);
  await store.append(SYNC, memory.history);
  for (const [name, at] of memory.tombstones) await store.bury([name], at);
  const documents = new Map(memory.documents);
  const documentOf = <T>(name: string): T | null => {
    const text = documents.get(name);
    return text === undefined ? null : ({ ...(JSON.parse(text) as T), version: 0 } as T);
  };
  const checkpoint = documentOf<Parameters<StateStore['saveCheckpoint']>[1]>('checkpoint');
  const health = documentOf<Parameters<StateStore['saveHealth']>[1]>('health');
  if (checkpoint !== null) await store.saveCheckpoint(SYNC, checkpoint);
  if (health !== null) await store.saveHealth(SYNC, health);
}

export async function itemsOf({ client, stateTable, historyTable }: Tables): Promise<StoredItems> {
  const read = async (table: string): Promise<readonly Item[]> => {
    const answer = await client.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
    if (answer.LastEvaluatedKey !== undefined) throw new Error('the fixture is more than a page');
    return [...(answer.Items ?? [])].toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  };
  return { state: await read(stateTable), history: await read(historyTable) };
}

const placeOf = ({ pk, sk }: Item): string => `${pk?.S} ${sk?.S}`;

export async function putItems({ client, ...tables }: Tables, items: StoredItems): Promise<void> {
  const put = (TableName: string, Item: Item) =>
    client.send(new PutItemCommand({ TableName, Item }));
  for (const item of items.state) await put(tables.stateTable, item);
  for (const item of items.history) await put(tables.historyTable, item);
}

/** What the store says of the sync, in the words of the domain. */
export async function readDomain({ store }: Pick<Tables, 'store'>, memory: MemoryDump) {
  const ids = memory.links.map(([id]) => id);
  const keys = memory.records.map(([key]) => key);
  const blocked = memory.blocked.map(async ([blocker]) => ({
    blocker,
    keys: [...(await store.blockedBy(SYNC, blocker))].toSorted(),
  }));
  const history = keys.map(async (key) => ({
    key,
    entries: await store.read(SYNC, key, HISTORY_MAX),
  }));
  return {
    checkpoint: await store.loadCheckpoint(SYNC),
    health: await store.loadHealth(SYNC),
    records: [...(await store.load(SYNC, keys)).values()].toSorted(byKey),
    inbox: (await store.inbox(SYNC, null, HISTORY_MAX)).records
      .map(({ state }) => state.key)
      .toSorted(),
    due: await store.due(SYNC, Number.MAX_SAFE_INTEGER, HISTORY_MAX),
    links: [...(await store.findLinks(SYNC, ids))].toSorted(byName),
    blocked: await Promise.all(blocked),
    unmatched: await store.listUnmatched(SYNC, HISTORY_MAX),
    history: await Promise.all(history),
    tombstones: [...(await store.buried(memory.tombstones.map(([name]) => name)))].toSorted(byName),
  };
}

export type Domain = Awaited<ReturnType<typeof readDomain>>;

const byKey = (a: { state: { key: CrmKey } }, b: { state: { key: CrmKey } }): number =>
  Number(a.state.key) - Number(b.state.key);

/** A memory that goes on with what a store holds. The world's own names of what is in it are in `memory`. */
export function resumeMemory(domain: Domain, items: StoredItems): MemoryDump {
  const records = items.state.filter((item) => item['s'] !== undefined);
  return {
    records: records.map((item) => [recordOfItem(item).state.key, JSON.stringify(item)] as const),
    links: domain.links as readonly (readonly [RemoteId, CrmKey])[],
    blocked: domain.blocked.map(({ blocker, keys }) => [blocker, keys] as const),
    unmatched: domain.unmatched.map((each) => [each.remoteId, each] as const),
    history: domain.history.flatMap(({ key, entries }) =>
      entries.toReversed().map((entry) => ({ key, entry })),
    ),
    documents: [
      ['checkpoint', JSON.stringify(domain.checkpoint)],
      ['health', JSON.stringify(domain.health)],
    ],
    tombstones: domain.tombstones,
    planned: [],
    holders: [],
    digests: [],
    spills: [],
  };
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;
