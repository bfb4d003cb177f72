/**
 * Leaves the reader's mark. The commit is flushed whatever the server's default, and with it, being
 * later in the WAL, every transaction the page contained: what we hand on cannot be un-happened by
 * a crash. The mark before it stays valid, for a crash of ours before the checkpoint is stored; so
 * does the claim on the log from there on. https://www.postgresql.org/docs/current/wal-async-commit.html
 */
import type { LogPosition } from '../../ports/crm.ts';
import type { Statement } from '../statement.ts';

export interface MarkedReader {
  readonly sync: string;
}

export interface ReaderMark {
  readonly sync: string;
  readonly table: string;
  readonly position: LogPosition;
  readonly mark: string;
  readonly after: { readonly from: LogPosition; readonly mark: string | null };
}

/** Answers no row when somebody else moved this sync's reader since it was checked. */
export const markReader = (next: ReaderMark): Statement => ({
  text: `
insert into trivet.reader as r
  (sync, table_name, xid, seq, mark, previous_xid, previous_seq, previous_mark)
values ($1, $2, $3::text::xid8, $4::text::bigint, $5, $6::text::xid8, $7::text::bigint, $8)
on conflict (sync) do update
  set table_name = excluded.table_name, xid = excluded.xid, seq = excluded.seq, mark = excluded.mark,
      previous_xid = excluded.previous_xid, previous_seq = excluded.previous_seq,
      previous_mark = excluded.previous_mark, at = clock_timestamp()
  where $8::text is null or $8 in (r.mark, r.previous_mark)
returning r.sync`,
  values: [
    next.sync,
    next.table,
    next.position.xid,
    next.position.seq,
    next.mark,
    next.after.from.xid,
    next.after.from.seq,
    next.after.mark,
  ],
});
