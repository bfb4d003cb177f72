/** Which of a table's columns holds the address that names a person. Pure. */
import { email } from '../../engine/types/index.ts';
import { filledIn, shareOf, type ColumnFacts, type Sample, type TableFacts } from './facts.ts';
import { meaningOf, wordsOf } from './meaning.ts';
import { isEmailColumn } from './rank-tables.ts';

export interface MatchCandidate {
  readonly column: ColumnFacts;
  readonly score: number;
  /** What speaks against it, as sentences for the configuration's comments. */
  readonly doubts: readonly string[];
}

const ADDRESS = email();
const isAddress = (value: string): boolean => {
  const parsed = ADDRESS.parse(value);
  return parsed.ok && parsed.value !== null;
};

/** Best first. A column whose values are no addresses is none of them. */
export function rankMatches(table: TableFacts, sample: Sample): readonly MatchCandidate[] {
  return table.columns
    .filter(isEmailColumn)
    .map((column) => judgeColumn(table, column, sample))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score);
}

export function judgeColumn(
  table: TableFacts,
  column: ColumnFacts,
  sample: Sample,
): MatchCandidate {
  const all = sample[column.name] ?? [];
  const values = filledIn(sample, column.name);
  const valid = shareOf(values, isAddress);
  const distinct = new Set(values.map((value) => value.trim().toLowerCase())).size;
  const filled = all.length === 0 ? 1 : values.length / all.length;
  const isUnique = table.uniques.some(
    ({ columns }) => columns.length === 1 && columns[0] === column.name,
  );
  const named = meaningOf(column.name) === 'email' ? 2 : 0;
  const primary = /primary|main/i.test(column.name) ? 1 : 0;
  const other = wordsOf(column.name).some((word) =>
    /^(work|second|secondary|alt|alternate|other|old|backup|invoice|billing|private|2)$/.test(word),
  )
    ? 1
    : 0;
  const score =
    valid < 0.5 ? 0 : 1 + named + primary - other + (isUnique ? 2 : 0) + filled * 2 + valid;
  return { column, score, doubts: doubtsOf({ all, values, valid, distinct, isUnique }) };
}

function doubtsOf(seen: {
  readonly all: readonly unknown[];
  readonly values: readonly string[];
  readonly valid: number;
  readonly distinct: number;
  readonly isUnique: boolean;
}): readonly string[] {
  const { all, values, valid, distinct, isUnique } = seen;
  const doubts: string[] = [];
  const bad = Math.round(values.length * (1 - valid));
  if (bad > 0)
    doubts.push(
      `Of ${values.length} values looked at ${bad} are no address: those rows are parked, each with the reason.`,
    );
  if (distinct < values.length)
    doubts.push(
      `Of ${values.length} values looked at ${values.length - distinct} are there twice: rows that share an address wait for a person.`,
    );
  else if (!isUnique)
    doubts.push('No unique index holds it; rows that share an address wait for a person.');
  if (values.length < all.length)
    doubts.push(`Of ${all.length} rows looked at ${all.length - values.length} have none.`);
  return doubts;
}

/** The first by far, or null. */
export function clearMatch(ranked: readonly MatchCandidate[]): MatchCandidate | null {
  const [first, second] = ranked;
  if (first === undefined) return null;
  return second === undefined || first.score >= second.score + 1 ? first : null;
}
