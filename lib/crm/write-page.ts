/**
 * One page of commands in one transaction.
 *
 *   lock rows in key order, skipping those somebody holds
 *     → compare with what the merge saw → moved · locked · go on
 *     → update, delete, insert: one statement per set of columns
 *     → deferred triggers now, then read again: what they made of it is what we report
 */
import type { CrmKey } from '../engine/model.ts';
import type { CrmCommand, CrmOutcome, CrmRow } from '../ports/crm.ts';
import { parseRow, type RowAnswer } from './row-form.ts';
import { asAnyClient, asReader } from './session.ts';
import { deleteRows } from './sql/delete-rows.ts';
import { readRows, type RowLock } from './sql/read-rows.ts';
import { updateRows } from './sql/update-rows.ts';
import { runStatement, type Queryable } from './statement.ts';
import type { TableShape } from './table-shape.ts';
import { RowRefused } from './write-failures.ts';
import { groupBySet, planCommand, type PlannedWrite } from './write-groups.ts';
import { insertPlanned, type InsertWrite } from './write-inserts.ts';

export type DeleteCommand = Extract<CrmCommand, { kind: 'delete' }>;
type UpdateCommand = Extract<CrmCommand, { kind: 'update' }>;

/** Throws what the database says; then nothing of the page has happened. */
export async function writePage(
  client: Queryable,
  shape: TableShape,
  page: readonly CrmCommand[],
): Promise<readonly CrmOutcome[]> {
  const outcomes = new Map<CrmKey, CrmOutcome>();
  const updates = await standing({ client, shape }, 'update', page.filter(isUpdate), outcomes);
  const deletes = await standing({ client, shape }, 'delete', page.filter(isDelete), outcomes);
  const writes = refuseUnfit(shape, [...updates, ...page.filter(isInsert)], outcomes);
  if (writes.length + deletes.length > 0) {
    await client.query(asAnyClient);
    for (const group of groupBySet(writes.filter(isUpdateWrite))) {
      if (group.columns.length > 0) await runStatement(client, updateRows(shape, group));
    }
    if (deletes.length > 0) await runStatement(client, deleteRows(shape, keysOf(deletes)));
    await insertPlanned(client, shape, writes.filter(isInsertWrite), outcomes);
    await client.query(`set constraints all immediate; ${asReader}`);
    await report(client, shape, [...writes, ...deletes], outcomes);
  }
  return page.map((command) => outcomes.get(command.key) as CrmOutcome);
}

const isUpdate = (command: CrmCommand): command is UpdateCommand => command.kind === 'update';
const isDelete = (command: CrmCommand): command is DeleteCommand => command.kind === 'delete';
const isInsert = (command: CrmCommand): command is InsertWrite['command'] =>
  command.kind === 'insert';
const isUpdateWrite = (write: PlannedWrite): boolean => write.command.kind === 'update';
const isInsertWrite = (write: PlannedWrite): write is InsertWrite =>
  write.command.kind === 'insert';
const keysOf = (commands: readonly { key: CrmKey }[]): readonly CrmKey[] =>
  commands.map((command) => command.key);

/** Locks the rows and answers the commands whose row is still what the merge saw. */
async function standing<C extends UpdateCommand | DeleteCommand>(
  { client, shape }: { readonly client: Queryable; readonly shape: TableShape },
  lock: RowLock,
  commands: readonly C[],
  outcomes: Map<CrmKey, CrmOutcome>,
): Promise<readonly C[]> {
  if (commands.length === 0) return [];
  const locked = await readByKey(client, shape, keysOf(commands), lock);
  const missing = keysOf(commands).filter((key) => !locked.has(key));
  // A row that is there but was not locked is somebody's at the moment; one that is not there is gone.
  const held = await readByKey(client, shape, missing, 'none');
  return commands.filter((command) => {
    const row = locked.get(command.key) ?? null;
    if (row !== null && isAsExpected(row, command.expect)) return true;
    outcomes.set(command.key, judgeMissed(command, row, held.has(command.key)));
    return false;
  });
}

function judgeMissed(
  command: UpdateCommand | DeleteCommand,
  row: CrmRow | null,
  isHeld: boolean,
): CrmOutcome {
  if (isHeld) return { kind: 'locked' };
  // A delete whose row is gone has what it wanted: it may be our own, redone.
  if (row === null && command.kind === 'delete') return { kind: 'applied', row: null };
  return { kind: 'moved', row };
}

export function isAsExpected(
  row: CrmRow,
  expect: Readonly<Record<string, string | null>>,
): boolean {
  return Object.entries(expect).every(([column, text]) => {
    const raw = row.columns[column];
    if (raw === undefined)
      throw new Error(`"${column}" is expected but not among the columns read.`);
    return raw.text === text;
  });
}

/** Values whose kind the column cannot hold never reach the database. */
function refuseUnfit(
  shape: TableShape,
  commands: readonly (UpdateCommand | InsertWrite['command'])[],
  outcomes: Map<CrmKey, CrmOutcome>,
): readonly PlannedWrite[] {
  return commands.flatMap((command) => {
    const planned = planCommand(shape, command);
    if (planned.ok) return [planned.write];
    outcomes.set(command.key, { kind: 'rejected', reason: planned.reason, sqlstate: '42804' });
    return [];
  });
}

async function readByKey(
  client: Queryable,
  shape: TableShape,
  keys: readonly CrmKey[],
  lock: RowLock,
): Promise<ReadonlyMap<CrmKey, CrmRow>> {
  if (keys.length === 0) return new Map();
  const rows = await runStatement<RowAnswer>(client, readRows(shape, keys, lock));
  return new Map(rows.map((row) => [row.key, parseRow(shape, row)]));
}

/** The outcome of everything written is what stands in the table now. */
async function report(
  client: Queryable,
  shape: TableShape,
  written: readonly (PlannedWrite | DeleteCommand)[],
  outcomes: Map<CrmKey, CrmOutcome>,
): Promise<void> {
  const commands = written.map((write) => ('command' in write ? write.command : write));
  const rows = await readByKey(client, shape, keysOf(commands), 'none');
  for (const command of commands) {
    const before = outcomes.get(command.key);
    const row = rows.get(command.key) ?? null;
    if (before?.kind === 'moved') outcomes.set(command.key, { kind: 'moved', row });
    if (before !== undefined) continue;
    if (row === null && command.kind !== 'delete') {
      throw new RowRefused(`A trigger of ${shape.label} made the row disappear without an error.`);
    }
    outcomes.set(command.key, { kind: 'applied', row });
  }
}
