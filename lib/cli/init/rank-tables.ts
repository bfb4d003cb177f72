/** Which table holds the people. Pure. */
import { meaningOf, wordsOf } from './meaning.ts';
import { isTextColumn, type ColumnFacts, type TableFacts } from './facts.ts';

export interface RankedTable {
  readonly table: TableFacts;
  readonly score: number;
}

const PEOPLE = new Set(
  'contact contacts customer customers client clients person persons people subscriber subscribers member members lead leads user users kunde kunden kontakt kontakte personen crm guest guests donor donors patient patients student students'.split(
    ' ',
  ),
);
const ASIDE = new Set(
  'log logs history audit archive archived backup bak old tmp temp test event events import imports staging queue token tokens session sessions job jobs message messages version versions migration migrations template templates'.split(
    ' ',
  ),
);
const PERSONAL = new Set([
  'first_name',
  'last_name',
  'full_name',
  'phone',
  'company',
  'city',
  'birthday',
  'consent',
  'tags',
]);

/** A text that may be an address: `email`, and also `work_email` or `emailadresse`. */
export const isEmailColumn = (column: ColumnFacts): boolean =>
  isTextColumn(column) &&
  (meaningOf(column.name) === 'email' || /e-?mail/i.test(column.name)) &&
  !/(verified|confirmed|status|token|hash|md5|count|template|subject|body|domain|type)/i.test(
    column.name,
  );

/** The key a table has, or null. A primary key before a unique one, few columns before many. */
export function keyOf({ primary_key: primary, uniques }: TableFacts): readonly string[] | null {
  if (primary.length > 0) return primary;
  const [best] = uniques
    .filter(({ solid }) => solid)
    .map(({ columns }) => columns)
    .toSorted((a, b) => a.length - b.length);
  return best ?? null;
}

/** Why a table cannot be synced, as a sentence; null when it can. */
export function whyNot(table: TableFacts): string | null {
  const what = `${table.schema}.${table.name}`;
  if (table.relkind === 'v' || table.relkind === 'm')
    return `${what} is a view, which has no changes of its own to capture; name the table behind it.`;
  if (table.relkind === 'f')
    return `${what} is a foreign table, whose changes happen in another database; connect to that one.`;
  if (table.is_partition) return `${what} is a partition; name the table it is part of.`;
  if (!table.columns.some(isEmailColumn))
    return `${what} has no column that looks like an e-mail address, which is what names a person at Mailchimp. Name it: --match COLUMN.`;
  return keyOf(table) === null
    ? `${what} has neither a primary key nor a unique index without nulls, so its rows cannot be told apart. Add one.`
    : null;
}

/** Best first; those that cannot be synced are left out. */
export function rankTables(tables: readonly TableFacts[]): readonly RankedTable[] {
  return tables
    .filter((table) => whyNot(table) === null)
    .map((table) => ({ table, score: scoreOf(table) }))
    .toSorted((a, b) => b.score - a.score || nameOf(a.table).localeCompare(nameOf(b.table), 'en'));
}

const nameOf = ({ schema, name }: TableFacts): string => `${schema}.${name}`;

function scoreOf(table: TableFacts): number {
  const words = wordsOf(table.name);
  const meanings = new Set(table.columns.map(({ name }) => meaningOf(name)));
  const personal = [...meanings].filter((each) => each !== null && PERSONAL.has(each)).length;
  const named = words.some((word) => PEOPLE.has(word)) ? 4 : 0;
  const aside = words.some((word) => ASIDE.has(word)) ? 6 : 0;
  const email = meanings.has('email') ? 2 : 0;
  // Accounts people log in with are rarely whom one writes to, where there are contacts as well.
  const login = table.columns.some(({ name }) => /passw|pwd/i.test(name)) ? 2 : 0;
  return named + personal + email - aside - login;
}

/** The first by far, or null: whoever is asked must choose. */
export function clearWinner(ranked: readonly RankedTable[]): RankedTable | null {
  const [first, second] = ranked;
  if (first === undefined) return null;
  return second === undefined || first.score >= second.score + 2 ? first : null;
}
