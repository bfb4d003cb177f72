/** Looking at a database somebody else made, to write a first configuration for it. Reads only, and not for long. */
import { createConnection, type ConnectOptions } from './connect.ts';
import type { CrmTarget } from './failures.ts';
import type { TableName } from './identifiers.ts';
import { createSession } from './session.ts';
import { listTables, type ListedTable } from './sql/list-tables.ts';
import { sampleRows } from './sql/sample-rows.ts';
import { runStatement } from './statement.ts';

/** A look is worth a few seconds of somebody else's database and no more. */
const LIMITS = { statementTimeoutMs: 15_000, lockTimeoutMs: 2_000 };

export interface Inspection {
  readonly target: CrmTarget;
  tables(): Promise<readonly ListedTable[]>;
  /** By column: the values of the same rows, in the same order. */
  sample(
    table: TableName,
    columns: readonly string[],
    rows: number,
  ): Promise<Readonly<Record<string, readonly (string | null)[]>>>;
  close(): Promise<void>;
}

type SampleAnswer = Readonly<Record<string, string | null>>;

export function inspectDatabase(options: ConnectOptions): Inspection {
  const connection = createConnection(options);
  const session = createSession(connection, LIMITS);
  return {
    target: connection.target,
    tables: () => session.inspect((client) => runStatement<ListedTable>(client, listTables())),
    sample: async (table, columns, rows) => {
      const statement = sampleRows(table, columns, rows);
      const answers = await session.read((client) => runStatement<SampleAnswer>(client, statement));
      return Object.fromEntries(
        columns.map((name, index) => [name, answers.map((row) => row[`c${index}`] ?? null)]),
      );
    },
    close: () => connection.close(),
  };
}
