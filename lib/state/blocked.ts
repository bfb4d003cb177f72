/**
 * Who stands in whose way: one item per pair, found by the blocker. Both writes may be redone, in any
 * order with what they undo: at worst a record is looked at once more than needed.
 */
import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { CrmKey } from '../engine/model.ts';
import type { BlockedStore } from '../ports/state.ts';
import { requireNumber, requireText, toItem, type Item } from './attribute.ts';
import { readQuery } from './pages.ts';
import { itemRevision, requireKnownRevision } from './revision.ts';
import { send, sendConditional, type Connection } from './sending.ts';
import { blockedKey, blockedPartition } from './table-keys.ts';

/** Those in the way of one record share a match value with it, or wait for a row of it: a handful. */
const blockedMax = 1000;

export function createBlocked(connection: Connection, table: string): BlockedStore {
  const { client, backoff } = connection;
  return {
    block: async (sync, blocker, blocked) => {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: toItem({ ...blockedKey(sync, blocker, blocked) }),
        UpdateExpression: 'SET k = :k, g = :g',
        ConditionExpression: 'attribute_not_exists(g) OR g <= :g',
        ExpressionAttributeValues: toItem({ ':k': blocked, ':g': itemRevision }),
      });
      // Newer code has blocked it already, and stays the one who can read how.
      await sendConditional(backoff, () => client.send(command));
    },
    unblock: async (sync, blocker, blocked) => {
      const key = toItem({ ...blockedKey(sync, blocker, blocked) });
      const command = new DeleteItemCommand({ TableName: table, Key: key });
      await send(backoff, () => client.send(command));
    },
    blockedBy: async (sync, blocker) => {
      const query = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: toItem({ ':pk': blockedPartition(sync, blocker) }),
      };
      const items = await readQuery(connection, query, blockedMax);
      return items.map(blockedOfItem);
    },
  };
}

function blockedOfItem(item: Item): CrmKey {
  const key = { pk: requireText(item, 'pk'), sk: requireText(item, 'sk') };
  requireKnownRevision(key, requireNumber(item, 'g'));
  return requireText(item, 'k') as CrmKey;
}
