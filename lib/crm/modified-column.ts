/**
 * The column by which changes are found where no trigger is allowed (capture `timestamp`): what it must
 * be, and how an instant of the database's clock is said in it.
 */
import { CrmUnavailable } from '../ports/crm.ts';
import { quoteIdentifier, quoteLiteral } from './identifiers.ts';
import type { ColumnDescription } from './sql/describe-table.ts';
import type { ColumnShape } from './table-shape.ts';

export interface ModifiedWanted {
  readonly column: string;
  /** Who sets it: the database (a trigger, a default, `now()` in the statement), or programs by their own clocks. */
  readonly clock: 'database' | 'app';
  /** How far behind the database's clock a timestamp may lie when it is stored; for the apps' clocks also how far ahead. */
  readonly overlapMs: number;
  /** Of a column without one: whose wall clock its values show. */
  readonly timeZone: string | null;
}

export interface ModifiedColumn extends ModifiedWanted {
  readonly shape: ColumnShape;
  /** `timestamp with time zone`. */
  readonly isZoned: boolean;
  /** Rows show which transaction wrote them (a table; not a view). */
  readonly hasWriter: boolean;
}

const ZONED = 'timestamp with time zone';
const UNZONED = 'timestamp without time zone';

/** Throws a sentence: what stands in it must be an instant, or late rows would be lost without a word. */
export function requireModified(
  label: string,
  wanted: ModifiedWanted,
  shape: ColumnShape,
  described: ColumnDescription | undefined,
): ModifiedColumn {
  const place = `The column "${wanted.column}" of ${label}`;
  const base = described?.base_type ?? shape.type;
  if (base !== ZONED && base !== UNZONED) {
    throw new CrmUnavailable(
      `${place} is of type ${base}: changes are found by a timestamp or timestamptz. Name another column as \`modified\`.`,
      'halted',
    );
  }
  if (base === UNZONED && wanted.timeZone === null) {
    throw new CrmUnavailable(
      `${place} is a timestamp without time zone: say in \`modified\` whose wall clock it shows, e.g. timeZone: 'UTC'.`,
      'halted',
    );
  }
  if (described?.relkind === 'f') {
    throw new CrmUnavailable(
      `${label} is a foreign table: its transactions are another server's. Read that server itself.`,
      'halted',
    );
  }
  return { ...wanted, shape, isZoned: base === ZONED, hasWriter: described?.relkind !== 'v' };
}

/** One width, microseconds, UTC: instants in this form compare as text, and cast back exactly. */
export const instantText = (expression: string): string =>
  `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** `instant` is an SQL expression of type timestamptz; the answer has the column's own type. */
export function inColumn({ isZoned, timeZone }: ModifiedColumn, instant: string): string {
  return isZoned ? instant : `(${instant} at time zone ${quoteLiteral(timeZone ?? 'UTC')})`;
}

/** The column's value as an instant. */
export function asInstant({ shape, isZoned, timeZone }: ModifiedColumn, alias: string): string {
  const value = `${alias}.${quoteIdentifier(shape.name)}`;
  return isZoned ? value : `(${value} at time zone ${quoteLiteral(timeZone ?? 'UTC')})`;
}

/**
 * What our own writes set, as any client does: the other syncs of the table find them by it. Not where
 * the database makes the value itself.
 */
export const stampOf = (modified: ModifiedColumn | null): ColumnShape | null =>
  modified?.shape.writable === true ? modified.shape : null;

export const stampExpression = (modified: ModifiedColumn): string => inColumn(modified, 'now()');
