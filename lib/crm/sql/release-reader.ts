/** Gives up a sync's claim on the log. Its next reading finds no mark and starts anew with a backfill. */
import type { Statement } from '../statement.ts';

export const releaseReader = (sync: string, table: string): Statement => ({
  text: 'delete from trivet.reader r where r.sync = $1 and r.table_name = $2',
  values: [sync, table],
});
