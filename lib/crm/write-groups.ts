/** Commands that set the same columns go in one statement; values travel as texts, one array per column. */
import type { CrmKey } from '../engine/model.ts';
import type { CrmCommand } from '../ports/crm.ts';
import { columnText } from './column-text.ts';
import { keyTexts } from './keys.ts';
import type { ColumnShape, TableShape } from './table-shape.ts';

type WritingCommand = Exclude<CrmCommand, { kind: 'delete' }>;

export interface PlannedWrite {
  readonly command: WritingCommand;
  readonly columns: readonly ColumnShape[];
  /** One per column. */
  readonly texts: readonly (string | null)[];
}

export interface WriteGroup<W extends PlannedWrite = PlannedWrite> {
  readonly columns: readonly ColumnShape[];
  readonly writes: readonly W[];
}

export type PlannedCommand =
  | { readonly ok: true; readonly write: PlannedWrite }
  | { readonly ok: false; readonly reason: string };

/**
 * Generated columns and the key are never written: the first the database makes itself, the second
 * is the row's name. The outcome's row then shows what stands there.
 */
export function planCommand(shape: TableShape, command: WritingCommand): PlannedCommand {
  const columns: ColumnShape[] = [];
  const texts: (string | null)[] = [];
  for (const column of writableColumns(shape, command)) {
    const text = columnText(column, command.set[column.name] ?? null);
    if (!text.ok) return text;
    columns.push(column);
    texts.push(text.text);
  }
  return { ok: true, write: { command, columns, texts } };
}

function writableColumns(shape: TableShape, command: WritingCommand): readonly ColumnShape[] {
  const unknown = Object.keys(command.set).filter(
    (name) => !shape.columns.some((column) => column.name === name),
  );
  if (unknown.length > 0)
    throw new Error(`${unknown.join(', ')}: not among the replica's columns.`);
  const isKey = (column: ColumnShape): boolean => shape.key.some((key) => key.name === column.name);
  return shape.columns.filter(
    (column) => column.name in command.set && column.writable && !isKey(column),
  );
}

export function groupBySet<W extends PlannedWrite>(writes: readonly W[]): readonly WriteGroup<W>[] {
  const groups = new Map<string, W[]>();
  for (const write of writes) {
    const name = JSON.stringify(write.columns.map((column) => column.name));
    groups.set(name, [...(groups.get(name) ?? []), write]);
  }
  return [...groups.values()].map((group) => ({ columns: group[0]?.columns ?? [], writes: group }));
}

/** One array of texts per key column, then one per set column. */
export function groupArrays(
  group: WriteGroup,
  keyColumnCount: number,
): readonly (string | null)[][] {
  const rows = group.writes.map((write) => [
    ...keyTexts(write.command.key, keyColumnCount),
    ...write.texts,
  ]);
  const width = keyColumnCount + group.columns.length;
  return Array.from({ length: width }, (_, i) => rows.map((row) => row[i] ?? null));
}

export const keysOfGroup = (group: WriteGroup): readonly CrmKey[] =>
  group.writes.map((write) => write.command.key);
