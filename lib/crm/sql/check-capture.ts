/**
 * Which of the columns we sync nobody watches: a field that was added to the configuration after the
 * capture was installed. Its changes would be missed without a word.
 */
import type { Statement } from '../statement.ts';

export interface CaptureState {
  readonly unwatched: readonly string[];
}

export const checkCapture = (table: string, columns: readonly string[]): Statement => ({
  text: `
select array(
  select w.name from unnest($2::text[]) as w(name)
  where not exists (
    select from trivet.capture c where c.table_name = $1 and w.name = any (c.columns)
  )
) as unwatched`,
  values: [table, columns],
});
