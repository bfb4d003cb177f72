/**
 * Taking the capture away: every trigger, function and table of ours, and the rights that were granted
 * with them. Readers start anew after the next installation. Run by the owner of the tables, and again:
 * the schema goes last, and with its functions it tells which triggers are left.
 */
import { functionNameFor } from './capture-plan.ts';
import { beginPlan, inTransaction, runSteps, type Step } from './change-plan.ts';
import { revokeStatements, type Right } from './grants.ts';
import { quoteIdentifier, quoteLiteral, tableLabel, type TableName } from './identifiers.ts';
import { readInstalled } from './installed.ts';
import { rowFunctionName } from './sql/capture-function.ts';
import { dropTrigger } from './sql/capture-triggers.ts';
import { listGranted, type GrantedRow } from './sql/find-missing-rights.ts';
import { listCaptured, type CapturedRow } from './sql/list-captured.ts';
import { listDependentViews, type DependentView } from './sql/list-dependent-views.ts';
import { migration2Number } from './sql/migrations.ts';
import { runStatement, type Queryable } from './statement.ts';

export interface UninstallPlan {
  readonly steps: readonly Step[];
  /** Labels of the tables that lose their capture. */
  readonly tables: readonly string[];
}

/** `client` is one session, outside a transaction. */
export async function uninstallCapture(client: Queryable): Promise<void> {
  await runSteps(client, (await planUninstall(client)).steps);
}

/** Changes nothing. Without a table: all of them, and the schema. */
export async function planUninstall(client: Queryable, only?: TableName): Promise<UninstallPlan> {
  return inTransaction(client, beginPlan, async () => {
    const installed = await readInstalled(client);
    if (!installed.hasSchema) return { steps: [], tables: [] };
    const captured = await runStatement<CapturedRow>(client, listCaptured());
    const granted = installed.migrations.includes(migration2Number)
      ? await runStatement<GrantedRow>(client, listGranted())
      : [];
    if (only === undefined) {
      const readers = await runStatement<DependentView>(client, listDependentViews());
      return {
        steps: [...planTriggers(captured), planSchema(granted, readers)],
        tables: installed.captured,
      };
    }
    const label = tableLabel(only);
    const name = functionNameFor(label);
    const names = [name, rowFunctionName(name)];
    const isThere =
      installed.captured.includes(label) || names.some((each) => installed.hasFunction(each));
    if (!isThere) return { steps: [], tables: [] };
    const own = captured.filter(({ function_name }) => names.includes(function_name));
    const rights = granted.filter(
      ({ kind, schema_name, object_name }) =>
        kind !== 'schema' && schema_name === only.schema && object_name === only.name,
    );
    return { steps: [...planTriggers(own), planTable(label, names, rights)], tables: [label] };
  });
}

/** One step per relation: locks on several of the CRM's tables at once could deadlock with its own transactions. */
function planTriggers(captured: readonly CapturedRow[]): readonly Step[] {
  const relations = Map.groupBy(captured, (row) => tableLabel(row));
  return [...relations].map(([title, rows]) => ({
    title,
    changes: rows.map(({ trigger }) => `without trigger ${trigger}`),
    statements: rows.map((row) => dropTrigger(row, row.trigger)),
    locks: rows.slice(0, 1),
  }));
}

function planSchema(granted: readonly GrantedRow[], dependents: readonly DependentView[]): Step {
  // With the schema go the rights on what is in it.
  const { statements, changes } = takeBack(
    granted.filter(({ schema_name }) => schema_name !== 'trivet'),
  );
  return {
    title: 'schema trivet',
    changes: [
      'without schema trivet, the change log and the places of its readers',
      ...dependents.map((view) => `without view ${tableLabel(view)}, which somebody made of it`),
      ...changes,
    ],
    statements: [...statements, 'drop schema trivet cascade'],
    locks: [],
  };
}

function planTable(
  label: string,
  functionNames: readonly string[],
  granted: readonly GrantedRow[],
): Step {
  const { statements, changes } = takeBack(granted);
  const name = quoteLiteral(label);
  const tables = ['change_log', 'reader', 'floor', 'capture'];
  return {
    title: `${label} in schema trivet`,
    changes: ['without its functions, its log and the places of its readers', ...changes],
    statements: [
      ...statements,
      ...functionNames.map((each) => `drop function if exists trivet.${quoteIdentifier(each)}()`),
      ...tables.map((table) => `delete from trivet.${table} t where t.table_name = ${name}`),
      ...granted.map(forget),
    ],
    locks: [],
  };
}

function takeBack(granted: readonly GrantedRow[]): Pick<Step, 'statements' | 'changes'> {
  const byRole = Map.groupBy(granted, ({ role_name }) => role_name);
  const statements = [...byRole].flatMap(([role, rows]) =>
    revokeStatements(rows.map(toRight), role),
  );
  return { statements, changes: statements };
}

const toRight = (row: GrantedRow): Right => ({
  kind: row.kind,
  schema: row.schema_name,
  name: row.object_name,
  column: row.column_name,
  privilege: row.privilege,
});

const forget = (row: GrantedRow): string =>
  `delete from trivet.granted g where (g.role_name, g.kind, g.schema_name, g.object_name, g.column_name, g.privilege) = ` +
  `(${[row.role_name, row.kind, row.schema_name, row.object_name, row.column_name, row.privilege].map(quoteLiteral).join(', ')})`;
