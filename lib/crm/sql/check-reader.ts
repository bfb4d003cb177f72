/**
 * Whether the place where this sync stopped reading still exists. Runs in the snapshot that then
 * reads the log: a purge between the two would otherwise take rows away unnoticed.
 */
import type { LogPosition } from '../../ports/crm.ts';
import type { Statement } from '../statement.ts';

export interface ReaderState {
  /** Null when the reader's row is gone: never written, restored away, or its claim was given up. */
  readonly mark: string | null;
  readonly previous_mark: string | null;
  readonly is_ahead: boolean;
  readonly is_below_floor: boolean;
}

export const checkReader = (sync: string, table: string, position: LogPosition): Statement => ({
  text: `
select r.mark, r.previous_mark,
       $3::text::xid8 > pg_snapshot_xmax(pg_current_snapshot()) as is_ahead,
       coalesce((f.xid, f.seq) > ($3::text::xid8, $4::text::bigint), false) as is_below_floor
from (select) one
left join trivet.reader r on r.sync = $1 and r.table_name = $2
left join trivet.floor f on f.table_name = $2`,
  values: [sync, table, position.xid, position.seq],
});
