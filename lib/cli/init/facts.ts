/** What is known of a database and an audience before anything is proposed. Plain data, so that proposals are pure. */
import type { ListedColumn, ListedTable } from '../../crm/sql/list-tables.ts';

export type TableFacts = ListedTable;
export type ColumnFacts = ListedColumn;

/** Values of some rows by column; null where a row has none. */
export type Sample = Readonly<Record<string, readonly (string | null)[]>>;

export interface MergeFieldFacts {
  readonly tag: string;
  /** The vendor's: text, number, date, birthday, phone, address, zip, url, imageurl, radio, dropdown. */
  readonly type: string;
  /** As people see it. */
  readonly label: string;
  readonly isRequired: boolean;
  readonly choices: readonly string[];
}

export interface AudienceFacts {
  readonly id: string;
  readonly name: string;
  readonly mergeFields: readonly MergeFieldFacts[];
}

/** Postgres knows five kinds of text. */
const TEXTS: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'citext', 'name']);

export const isTextBase = (base: string): boolean => TEXTS.has(base);

export const isTextColumn = ({ kind, base }: ColumnFacts): boolean =>
  kind === 'scalar' && isTextBase(base);

/** The values of a column that are there. */
export const filledIn = (sample: Sample, column: string): readonly string[] =>
  (sample[column] ?? []).flatMap((value) => (value === null || value.trim() === '' ? [] : [value]));

/** The part of the values for which it holds; of none it is 1: nothing speaks against it. */
export function shareOf(values: readonly string[], holds: (value: string) => boolean): number {
  return values.length === 0 ? 1 : values.filter(holds).length / values.length;
}
