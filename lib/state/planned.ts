/**
 * App records a sync that only looks would make rows for. A CRM key of their own would be a write to the
 * CRM's sequence, so they are remembered by the app's id alone, once each, and counted.
 */
import { DeleteItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { RemoteId } from '../engine/model.ts';
import type { PlannedStore } from '../ports/state.ts';
import { requireText, toItem } from './attribute.ts';
import { readQuery } from './pages.ts';
import { mapParallel } from './parallel.ts';
import { itemRevision } from './revision.ts';
import { send, type Connection } from './sending.ts';
import { insertStatement, runStatements } from './statements.ts';
import { plannedKey, plannedPartition, shardCount } from './table-keys.ts';

const deletesInFlightMax = 8;

export function createPlanned(connection: Connection, table: string): PlannedStore {
  const { client, backoff } = connection;
  return {
    putPlanned: async (sync, ids) => {
      const attributes = (id: RemoteId) => toItem({ i: id, g: itemRevision });
      // Refused: it is there already.
      await runStatements(
        connection,
        [...new Set(ids)].map((id) => insertStatement(table, plannedKey(sync, id), attributes(id))),
      );
    },
    dropPlanned: async (sync, ids) => {
      await mapParallel([...new Set(ids)], deletesInFlightMax, async (id) => {
        const command = new DeleteItemCommand({
          TableName: table,
          Key: toItem({ ...plannedKey(sync, id) }),
        });
        await send(backoff, () => client.send(command));
      });
    },
    countPlanned: async (sync) => {
      let count = 0;
      for (let shard = 0; shard < shardCount; shard += 1) {
        count += await countShard(connection, {
          ...shardQuery(table, sync, shard),
          Select: 'COUNT',
        });
      }
      return count;
    },
    listPlanned: async (sync, limit) => {
      const ids: RemoteId[] = [];
      for (let shard = 0; shard < shardCount && ids.length < limit; shard += 1) {
        const query = shardQuery(table, sync, shard);
        const items = await readQuery(connection, query, limit - ids.length);
        ids.push(...items.map((item) => requireText(item, 'i') as RemoteId));
      }
      return ids;
    },
  };
}

const shardQuery = (table: string, sync: string, shard: number) => ({
  TableName: table,
  ConsistentRead: true,
  KeyConditionExpression: 'pk = :pk',
  ExpressionAttributeValues: toItem({ ':pk': plannedPartition(sync, shard) }),
});

async function countShard(
  { client, backoff }: Connection,
  query: ConstructorParameters<typeof QueryCommand>[0],
): Promise<number> {
  let count = 0;
  let start: typeof query.ExclusiveStartKey;
  do {
    const command = new QueryCommand({ ...query, ...(start && { ExclusiveStartKey: start }) });
    const answer = await send(backoff, () => client.send(command));
    count += answer.Count ?? 0;
    start = answer.LastEvaluatedKey;
  } while (start !== undefined);
  return count;
}
