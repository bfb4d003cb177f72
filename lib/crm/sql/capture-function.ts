/**
 * The function that writes the change log for one table, called once per statement and not per row:
 * a bulk update of a million rows becomes two thousand log rows.
 * https://www.postgresql.org/docs/current/plpgsql-trigger.html#PLPGSQL-TRIGGER-TRANSITION
 *
 * It runs inside the CRM's own statements, so it never raises. What it cannot do properly it does
 * more coarsely: every touched key, then "look at the whole table" (no keys), then a warning. Being
 * able to do that costs one subtransaction id per statement that logs something.
 *
 * Rows are paired by key, not by position: a changed key is a delete of the old and an insert of
 * the new. Columns are compared as binary images (`*<>`), which works for types without an
 * equality (json), sees a change of case in citext, and costs little; a difference that is none
 * costs one look. The casts to `record` keep the parser from comparing column by column.
 * https://www.postgresql.org/docs/current/functions-comparisons.html#COMPOSITE-TYPE-COMPARISON
 */
import { quoteIdentifier, quoteLiteral } from '../identifiers.ts';
import { keyExpression } from '../keys.ts';
import { textForm } from '../session.ts';

export interface CaptureSource {
  /** The function's name in schema `trivet`. */
  readonly functionName: string;
  readonly label: string;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  /** The key's text is the same whatever a session's settings are. */
  readonly hasOneText: boolean;
}

/** Transition tables of the triggers. */
export const oldRows = 'trivet_old_rows';
export const newRows = 'trivet_new_rows';

const keysPerRow = 500;

/**
 * Settings of the function itself, whatever the CRM's session says: key texts must be the reader's. Each costs every
 * statement about a microsecond, so those that no key of this type could notice are left out.
 */
const settingsFor = ({ hasOneText }: CaptureSource): Readonly<Record<string, string>> => ({
  search_path: 'pg_catalog, pg_temp',
  ...(hasOneText ? {} : textForm),
});

export interface CaptureFunction {
  /** In schema `trivet`. */
  readonly name: string;
  /** The body, as `pg_proc.prosrc` says it back. */
  readonly body: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly sql: string;
}

export const captureFunctions = (source: CaptureSource): readonly CaptureFunction[] => [
  captureFunction(source),
  captureRowFunction(source),
];

function captureFunction(source: CaptureSource): CaptureFunction {
  const label = quoteLiteral(source.label);
  const body = `
declare
  one_key text;
  is_many boolean;
  is_other boolean;
  is_changed boolean;
begin
  case tg_op
    when 'INSERT' then ${logKeys(label, "'insert'", selectKeys(source, newRows))}
    when 'DELETE' then ${logKeys(label, "'delete'", selectKeys(source, oldRows))}
    when 'UPDATE' then
      ${lookAtOne(source)}
      if not is_many and not is_other then
        if is_changed then
          insert into trivet.change_log (table_name, op, keys) values (${label}, 'update', array[one_key]);
        end if;
      else ${logUpdate(label, source)}
      end if;
    else ${logWholeTable(label, 'null')}
  end case;
  return null;
exception
  when undefined_column or undefined_function then
    begin
      -- A mapped column was renamed or dropped: every touched key may have changed.
      ${logKeys(label, "'update'", touchedKeys(source), 'sqlstate')}
    exception when others then
      ${logOrWarn(label)}
    end;
    return null;
  when others then
    ${logOrWarn(label)}
    return null;
end`;
  return createFunction(source.functionName, body, settingsFor(source));
}

/** For tables fed by logical replication, whose worker fires row triggers only. */
function captureRowFunction(source: CaptureSource): CaptureFunction {
  const label = quoteLiteral(source.label);
  const body = `
declare
  old_key text;
  new_key text;
begin
  if tg_op <> 'INSERT' then old_key := ${keyOf(source, 'old')}; end if;
  if tg_op <> 'DELETE' then new_key := ${keyOf(source, 'new')}; end if;
  insert into trivet.change_log (table_name, op, keys)
  select ${label}, lower(tg_op), array_agg(distinct k.key)
  from unnest(array[old_key, new_key]) as k(key) where k.key is not null;
  return null;
exception when others then
  ${logOrWarn(label)}
  return null;
end`;
  return createFunction(rowFunctionName(source.functionName), body, settingsFor(source));
}

