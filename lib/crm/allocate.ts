/** Keys for rows that will be inserted: chosen before, so that a redo inserts the same row again. */
import type { CrmKey } from '../engine/model.ts';
import { CrmUnavailable } from '../ports/crm.ts';
import type { Session } from './session.ts';
import { freshKeys, type FreshKeys } from './sql/fresh-keys.ts';
import { runStatement } from './statement.ts';
import type { TableShape } from './table-shape.ts';

/** Each attempt skips keys that somebody inserted by hand; that many in a row means the source is broken. */
const attemptsMax = 20;

export async function allocateKeys(
  session: Session,
  shape: TableShape,
  count: number,
): Promise<readonly CrmKey[]> {
  const source = requireSource(shape);
  const found = new Set<string>();
  for (let attempt = 0; attempt < attemptsMax && found.size < count; attempt += 1) {
    const statement = freshKeys(shape, count - found.size, source);
    // Not a read-only transaction: nextval writes.
    const rows = await session.write((client) => runStatement<FreshKeys>(client, statement));
    for (const row of rows) found.add(row.key);
  }
  if (found.size < count) throw new CrmUnavailable(exhausted(shape, source), 'halted');
  return [...found] as CrmKey[];
}

function requireSource(shape: TableShape): string {
  const [column, second] = shape.key;
  if (column !== undefined && second === undefined && column.freshKey !== null) {
    return column.freshKey;
  }
  const names = shape.key.map((part) => `"${part.name}"`).join(', ');
  throw new CrmUnavailable(
    `Rows cannot be created in ${shape.label}: nothing makes fresh values for its key (${names}). ` +
      'Give a single key column an identity, a default or the type uuid, or set `create` to the app only.',
    'halted',
  );
}

const exhausted = (shape: TableShape, source: string): string =>
  `${source} gives keys of ${shape.label} that rows already have, or the same key twice. ` +
  'Set the sequence above the greatest key, or correct the default.';
