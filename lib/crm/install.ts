/**
 * Installing the capture, and taking it away. Run by the owner of the CRM's tables; both may be run
 * at any time and again: what is there and right is not touched, so a table in use is locked only
 * when one of its triggers is missing.
 */
import { planSource, uniteTables, type CaptureTable } from './capture-plan.ts';
import { quoteLiteral, tableLabel, type TableName } from './identifiers.ts';
import { captureFunction, captureRowFunction, type CaptureSource } from './sql/capture-function.ts';
import {
  dropTrigger,
  rowTrigger,
  statementTriggers,
  type CaptureTrigger,
} from './sql/capture-triggers.ts';
import { listCaptured, type CapturedRow } from './sql/list-captured.ts';
import { listRelations, type RelationRow } from './sql/list-relations.ts';
import { migrations } from './sql/migrations.ts';
import { noteCapture } from './sql/note-capture.ts';
import { runStatement, type Queryable } from './statement.ts';

export interface InstallReport {
  /** Numbers of the migrations that ran now. */
  readonly migrations: readonly number[];
  readonly tables: readonly TableReport[];
}

export interface TableReport {
  readonly table: string;
  /** Triggers made now, as `relation: trigger`. */
  readonly created: readonly string[];
  /** What is not captured and why. */
  readonly warnings: readonly string[];
}

/**
 * One transaction for the schema and one per table: locks on several of the CRM's tables at once
 * could deadlock with its own transactions. `client` is one session, outside a transaction.
 */
export async function installCapture(
  client: Queryable,
  tables: readonly CaptureTable[],
): Promise<InstallReport> {
  const applied = await inTransaction(client, () => migrate(client));
  const reports: TableReport[] = [];
  for (const wanted of uniteTables(tables)) {
    reports.push(await inTransaction(client, () => installTable(client, wanted)));
  }
  return { migrations: applied, tables: reports };
}

/** Removes every trigger, function and table of ours. Readers start anew after the next installation. */
export async function uninstallCapture(client: Queryable): Promise<void> {
  const captured = await runStatement<CapturedRow>(client, listCaptured());
  for (const row of captured) {
    await inTransaction(client, () => client.query(dropTrigger(row, row.trigger)));
  }
  await inTransaction(client, () => client.query('drop schema if exists trivet cascade'));
}

/** A trigger needs a lock that waits for writers and makes later ones wait: give up soon, try again later. */
const begin = `begin; set local lock_timeout = '5s'; set local search_path = pg_catalog;`;

async function inTransaction<T>(client: Queryable, work: () => Promise<T>): Promise<T> {
  await client.query(begin);
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function migrate(client: Queryable): Promise<readonly number[]> {
  await client.query(`select pg_advisory_xact_lock(hashtextextended('trivet migrations', 0))`);
  const schema = await client.query(`select from pg_namespace where nspname = 'trivet'`);
  // Even `if not exists` asks for the right to create; an upgrade should not need it.
  if (schema.rows.length === 0) {
    await client.query(`
      create schema trivet;
      create table trivet.migrations (number integer primary key, at timestamptz not null default now());`);
  }
  const done = await client.query<{ number: number }>('select number from trivet.migrations');
  const known = new Set(done.rows.map((row) => row.number));
  const missing = migrations.filter((migration) => !known.has(migration.number));
  for (const migration of missing) {
    await client.query(migration.text);
    await client.query('insert into trivet.migrations (number) values ($1)', [migration.number]);
  }
  return missing.map((migration) => migration.number);
}

async function installTable(client: Queryable, wanted: CaptureTable): Promise<TableReport> {
  const source = await planSource(client, wanted);
  const relations = await runStatement<RelationRow>(client, listRelations(wanted.table));
  const warnings = relations.flatMap((relation) => describeGap(relation));
  const wasInstalled = await functionExists(client, source.functionName);
  await client.query(captureFunction(source));
  await client.query(captureRowFunction(source));
  await runStatement(client, noteCapture(wanted));
  const created: string[] = [];
  for (const relation of relations.filter((candidate) => describeGap(candidate).length === 0)) {
    for (const trigger of missingTriggers(relation, source)) {
      for (const statement of trigger.create(relation)) await client.query(statement);
      created.push(`${tableLabel(relation)}: ${trigger.name}`);
    }
  }
  // Until now the new partition changed unseen: ask for a look at the whole table.
  if (wasInstalled && created.length > 0) await logWholeTable(client, source);
  return { table: source.label, created, warnings };
}

function missingTriggers(relation: RelationRow, source: CaptureSource): readonly CaptureTrigger[] {
  const wanted = [
    ...statementTriggers(source.functionName),
    ...(relation.is_subscribed ? [rowTrigger(source.functionName)] : []),
  ];
  return wanted.filter(
    (trigger) =>
      !relation.triggers.some(
        (present) =>
          present.name === trigger.name &&
          present.enabled === trigger.enabled &&
          present.functionName === trigger.functionName,
      ),
  );
}

function describeGap(relation: TableName & { readonly relkind: string }): readonly string[] {
  if (relation.relkind === 'r' || relation.relkind === 'p') return [];
  const kind = relation.relkind === 'f' ? 'a foreign table' : 'no table';
  return [`${tableLabel(relation)} is ${kind}: its changes cannot be captured, only swept.`];
}

async function functionExists(client: Queryable, name: string): Promise<boolean> {
  const found = await client.query(
    `select from pg_proc where proname = $1 and pronamespace = to_regnamespace('trivet')`,
    [name],
  );
  return found.rows.length > 0;
}

async function logWholeTable(client: Queryable, source: CaptureSource): Promise<void> {
  const label = quoteLiteral(source.label);
  await client.query(
    `insert into trivet.change_log (table_name, op, keys, note) values (${label}, 'install', null, 'capture was incomplete')`,
  );
}
