/** Notes which columns the functions just installed watch. The key is watched always. */
import type { CaptureTable } from '../capture-plan.ts';
import { quoteLiteral, quoteLiterals, tableLabel } from '../identifiers.ts';

export const noteCapture = (wanted: CaptureTable): string => `
insert into trivet.capture (table_name, columns)
values (${quoteLiteral(tableLabel(wanted.table))}, ${quoteLiterals(watchedColumns(wanted))})
on conflict (table_name) do update set columns = excluded.columns, at = clock_timestamp()`;

export const watchedColumns = ({ key, columns }: CaptureTable): readonly string[] => [
  ...key,
  ...columns,
];
