/**
 * About how many rows a table has, at once and however large it is: what the last VACUUM or ANALYZE counted.
 * A table that neither has seen yet says -1, and one with partitions says nothing itself: then `rows` is null.
 * https://www.postgresql.org/docs/current/catalog-pg-class.html
 */
import type { TableName } from '../identifiers.ts';
import type { Statement } from '../statement.ts';

export interface EstimateAnswer {
  readonly rows: string | null;
}

export const estimateRows = ({ schema, name }: TableName): Statement => ({
  text: `
select case when c.relkind = 'r' and c.reltuples >= 0 and c.relpages > 0
            then c.reltuples::bigint::text end as rows
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2`,
  values: [schema, name],
});

/** Exact, and a scan: for tables nobody has counted yet, which are young or small. */
export const countRows = (quotedTable: string): Statement => ({
  text: `select count(*)::text as rows from ${quotedTable}`,
  values: [],
});
