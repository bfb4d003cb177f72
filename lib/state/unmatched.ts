/**
 * App records nobody could give a CRM key without guessing. Kept as one JSON text, because what the app
 * showed is arbitrary JSON and nothing ever looks inside it here.
 */
import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { NewerItem, type Unmatched, type UnmatchedStore } from '../ports/state.ts';
import { requireNumber, requireText, toItem, type Item } from './attribute.ts';
import { readQuery } from './pages.ts';
import { itemRevision, requireKnownRevision } from './revision.ts';
import { send, sendConditional, type Connection } from './sending.ts';
import { shardCount, unmatchedKey, unmatchedPartition } from './table-keys.ts';

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
    dropUnmatched: async (sync, id) => {
      const command = new DeleteItemCommand({
        TableName: table,
        Key: toItem({ ...unmatchedKey(sync, id) }),
      });
      await send(backoff, () => client.send(command));
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
