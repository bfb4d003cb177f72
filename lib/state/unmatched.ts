/**
 * App records nobody could give a CRM key without guessing. Kept as one JSON text, because what the app
 * showed is arbitrary JSON and nothing ever looks inside it here.
 */
import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { NewerItem, type Unmatched, type UnmatchedStore } from '../ports/state.ts';
import { requireNumber, requireText, toItem, type Item } from './attribute.ts';
import { getItems } from './batches.ts';
import { readQuery } from './pages.ts';
import { mapParallel } from './parallel.ts';
import { itemRevision, requireKnownRevision } from './revision.ts';
import { send, sendConditional, type Connection } from './sending.ts';
import { shardCount, unmatchedKey, unmatchedPartition } from './table-keys.ts';

const deletesInFlightMax = 8;

export function createUnmatched(connection: Connection, table: string): UnmatchedStore {
  const { client, backoff } = connection;
  return {
    putUnmatched: async (sync, unmatched) => {
      const key = unmatchedKey(sync, unmatched.remoteId);
      const command = new UpdateItemCommand({
        TableName: table,
        Key: toItem({ ...key }),
        UpdateExpression: 'SET d = :d, g = :g',
        ConditionExpression: 'attribute_not_exists(g) OR g <= :g',
        ExpressionAttributeValues: toItem({ ':d': JSON.stringify(unmatched), ':g': itemRevision }),
      });
      const outcome = await sendConditional(backoff, () => client.send(command));
      if (outcome === 'refused') {
        throw new NewerItem(`${key.pk} ${key.sk}`, itemRevision + 1, itemRevision);
      }
    },
    // Looks first: of a page of new links hardly any was listed, and a delete of nothing is billed as a write.
    dropUnmatched: async (sync, ids) => {
      const keys = [...new Set(ids)].map((id) => unmatchedKey(sync, id));
      const listed = await getItems(connection, table, keys);
      await mapParallel(listed, deletesInFlightMax, async (item) => {
        const Key = toItem({ pk: requireText(item, 'pk'), sk: requireText(item, 'sk') });
        const command = new DeleteItemCommand({ TableName: table, Key });
        await send(backoff, () => client.send(command));
      });
    },
    listUnmatched: async (sync, limit) => {
      const found: Unmatched[] = [];
      for (let shard = 0; shard < shardCount && found.length < limit; shard += 1) {
        const query = {
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: toItem({ ':pk': unmatchedPartition(sync, shard) }),
        };
        const items = await readQuery(connection, query, limit - found.length);
        found.push(...items.map(unmatchedOfItem));
      }
      return found;
    },
  };
}

function unmatchedOfItem(item: Item): Unmatched {
  const key = { pk: requireText(item, 'pk'), sk: requireText(item, 'sk') };
  requireKnownRevision(key, requireNumber(item, 'g'));
  return JSON.parse(requireText(item, 'd')) as Unmatched;
}
