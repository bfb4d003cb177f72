/**
 * Who bears which identifier at an app that shows nobody: an item per identifier and record. An identifier may be
 * taken out of the app when no other item is left under it. Puts and deletes may be redone in any order.
 */
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import type { CrmKey } from '../engine/model.ts';
import type { HolderStore, Holding } from '../ports/state.ts';
import { requireNumber, requireText, toItem, type Item } from './attribute.ts';
import { readQuery } from './pages.ts';
import { mapParallel } from './parallel.ts';
import { itemRevision, requireKnownRevision } from './revision.ts';
import { send, type Connection } from './sending.ts';
import { insertStatement, runStatements } from './statements.ts';
import { holderKey, holderPartition } from './table-keys.ts';

const callsInFlightMax = 16;

export function createHolders(connection: Connection, table: string): HolderStore {
  return {
    putHolders: async (sync, holdings) => {
      // Refused: it is there already.
      await runStatements(
        connection,
        distinct(holdings).map(({ id, key }) =>
          insertStatement(table, holderKey(sync, id, key), toItem({ k: key, g: itemRevision })),
        ),
      );
    },
    dropHolders: async (sync, holdings) => {
      await mapParallel(distinct(holdings), callsInFlightMax, ({ id, key }) => {
        const place = toItem({ ...holderKey(sync, id, key) });
        const command = new DeleteItemCommand({ TableName: table, Key: place });
        return send(connection.backoff, () => connection.client.send(command));
      });
    },
    holdersOf: async (sync, ids, limit) => {
      const wanted = [...new Set(ids)];
      const found = await mapParallel(wanted, callsInFlightMax, (id) =>
        readQuery(connection, holderQuery(table, sync, id), limit),
      );
      const held = wanted.map((id, index) => [id, (found[index] ?? []).map(holderOf)] as const);
      return new Map(held.filter(([, keys]) => keys.length > 0));
    },
  };
}

/** One call must not write an item twice. */
function distinct(holdings: readonly Holding[]): readonly Holding[] {
  const byPlace = new Map(holdings.map((each) => [JSON.stringify([each.id, each.key]), each]));
  return [...byPlace.values()];
}

const holderQuery = (table: string, sync: string, id: string) => ({
  TableName: table,
  ConsistentRead: true,
  KeyConditionExpression: 'pk = :pk',
  ExpressionAttributeValues: toItem({ ':pk': holderPartition(sync, id) }),
});

function holderOf(item: Item): CrmKey {
  const key = { pk: requireText(item, 'pk'), sk: requireText(item, 'sk') };
  requireKnownRevision(key, requireNumber(item, 'g'));
  return requireText(item, 'k') as CrmKey;
}
