/** Notes which columns the functions just installed watch. The key is watched always. */
import type { CaptureTable } from '../capture-plan.ts';
import { tableLabel } from '../identifiers.ts';
import type { Statement } from '../statement.ts';

export const noteCapture = (wanted: CaptureTable): Statement => ({
  text: `
insert into trivet.capture (table_name, columns) values ($1, $2)
on conflict (table_name) do update set columns = excluded.columns, at = clock_timestamp()`,
  values: [tableLabel(wanted.table), [...wanted.key, ...wanted.columns]],
});
