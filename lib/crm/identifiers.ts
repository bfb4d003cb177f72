/** Names of the user's tables and columns, quoted: they may hold capitals, blanks, quotes and keywords. */

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const quoteTable = (table: TableName): string =>
  `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`;

/**
 * False: no table can have this name. Asked before the catalog, which cuts a longer name and so finds another table.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
 */
export const canBeNamed = (table: TableName): boolean =>
  [table.schema, table.name].every((name) => Buffer.byteLength(name) <= NAME_BYTES_MAX);

const NAME_BYTES_MAX = 63;

/** Safe with either setting of standard_conforming_strings: a function body is parsed under its caller's. */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** An array of texts. */
export const quoteLiterals = (texts: readonly string[]): string =>
  `array[${texts.map(quoteLiteral).join(', ')}]::text[]`;

/**
 * The table's name in the log, in checkpoints and in sentences. Never used as SQL. Plain names stay
 * readable; others are quoted, so that `a.b` in one schema and `b` in schema `a` differ.
 */
export const tableLabel = (table: TableName): string =>
  `${plainOrQuoted(table.schema)}.${plainOrQuoted(table.name)}`;

const plainOrQuoted = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : quoteIdentifier(name);
