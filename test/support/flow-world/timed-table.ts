/** The table in memory, read by timestamp: what `lib/crm/read-modified.ts` does with Postgres. */
import type { CrmKey } from '../../../lib/engine/model.ts';
import {
  isTimePosition,
  type ChangePage,
  type CrmCheckpoint,
  type TimePosition,
} from '../../../lib/ports/crm.ts';
import type { CrmTable } from './crm-table.ts';

interface Row {
  readonly key: CrmKey;
  readonly at: number;
  readonly xid: bigint;
}

const textOf = (at: number): string => new Date(at).toISOString().replace('Z', '000Z');

function presentOf(table: CrmTable): { readonly until: string; readonly settled: string } {
  const now = table.options.now();
  return { until: textOf(table.oldestOpen() ?? now), settled: String(table.horizon()) };
}

export function startByTime(table: CrmTable): Pick<CrmCheckpoint, 'position' | 'mark'> {
  const { until, settled } = presentOf(table);
  return { position: { reached: until, settled, pass: null }, mark: '0/1' };
}

export function readByTime(
  table: CrmTable,
  after: CrmCheckpoint,
  { limit, overlapMs }: { readonly limit: number; readonly overlapMs: number },
): ChangePage {
  const { position } = after;
  if (!isTimePosition(position))
    return { kind: 'lost', reason: 'it was read by the log before', isGap: true };
  const { until, settled } = position.pass ?? presentOf(table);
  const reached = Date.parse(position.reached);
  const rows = rowsBetween(table, reached - overlapMs, Date.parse(until));
  const unread = rows.filter((row) => isBeyond(row, position.pass));
  const page = unread.slice(0, limit);
  const last = page.length < limit ? undefined : page.at(-1);
  const next: TimePosition =
    last === undefined
      ? { reached: until, settled, pass: null }
      : {
          ...position,
          pass: {
            until,
            settled,
            page: (position.pass?.page ?? 0) + 1,
            modified: textOf(last.at),
            key: last.key,
          },
        };
  return {
    kind: 'page',
    changes: page
      .filter(({ at, xid }) => at >= reached || xid >= BigInt(position.settled))
      .map(({ key, at }) => ({ key, at: Math.max(at, reached) })),
    resweep: false,
    checkpoint: { ...after, position: next },
    more: last !== undefined,
  };
}

const rowsBetween = (table: CrmTable, from: number, until: number): readonly Row[] =>
  [...table.stamps]
    .map(([key, { at, xid }]) => ({ key, at, xid }))
    .filter(({ at }) => at >= from && at < until)
    .sort((a, b) => a.at - b.at || Number(a.key) - Number(b.key));

function isBeyond({ at, key }: Row, pass: TimePosition['pass']): boolean {
  if (pass === null) return true;
  const passed = Date.parse(pass.modified);
  return at > passed || (at === passed && Number(key) > Number(pass.key));
}
