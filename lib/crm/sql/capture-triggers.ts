/**
 * The triggers of one relation. Transition tables allow one event per trigger. ENABLE ALWAYS, or
 * sessions with session_replication_role = replica (pg_restore, DMS) would change rows unseen.
 * https://www.postgresql.org/docs/current/sql-createtrigger.html
 */
import { quoteIdentifier, quoteTable, type TableName } from '../identifiers.ts';
import { newRows, oldRows, rowFunctionName } from './capture-function.ts';

export interface CaptureTrigger {
  readonly name: string;
  /** As `pg_trigger.tgenabled` says it: always, or in replica sessions only. */
  readonly enabled: 'A' | 'R';
  readonly functionName: string;
  readonly create: (relation: TableName) => readonly string[];
  /** For one that is there, in the mode it has to have. Locks out no reader. */
  readonly enable: (relation: TableName) => string;
}

const events: readonly (readonly [event: string, referencing: string])[] = [
  ['insert', `referencing new table as ${newRows}`],
  ['update', `referencing old table as ${oldRows} new table as ${newRows}`],
  ['delete', `referencing old table as ${oldRows}`],
  ['truncate', ''],
];

export const statementTriggers = (functionName: string): readonly CaptureTrigger[] =>
  events.map(([event, referencing]) =>
    captureTrigger(
      `trivet_capture_${event}`,
      'A',
      functionName,
      `${event} on %TABLE% ${referencing} for each statement`,
    ),
  );

/** In replica sessions alone: elsewhere the statement triggers have seen the rows. */
export const rowTrigger = (functionName: string): CaptureTrigger =>
  captureTrigger(
    'trivet_capture_row',
    'R',
    rowFunctionName(functionName),
    'insert or update or delete on %TABLE% for each row',
  );

function captureTrigger(
  name: string,
  enabled: 'A' | 'R',
  functionName: string,
  when: string,
): CaptureTrigger {
  const mode = enabled === 'A' ? 'always' : 'replica';
  // ONLY: a partition's triggers are its own, and are set when their turn comes.
  const enable = (relation: TableName): string =>
    `alter table only ${quoteTable(relation)} enable ${mode} trigger ${name}`;
  return {
    name,
    enabled,
    functionName,
    enable,
    create: (relation) => [
      `create trigger ${name} after ${when.replace('%TABLE%', () => quoteTable(relation))} execute function trivet.${quoteIdentifier(functionName)}()`,
      enable(relation),
    ],
  };
}

/** Waits for readers, too: to be avoided where the trigger that is there will do. */
export const dropTrigger = (relation: TableName, name: string): string =>
  `drop trigger if exists ${quoteIdentifier(name)} on ${quoteTable(relation)}`;
