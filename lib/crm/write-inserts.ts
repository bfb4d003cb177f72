/** Inserting rows under keys chosen before: twice is once, and never a second row for one person. */
import type { CrmKey } from '../engine/model.ts';
import type { CrmCommand, CrmOutcome } from '../ports/crm.ts';
import { asAnyClient, asReader } from './session.ts';
import { compareRows, type ComparedRow } from './sql/compare-rows.ts';
import { findByMatch, type MatchAnswer } from './sql/find-by-match.ts';
import { insertRows, type InsertedRow } from './sql/insert-rows.ts';
import { lockMatches } from './sql/lock-matches.ts';
import { runStatement, type Queryable } from './statement.ts';
import type { TableShape } from './table-shape.ts';
import { RowRefused } from './write-failures.ts';
import { groupBySet, type PlannedWrite, type WriteGroup } from './write-groups.ts';

export interface InsertWrite extends PlannedWrite {
  readonly command: Extract<CrmCommand, { kind: 'insert' }>;
}

/** Sets an outcome for each row that was not inserted; those inserted are reported after the re-read. */
export async function insertPlanned(
  client: Queryable,
  shape: TableShape,
  writes: readonly InsertWrite[],
  outcomes: Map<CrmKey, CrmOutcome>,
): Promise<void> {
  const guards = writes.flatMap((write) => write.command.unlessMatch ?? []);
  if (guards.some((guard) => guard.column !== shape.match.name)) {
    throw new Error(`Inserts are guarded by the match column "${shape.match.name}" only.`);
  }
  const matches = guards.map((guard) => guard.value);
  if (matches.length > 0) await runStatement(client, lockMatches(shape, matches));
  for (const group of groupBySet(writes)) {
    const left = await insertGroup(client, shape, group);
    if (left.length > 0) await explainLeft(client, shape, { ...group, writes: left }, outcomes);
  }
}

/** Answers what was not inserted. */
async function insertGroup(
  client: Queryable,
  shape: TableShape,
  group: WriteGroup<InsertWrite>,
): Promise<readonly InsertWrite[]> {
  const statement = insertRows(shape, group, matchesOf(group));
  const rows = await runStatement<InsertedRow>(client, statement);
  const inserted = new Set(rows.map((row) => row.key));
  const left = group.writes.filter((write) => !inserted.delete(write.command.key));
  // What remains went in under a key we did not choose; a redo would insert it once more.
  if (inserted.size > 0) throw new RowRefused(`A trigger of ${shape.label} changes the key.`);
  return left;
}

function matchesOf(group: WriteGroup<InsertWrite>): readonly (string | null)[] {
  return group.writes.map((write) => write.command.unlessMatch?.value ?? null);
}

/** The key is there already (our own redo, or a stranger's row), or the person is, or a trigger objects. */
async function explainLeft(
  client: Queryable,
  shape: TableShape,
  group: WriteGroup<InsertWrite>,
  outcomes: Map<CrmKey, CrmOutcome>,
): Promise<void> {
  await client.query(asReader);
  const compared = await runStatement<ComparedRow>(client, compareRows(shape, group));
  const matches = matchesOf(group).filter((value) => value !== null);
  const found = await runStatement<MatchAnswer>(client, findByMatch(shape, matches));
  await client.query(asAnyClient);
  const sameByKey = new Map(compared.map((row) => [row.key, row.same]));
  const takenBy = new Map(found.map((row) => [row.value, row.keys]));
  for (const { command } of group.writes) {
    const same = sameByKey.get(command.key);
    // Ours already: the re-read reports it as applied.
    if (same === true) continue;
    const keys = takenBy.get(command.unlessMatch?.value ?? '') ?? [];
    outcomes.set(command.key, judgeLeft(shape, same, keys));
  }
}

function judgeLeft(
  shape: TableShape,
  same: boolean | undefined,
  keys: readonly CrmKey[],
): CrmOutcome {
  // The re-read fills in the row.
  if (same === false) return { kind: 'moved', row: null };
  if (keys.length > 0) return { kind: 'taken', keys };
  const reason = `A trigger of ${shape.label} kept the row out without an error.`;
  return { kind: 'rejected', reason, sqlstate: '02000' };
}
