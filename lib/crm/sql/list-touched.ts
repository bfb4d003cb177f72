/** Keys of the newest log rows, but for inserts: the end of the log's primary key, read backwards. */
import type { CrmKey } from '../../engine/model.ts';
import type { Statement } from '../statement.ts';

export interface TouchedRow {
  readonly key: CrmKey;
}

export const listTouched = (table: string, limit: number): Statement => ({
  text: `
select k.key
from (
  select l.xid, l.seq, l.keys
  from trivet.change_log l
  where l.table_name = $1 and l.op <> 'insert'
  order by l.xid desc, l.seq desc
  limit $2
) l
cross join unnest(l.keys) as k(key)
order by l.xid desc, l.seq desc
limit $2`,
  values: [table, limit],
});
