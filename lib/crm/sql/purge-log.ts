/**
 * Takes away log rows that nobody needs any more, and raises the floor in the same statement: a
 * reader that comes from below it is told so, and never sees a gap.
 *
 * Needed are rows above any reader's claim or any place a sync restarts from, rows at or above the
 * horizon (not read yet by anyone), and young rows, for messages still on their way.
 */
import type { LogPosition } from '../../ports/crm.ts';
import type { Statement } from '../statement.ts';

export interface PurgeAnswer {
  readonly purged: string;
}

export interface PurgeBatch {
  readonly table: string;
  readonly restarts: readonly LogPosition[];
  readonly keepMs: number;
  readonly batchRows: number;
}

export const purgeLogBatch = (batch: PurgeBatch): Statement => ({
  text: `
with needed as (
  select r.previous_xid as xid, r.previous_seq as seq from trivet.reader r where r.table_name = $1
  union all
  select s.xid::xid8, s.seq::bigint from unnest($2::text[], $3::text[]) as s(xid, seq)
), doomed as (
  select l.xid, l.seq from trivet.change_log l
  where l.table_name = $1
    and l.xid < pg_snapshot_xmin(pg_current_snapshot())
    and l.at < clock_timestamp() - make_interval(secs => $4::float8 / 1000)
    and not exists (select from needed n where (n.xid, n.seq) < (l.xid, l.seq))
  order by l.xid, l.seq
  limit $5
), purged as (
  delete from trivet.change_log l using doomed d
  where l.table_name = $1 and l.xid = d.xid and l.seq = d.seq
  returning l.xid, l.seq
), raised as (
  insert into trivet.floor as f (table_name, xid, seq)
  select $1, p.xid, p.seq from purged p order by p.xid desc, p.seq desc limit 1
  on conflict (table_name) do update set xid = excluded.xid, seq = excluded.seq
    where (f.xid, f.seq) < (excluded.xid, excluded.seq)
)
select count(*)::text as purged from purged`,
  values: [
    batch.table,
    batch.restarts.map((position) => position.xid),
    batch.restarts.map((position) => position.seq),
    batch.keepMs,
    batch.batchRows,
  ],
});
