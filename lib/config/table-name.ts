/** A table as a user names it: `contacts`, `sales.contacts`, and `"Odd.Schema"."my table"` where a name has a dot. */

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

const PART = /"(?:[^"]|"")*"|[^."]+/y;

/** Without double quotes everything before the first dot is the schema. Null: no name can be read out of it. */
export function readTableName(text: string): TableName | null {
  const parts: string[] = [];
  let place = 0;
  for (;;) {
    PART.lastIndex = place;
    const [found] = PART.exec(text) ?? [];
    if (found === undefined) return null;
    parts.push(found.startsWith('"') ? found.slice(1, -1).replaceAll('""', '"') : found);
    place += found.length;
    if (place === text.length) break;
    if (text[place] !== '.' || parts.length === 2) return null;
    place += 1;
  }
  const [first = '', second] = parts;
  const table =
    second === undefined ? { schema: 'public', name: first } : { schema: first, name: second };
  return table.schema === '' || table.name === '' ? null : table;
}

export function parseTableName(text: string): TableName {
  const table = readTableName(text);
  if (table === null) throw new Error(`“${text}” is no table name`);
  return table;
}

/** As `readTableName` reads it. */
export function writeTableName({ schema, name }: TableName): string {
  const part = (text: string): string =>
    /^[^".]+$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
  return schema === 'public' ? part(name) : `${part(schema)}.${part(name)}`;
}
