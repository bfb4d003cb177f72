/**
 * Installing the capture. Run by the owner of the CRM's tables, at any time and again: what is there and
 * right is not touched, so a table in use is locked only when one of its triggers is missing or wrong.
 */
import { planSource, uniteTables, type CaptureTable } from './capture-plan.ts';
import { beginPlan, inTransaction, runSteps, type Patience, type Step } from './change-plan.ts';
import {
  grantStatements,
  isByTime,
  noteGranted,
  rightsFor,
  type GrantedTable,
  type Right,
} from './grants.ts';
import { quoteLiteral, tableLabel, type TableName } from './identifiers.ts';
import { captureFunctions, type CaptureSource } from './sql/capture-function.ts';
import {
  dropTrigger,
  rowTrigger,
  statementTriggers,
  type CaptureTrigger,
} from './sql/capture-triggers.ts';
import { findMissingRights, type MissingRight } from './sql/find-missing-rights.ts';
import { listRelations, type RelationRow } from './sql/list-relations.ts';
import { createSchema, migrations, noteMigration } from './sql/migrations.ts';
import { noteCapture, watchedColumns } from './sql/note-capture.ts';
import { readInstalled, type Installed } from './installed.ts';
import { runStatement, type Queryable } from './statement.ts';

export interface InstallReport {
  /** Numbers of the migrations that are run. */
  readonly migrations: readonly number[];
  readonly tables: readonly TableReport[];
}

export interface TableReport {
  readonly table: string;
  /** Triggers that are made or mended, as `relation: trigger`. */
  readonly created: readonly string[];
  /** What is not captured and why. */
  readonly warnings: readonly string[];
}

export interface InstallPlan extends InstallReport {
  /** One for the schema and one per table: locks on several of the CRM's tables at once could deadlock with its own transactions. */
  readonly steps: readonly Step[];
}

export interface InstallOptions {
  readonly tables: readonly GrantedTable[];
  /** The role Trivet connects as, when it is not the one that installs: it gets the rights it lacks. */
  readonly role?: string;
}

/** `client` is one session, outside a transaction. */
export async function installCapture(
  client: Queryable,
  tables: readonly CaptureTable[],
  patience?: Patience,
): Promise<InstallReport> {
  const { steps, ...report } = await planInstall(client, { tables });
  await runSteps(client, steps, patience);
  return report;
}

/** Changes nothing. */
export async function planInstall(
  client: Queryable,
  { tables, role }: InstallOptions,
): Promise<InstallPlan> {
  return inTransaction(client, beginPlan, async () => {
    const installed = await readInstalled(client);
    // Where rows are found by their timestamp nothing is installed.
    const captured = tables.filter((table) => !isByTime(table));
    const missing =
      captured.length === 0
        ? []
        : migrations.filter(({ number }) => !installed.migrations.includes(number));
    const planned: PlannedTable[] = [];
    const refusals: string[] = [];
    for (const wanted of uniteTables(captured)) {
      const found = await planSource(client, wanted);
      if (found.kind === 'refused') refusals.push(found.reason);
      else planned.push(await planTable(client, { wanted, installed, source: found.source }));
    }
    if (refusals.length > 0) throw new Error(refusals.join('\n'));
    const steps = [
      ...planSchema(installed, missing),
      ...planned.flatMap(({ step }) => (step === null ? [] : [step])),
      ...(role === undefined ? [] : await planGrants(client, role, tables)),
    ];
    return {
      migrations: missing.map(({ number }) => number),
      tables: planned.map(({ report }) => report),
      steps,
    };
  });
}

function planSchema(installed: Installed, missing: typeof migrations): readonly Step[] {
  if (missing.length === 0) return [];
  return [
    {
      title: 'schema trivet',
      changes: installed.hasSchema
        ? missing.map(({ number }) => `its form ${number}`)
        : ['the schema, with the change log and what its readers note'],
      statements: [
        `select pg_advisory_xact_lock(hashtextextended('trivet migrations', 0))`,
        ...(installed.hasSchema ? [] : [createSchema]),
        ...missing.flatMap(({ number, text }) => [text, noteMigration(number)]),
      ],
      locks: [],
    },
  ];
}

interface PlannedTable {
  readonly report: TableReport;
  readonly step: Step | null;
}

