/**
 * Inserts rows under chosen keys, unless the key is there (our own redo) or another row has the
 * match value. Answers the keys that went in. `overriding system value` is for identity columns
 * that are GENERATED ALWAYS and does nothing for others. The taken ones are found by one plain join:
 * as a condition of each row it was a nested loop, five minutes for 500 rows into 300,000 without
 * the index instead of half a second.
 * https://www.postgresql.org/docs/current/sql-insert.html
 */
import { castToColumn } from '../column-text.ts';
import { quoteIdentifier, quoteTable } from '../identifiers.ts';
import { keyExpression } from '../keys.ts';
import { stampExpression, stampOf } from '../modified-column.ts';
import { keyNames } from '../row-form.ts';
import { createParameters, type Statement } from '../statement.ts';
import type { TableShape } from '../table-shape.ts';
import { groupArrays, type WriteGroup } from '../write-groups.ts';
import { matchForm } from './find-by-match.ts';

export interface InsertedRow {
  readonly key: string;
}

/** `matches`: per row the match value that no other row may have, or null. */
export function insertRows(
  shape: TableShape,
  group: WriteGroup,
  matches: readonly (string | null)[],
): Statement {
  const parameters = createParameters();
  const arrays = [...groupArrays(group, shape.key.length), [...matches]];
  const sources = arrays.map((array) => `${parameters.add(array)}::text[]`).join(', ');
  const keys = shape.key.map((column, i) => `u.k${i}::${column.type} as k${i}`);
  const values = group.columns.map((column, i) => `${castToColumn(column, `u.c${i}`)} as c${i}`);
  const keyAliases = shape.key.map((_, i) => `k${i}`);
  const aliases = [...keyAliases, ...group.columns.map((_, i) => `c${i}`)];
  const targets = [...shape.key, ...group.columns].map((column) => quoteIdentifier(column.name));
  const keyTargets = targets.slice(0, shape.key.length);
  const stamp = stampFor(shape, group);
  return {
    text: `
with wanted as materialized (
  select ${[...keys, ...values].join(', ')}, u.match, u.place
  from unnest(${sources}) with ordinality as u(${[...aliases, 'match', 'place'].join(', ')})
), taken as materialized (
  select w.place
  from wanted w
  join ${quoteTable(shape.table)} o
    on ${matchForm(`o.${quoteIdentifier(shape.match.name)}`)} = ${matchForm('w.match')}
  where (${keyTargets.map((name) => `o.${name}`).join(', ')}) is distinct from (${keyAliases.map((name) => `w.${name}`).join(', ')})
)
insert into ${quoteTable(shape.table)} as t (${[...targets, ...stamp.targets].join(', ')})
overriding system value
select ${[...aliases.map((name) => `w.${name}`), ...stamp.values].join(', ')}
from wanted w
where not exists (select from taken where taken.place = w.place)
order by ${keyAliases.map((name) => `w.${name}`).join(', ')}
on conflict (${keyTargets.join(', ')}) do nothing
returning ${keyExpression('t', keyNames(shape))} as key`,
    values: parameters.values,
  };
}

/** Unless the command itself sets the timestamp. */
function stampFor(
  { modified }: TableShape,
  { columns }: WriteGroup,
): { readonly targets: readonly string[]; readonly values: readonly string[] } {
  const stamp = stampOf(modified);
  if (stamp === null || modified === null || columns.some(({ name }) => name === stamp.name)) {
    return { targets: [], values: [] };
  }
  return { targets: [quoteIdentifier(stamp.name)], values: [stampExpression(modified)] };
}