export const rowFunctionName = (functionName: string): string => `${functionName}_row`;

function createFunction(
  name: string,
  statements: string,
  settings: CaptureFunction['settings'],
): CaptureFunction {
  const qualified = `trivet.${quoteIdentifier(name)}()`;
  const body = `\n#variable_conflict use_column\n${statements}\n`;
  // The tag must not occur in the body, which holds the user's names.
  let tag = '$trivet$';
  while (body.includes(tag)) tag = tag.replace('$trivet', '$trivet_');
  const sql = `
create or replace function ${qualified} returns trigger
language plpgsql security definer
${Object.entries(settings)
  .map(([setting, value]) => `set ${setting} = ${value}`)
  .join('\n')}
as ${tag}${body}${tag};
revoke all on function ${qualified} from public;`;
  return { name, body, settings, sql };
}

const keyOf = (source: CaptureSource, alias: string): string => keyExpression(alias, source.key);

const selectKeys = (source: CaptureSource, rows: string): string =>
  `select ${keyOf(source, 'r')} as key from ${rows} r`;

const touchedKeys = (source: CaptureSource): string =>
  `${selectKeys(source, oldRows)} union ${selectKeys(source, newRows)}`;

const logWholeTable = (label: string, note: string): string =>
  `insert into trivet.change_log (table_name, op, keys, note) values (${label}, lower(tg_op), null, ${note});`;

const logOrWarn = (label: string): string => `
    begin ${logWholeTable(label, 'sqlstate')}
    exception when others then
      raise warning 'trivet could not log a change of % (%)', ${label}, sqlstate;
    end;`;

/** Null keys are left out: a row without key is no record, and null has a meaning of its own. */
function logKeys(label: string, op: string, keys: string, note = 'null'): string {
  return `
      insert into trivet.change_log (table_name, op, keys, note)
      select ${label}, ${op}, array_agg(c.key), ${note}
      from (
        select k.key, (row_number() over () - 1) / ${keysPerRow} as chunk
        from (${keys}) k where k.key is not null
      ) c
      group by c.chunk;`;
}

const imageOf = (source: CaptureSource, alias: string): string =>
  `row(${source.columns.map((column) => `${alias}.${quoteIdentifier(column)}`).join(', ')})::record`;

/**
 * One pair of rows is the whole statement when there is no second row. Most statements of a CRM change one
 * row, and to start pairing any number of rows costs more than to log that one (docs/adr/0014-what-capture-costs.md).
 * Of a statement that changed none, all of this is null.
 */
function lookAtOne(source: CaptureSource): string {
  return `select ${keyOf(source, 'n')}, ${keyOf(source, 'o')} <> ${keyOf(source, 'n')},
             ${imageOf(source, 'o')} *<> ${imageOf(source, 'n')},
             exists (select from ${newRows} offset 1)
      into one_key, is_other, is_changed, is_many
      from ${oldRows} o, ${newRows} n limit 1;`;
}

function logUpdate(label: string, source: CaptureSource): string {
  return `
      insert into trivet.change_log (table_name, op, keys)
      select ${label}, c.op, array_agg(c.key)
      from (
        select k.op, k.key, (row_number() over (partition by k.op) - 1) / ${keysPerRow} as chunk
        from (
          select case when n is null then 'delete' when o is null then 'insert' else 'update' end as op,
                 coalesce(n_key, o_key) as key
          from (select true as o, ${keyOf(source, 'o')} as o_key, ${imageOf(source, 'o')} as o_image from ${oldRows} o) a
          full join (select true as n, ${keyOf(source, 'n')} as n_key, ${imageOf(source, 'n')} as n_image from ${newRows} n) b
            on o_key = n_key
          where n is null or o is null or o_image *<> n_image
        ) k
        where k.key is not null
      ) c
      group by c.op, c.chunk;`;
}
