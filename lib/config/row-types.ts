/**
 * What the compiler knows of a user's tables: `postgres<{ contacts: ContactRow }>({ … })` gives every place that
 * names a column the columns of its table. Types alone. Without them a column is any text.
 */
import type { Json } from '../engine/value.ts';

export type AnyRow = Readonly<Record<string, Json>>;
export type AnyTables = Readonly<Record<string, AnyRow>>;

export type ColumnOf<Row> = keyof Row & string;

/** Of a Kysely column what is read of it. */
type Selected<T> = T extends { readonly __select__: infer S } ? S : T;

/**
 * A value as functions see it. Postgres tells values as text and so do we, for JavaScript would round a bigint and
 * lose a timestamp's digits; booleans are booleans, or the text 'false' would pass every filter.
 */
type Shown<T> = T extends number | bigint | Date
  ? string
  : T extends readonly (infer Element)[]
    ? readonly Shown<Element>[]
    : T;

/** A row as `include` and `from` see it. */
export type RowView<Row> = string extends keyof Row
  ? AnyRow
  : { readonly [C in keyof Row]: Shown<Selected<Row[C]>> };

/** The field types that can hold a column: by their names. */
export type TypesFor<T> = 0 extends 1 & T ? string : NamesFor<NonNullable<Selected<T>>>;

type NamesFor<T> = [T] extends [boolean]
  ? 'boolean' | 'optOut' | 'text' | 'enum'
  : [T] extends [number | bigint]
    ? 'number' | 'text' | 'enum' | 'phone'
    : [T] extends [Date]
      ? 'date' | 'timestamp' | 'birthday' | 'text'
      : [T] extends [readonly unknown[]]
        ? 'tags'
        : string;
