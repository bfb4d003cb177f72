/**
 * Inserts of one person from two syncs at once wait for each other, so that the second sees the
 * first's row (without a unique index nothing else would stop it). Until the end of the
 * transaction, in one order for all: no deadlocks among us.
 * https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
import type { Statement } from '../statement.ts';
import type { TableShape } from '../table-shape.ts';
import { matchForm } from './find-by-match.ts';

/** Not one lock per value: the server's lock table holds few thousand in all, and full it fails everybody. */
const locksMax = 64;

export const lockMatches = (shape: TableShape, values: readonly string[]): Statement => ({
  text: `
select pg_advisory_xact_lock(hashtext('trivet ' || $1::text), m.bucket)
from (
  select distinct hashtext(${matchForm('v.value')}) & ${locksMax - 1} as bucket
  from unnest($2::text[]) as v(value)
  order by bucket
) m`,
  values: [shape.label, values],
});
