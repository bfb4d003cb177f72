/** Who claims a place in the log. */
import type { Statement } from '../statement.ts';

export interface ReaderRow {
  readonly sync: string;
  readonly table_name: string;
}

export const listReaders = (): Statement => ({
  text: 'select r.sync, r.table_name from trivet.reader r order by r.sync',
  values: [],
});
