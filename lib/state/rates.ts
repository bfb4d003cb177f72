/** What is left of the calls a vendor allows: one small item by name, conditional on the version read. */
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { RateStore } from '../ports/rates.ts';
import { requireNumber, toItem } from './attribute.ts';
import { getItems } from './batches.ts';
import { itemRevision, requireKnownRevision } from './revision.ts';
import { sendConditional, type Connection } from './sending.ts';
import { rateKey } from './table-keys.ts';

export function createRates(connection: Connection, table: string): RateStore {
  const { client, backoff } = connection;
  return {
    loadRate: async (name) => {
      const key = rateKey(name);
      const [item] = await getItems(connection, table, [key]);
      if (item === undefined) return { version: 0, fullAt: 0 };
      requireKnownRevision(key, requireNumber(item, 'g'));
      return { version: requireNumber(item, 'v'), fullAt: requireNumber(item, 'f') };
    },
    saveRate: async (name, { version, fullAt }) => {
      const command = new UpdateItemCommand({
        TableName: table,
        Key: toItem({ ...rateKey(name) }),
        UpdateExpression: 'SET v = :next, g = :g, f = :f',
        ConditionExpression: version === 0 ? 'attribute_not_exists(v)' : 'v = :v',
        ExpressionAttributeValues: toItem({
          ':next': version + 1,
          ':g': itemRevision,
          ':f': fullAt,
          ...(version === 0 ? {} : { ':v': version }),
        }),
      });
      const outcome = await sendConditional(backoff, () => client.send(command));
      return outcome === 'done' ? 'saved' : 'lost';
    },
  };
}
