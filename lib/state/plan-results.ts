/**
 * What became of each page of a plan that is being carried out: one item a page in the history table, read by whoever
 * sent the page and waits. Gone after a day, for by then nobody waits.
 */
import type { PlanResult, PlanResultStore } from '../ports/state.ts';
import { requireNumber, requireText, toItem } from './attribute.ts';
import { getItems, putItems } from './batches.ts';
import { itemRevision, requireKnownRevision } from './revision.ts';
import type { Connection } from './sending.ts';
import { planResultKey } from './table-keys.ts';

const daySeconds = 86_400;

export function createPlanResults(
  connection: Connection,
  { table, now }: { readonly table: string; readonly now: () => number },
): PlanResultStore {
  return {
    putPlanResult: async (sync, name, result) => {
      const ttl = Math.floor(now() / 1000) + daySeconds;
      const form = { n: name, d: JSON.stringify(result), g: itemRevision, ttl };
      await putItems(connection, table, [toItem({ ...planResultKey(sync, name), ...form })]);
    },
    readPlanResults: async (sync, names) => {
      const items = await getItems(
        connection,
        table,
        names.map((name) => planResultKey(sync, name)),
      );
      return new Map(
        items.map((item) => {
          const key = { pk: requireText(item, 'pk'), sk: requireText(item, 'sk') };
          requireKnownRevision(key, requireNumber(item, 'g'));
          return [requireText(item, 'n'), JSON.parse(requireText(item, 'd')) as PlanResult];
        }),
      );
    },
  };
}
