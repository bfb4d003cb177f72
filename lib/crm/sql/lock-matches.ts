/**
 * Inserts of one person from two syncs at once wait for each other, so that the second sees the
 * first's row (without a unique index nothing else would stop it). Until the end of the
 * transaction, in one order for all: no deadlocks among us.
 * https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
import type { Statement } from '../statement.ts';
import type { TableShape } from '../table-shape.ts';
import { matchForm } from './find-by-match.ts';

export const lockMatches = (shape: TableShape, values: readonly string[]): Statement => ({
  text: `
select pg_advisory_xact_lock(m.name)
from (
  select distinct hashtextextended('trivet ' || $1::text || ' ' || ${matchForm('v.value')}, 0) as name
  from unnest($2::text[]) as v(value)
  order by name
) m`,
  values: [shape.label, values],
});