async function planTable(
  client: Queryable,
  {
    wanted,
    installed,
    source,
  }: {
    readonly wanted: CaptureTable;
    readonly installed: Installed;
    readonly source: CaptureSource;
  },
): Promise<PlannedTable> {
  const relations = await runStatement<RelationRow>(client, listRelations(wanted.table));
  const functions = captureFunctions(source).filter((each) => !installed.isCurrent(each));
  const isNoted = installed.watches(source.label, watchedColumns(wanted));
  const mends = relations
    .filter((relation) => describeGap(relation) === null)
    .flatMap((relation) =>
      missingTriggers(relation, source).map((trigger) => mendTrigger(relation, trigger)),
    );
  const wasInstalled = installed.hasFunction(source.functionName);
  const statements = [
    ...functions.map(({ sql }) => sql),
    ...(isNoted ? [] : [noteCapture(wanted)]),
    ...mends.flatMap(({ statements: own }) => own),
    // Until now something changed unseen: ask for a look at the whole table.
    ...(wasInstalled && mends.length > 0 ? [logWholeTable(source)] : []),
  ];
  const created = mends.map(({ place }) => place);
  const step: Step = {
    title: source.label,
    changes: [
      ...(functions.length === 0
        ? []
        : [wasInstalled ? 'what its triggers do' : 'what its triggers will do']),
      ...(isNoted ? [] : [`watches ${watchedColumns(wanted).join(', ')}`]),
      ...mends.map(({ place, isNew }) => `${isNew ? 'trigger' : 'trigger mended:'} ${place}`),
    ],
    statements,
    locks: [...new Set(mends.map(({ relation }) => relation))],
  };
  const warnings = relations.flatMap((relation) => describeGap(relation) ?? []);
  return {
    report: { table: source.label, created, warnings },
    step: statements.length === 0 ? null : step,
  };
}

export function missingTriggers(
  relation: RelationRow,
  source: CaptureSource,
): readonly CaptureTrigger[] {
  const wanted = [
    ...statementTriggers(source.functionName),
    ...(relation.is_subscribed ? [rowTrigger(source.functionName)] : []),
  ];
  return wanted.filter(
    (trigger) =>
      !relation.triggers.some(
        (present) => isSame(present, trigger) && present.enabled === trigger.enabled,
      ),
  );
}

const isSame = (present: RelationRow['triggers'][number], wanted: CaptureTrigger): boolean =>
  present.name === wanted.name && present.functionName === wanted.functionName;

interface Mend {
  readonly place: string;
  readonly isNew: boolean;
  readonly relation: TableName;
  readonly statements: readonly string[];
}

/** By the least: one that is only switched off is switched on, which locks out no reader. */
function mendTrigger(relation: RelationRow, trigger: CaptureTrigger): Mend {
  const named = relation.triggers.find(({ name }) => name === trigger.name);
  const statements =
    named !== undefined && isSame(named, trigger)
      ? [trigger.enable(relation)]
      : [
          ...(named === undefined ? [] : [dropTrigger(relation, trigger.name)]),
          ...trigger.create(relation),
        ];
  const place = `${tableLabel(relation)}: ${trigger.name}`;
  return { place, isNew: named === undefined, relation, statements };
}

/** Why changes of a relation cannot be captured, or null when they can. */
export function describeGap(relation: TableName & { readonly relkind: string }): string | null {
  if (relation.relkind === 'r' || relation.relkind === 'p') return null;
  const kind = relation.relkind === 'f' ? 'a foreign table' : 'no table';
  return `${tableLabel(relation)} is ${kind}: its changes cannot be captured, only swept.`;
}

function logWholeTable(source: CaptureSource): string {
  const label = quoteLiteral(source.label);
  return `insert into trivet.change_log (table_name, op, keys, note) values (${label}, 'install', null, 'capture was incomplete')`;
}

/** Last, for it names what the steps before have made. */
async function planGrants(
  client: Queryable,
  role: string,
  tables: readonly GrantedTable[],
): Promise<readonly Step[]> {
  const missing = await missingRights(client, role, tables);
  if (missing.length === 0) return [];
  const statements = grantStatements(missing, role);
  return [
    {
      title: `role ${role}`,
      changes: statements.map((text) => text.replace(/^grant /, 'may ').replace(/ to [^ ]+$/, '')),
      statements: tables.every(isByTime) ? statements : [...statements, noteGranted(missing, role)],
      locks: [],
    },
  ];
}

export async function missingRights(
  client: Queryable,
  role: string,
  tables: readonly GrantedTable[],
): Promise<readonly Right[]> {
  const rights = await rightsFor(client, tables);
  const rows = await runStatement<MissingRight>(client, findMissingRights(role, rights));
  const places = new Set(rows.map(({ place }) => place - 1));
  return rights.filter((_right, index) => places.has(index));
}
