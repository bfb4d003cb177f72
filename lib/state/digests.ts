/**
 * What an app's records showed when they were last judged: a small item each, so that whoever judges one writes one.
 * And what a walk over the app has seen: per slice and bucket one packed item, which the next walk writes over, so
 * that nothing needs to be deleted (docs/adr/0013-listing-without-changes.md counts both).
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { CrmKey, RemoteId } from '../engine/model.ts';
import type { DigestStore, SeenDigest, Slice } from '../ports/digests.ts';
import { requireText, toItem, type Item } from './attribute.ts';
import { readQuery } from './pages.ts';
import { mapParallel } from './parallel.ts';
import { recordOfItem } from './record-item.ts';
import { itemRevision } from './revision.ts';
import { send, type Connection } from './sending.ts';
import {
  bucketCount,
  bucketOf,
  digestKey,
  digestPartition,
  idOfSortText,
  type ItemKey,
  recordPartition,
  sortText,
  spillKey,
  spillPartition,
} from './table-keys.ts';

const writesInFlightMax = 8;
/** Slices of one walk; a walk of a million has thirty or forty. */
const slicesMax = 100_000;

export function createDigests(connection: Connection, table: string): DigestStore {
  const put = (key: ItemKey, values: Parameters<typeof toItem>[0]): Promise<unknown> =>
    putAttributes(connection, table, key, values);
  const query = (pk: string) => ({
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: toItem({ ':pk': pk }),
  });
  return {
    digestBuckets: bucketCount,
    noteDigests: async (sync, seen) => {
      const last = new Map(seen.map((each) => [each.id, each]));
      await mapParallel([...last.values()], writesInFlightMax, ({ id, key, digest }) => {
        const place = digestKey(sync, id);
        // The id is its own sort key nearly always, and half of the item then.
        const longId = idOfSortText(place.sk) === null ? { i: id } : {};
        return put(place, { ...longId, k: key, d: digest, g: itemRevision });
      });
    },
    dropDigests: async (sync, ids) => {
      await mapParallel([...new Set(ids)], writesInFlightMax, async (id) => {
        const Key = toItem({ ...digestKey(sync, id) });
        await send(connection.backoff, () =>
          connection.client.send(new DeleteItemCommand({ TableName: table, Key })),
        );
      });
    },
    digestsIn: async (sync, bucket, after, limit) => {
      const pk = digestPartition(sync, bucket);
      const start =
        after === null ? {} : { ExclusiveStartKey: toItem({ pk, sk: sortText(after) }) };
      const items = await readQuery(connection, { ...query(pk), ...start }, limit);
      const seen = items.map(seenOf);
      return { seen, last: seen.length < limit ? null : (seen.at(-1)?.id ?? null) };
    },
    spill: async (sync, slice, digests) => {
      const chunks = [...chunksOf(digests)];
      await mapParallel(chunks, writesInFlightMax, ([bucket, entries]) =>
        put(spillKey(sync, bucket, slice), { ...packed(slice, entries), g: itemRevision }),
      );
    },
    spilled: async <Id extends string>(
      sync: string,
      { walk, shelf }: Pick<Slice, 'walk' | 'shelf'>,
      bucket: number,
    ) => {
      const input = query(spillPartition(sync, bucket, shelf));
      const items = await readQuery(connection, input, slicesMax);
      const ours = items.filter((item) => requireText(item, 'w') === walk);
      return unite<Id>(ours.map((item) => unpacked(item)));
    },
    recordsIn: async (sync, bucket, after, limit) => {
      const pk = recordPartition(sync, bucket);
      const start =
        after === null ? {} : { ExclusiveStartKey: toItem({ pk, sk: sortText(after) }) };
      const items = await readQuery(connection, { ...query(pk), ...start }, limit);
      const records = items.map((item) => recordOfItem(item).state);
      return { records, last: records.length < limit ? null : (records.at(-1)?.key ?? null) };
    },
  };
}

async function putAttributes(
  { client, backoff }: Connection,
  table: string,
  key: ItemKey,
  values: Parameters<typeof toItem>[0],
): Promise<void> {
  const names = Object.keys(values);
  const command = new UpdateItemCommand({
    TableName: table,
    Key: toItem({ ...key }),
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: toItem(
      Object.fromEntries(names.map((name) => [`:${name}`, values[name]])),
    ),
  });
  await send(backoff, () => client.send(command));
}

function seenOf(item: Item): SeenDigest {
  return {
    id: (idOfSortText(requireText(item, 'sk')) ?? requireText(item, 'i')) as RemoteId,
    key: (item['k']?.S ?? null) as CrmKey | null,
    digest: requireText(item, 'd'),
  };
}

type Entries = readonly (readonly [string, string])[];

function chunksOf(digests: ReadonlyMap<string, string>): Map<number, Entries> {
  const chunks = new Map<number, [string, string][]>();
  for (const entry of digests) {
    const bucket = bucketOf(sortText(entry[0]));
    const chunk = chunks.get(bucket);
    if (chunk === undefined) chunks.set(bucket, [entry]);
    else chunk.push(entry);
  }
  return chunks;
}

/** Ids of one app are alike: packed in their order, an entry takes little more than its digest. */
function packed({ walk }: Slice, entries: Entries): { readonly w: string; readonly z: string } {
  const inOrder = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { w: walk, z: deflateRawSync(JSON.stringify(inOrder)).toString('base64') };
}

function unpacked(item: Item): Entries {
  const text = inflateRawSync(Buffer.from(requireText(item, 'z'), 'base64')).toString('utf8');
  return JSON.parse(text) as Entries;
}

function unite<Id extends string>(chunks: readonly Entries[]): ReadonlyMap<Id, string | null> {
  const united = new Map<Id, string | null>();
  for (const [text, digest] of chunks.flat()) {
    const id = text as Id;
    const other = united.get(id);
    united.set(id, other === undefined || other === digest ? digest : null);
  }
  return united;
}
