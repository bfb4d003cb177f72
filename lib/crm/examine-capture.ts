/** Whether every change of every table is noted: schema, functions, and a trigger for each event on each relation. */
import type { Finding, Remedy } from '../ports/finding.ts';
import { planSource, uniteTables, type CaptureTable } from './capture-plan.ts';
import { quoteLiteral, quoteTable, tableLabel } from './identifiers.ts';
import { describeGap, missingTriggers } from './install.ts';
import { readInstalled, type Installed } from './installed.ts';
import { captureFunctions, type CaptureSource } from './sql/capture-function.ts';
import { listReaders, type ReaderRow } from './sql/list-readers.ts';
import { listRelations, type RelationRow } from './sql/list-relations.ts';
import { migrations } from './sql/migrations.ts';
import { watchedColumns } from './sql/note-capture.ts';
import { runStatement, type Queryable } from './statement.ts';

const INSTALL: Remedy = { kind: 'command', text: 'npx trivet install' };

type Report = (
  severity: Finding['severity'],
  code: string,
  found: string,
  remedy?: Remedy | null,
) => Finding;

const reportOn =
  (where: string): Report =>
  (severity, code, found, remedy = INSTALL) => ({
    severity,
    code,
    sync: null,
    where,
    found,
    remedy,
  });

/** `tables` are there; `syncs` are all of the configuration. Expects a transaction whose search_path is pg_catalog. */
export async function examineCapture(
  client: Queryable,
  tables: readonly CaptureTable[],
  syncs: readonly string[],
): Promise<readonly Finding[]> {
  const installed = await readInstalled(client);
  const report = reportOn('schema trivet');
  if (!installed.hasSchema) {
    return [
      report('error', 'crm.capture-missing', 'The capture is not installed: no change is noted.'),
    ];
  }
  const findings = [...migrationFindings(installed, report)];
  for (const wanted of uniteTables(tables)) {
    findings.push(...(await tableFindings(client, wanted, installed)));
  }
  const labels = tables.map(({ table }) => tableLabel(table));
  findings.push(...staleFindings(installed, labels));
  if (installed.migrations.length > 0) findings.push(...(await readerFindings(client, syncs)));
  return findings;
}

function migrationFindings(installed: Installed, report: Report): readonly Finding[] {
  const ours = migrations.map(({ number }) => number);
  const newest = Math.max(...ours);
  if (installed.migrations.some((number) => number > newest)) {
    const found = `It is of a newer Trivet (form ${Math.max(...installed.migrations)}; this one knows ${newest}).`;
    const remedy: Remedy = { kind: 'advice', text: 'Use that version of Trivet.' };
    return [report('warning', 'crm.capture-newer', found, remedy)];
  }
  if (ours.every((number) => installed.migrations.includes(number))) return [];
  return [
    report(
      'error',
      'crm.capture-old',
      `It is of a former release (form ${Math.max(0, ...installed.migrations)}, ${newest} is needed).`,
    ),
  ];
}

async function tableFindings(
  client: Queryable,
  wanted: CaptureTable,
  installed: Installed,
): Promise<readonly Finding[]> {
  const planned = await planSource(client, wanted);
  if (planned.kind === 'refused') return [];
  const { source } = planned;
  const report = reportOn(source.label);
  if (!installed.hasFunction(source.functionName)) {
    return [
      report(
        'error',
        'crm.capture-missing',
        'This table has no capture: no change of it is noted.',
      ),
    ];
  }
  const relations = await runStatement<RelationRow>(client, listRelations(wanted.table));
  const isCurrent = captureFunctions(source).every((each) => installed.isCurrent(each));
  const isWatched = installed.watches(source.label, watchedColumns(wanted));
  return [
    ...(isWatched
      ? []
      : [
          report(
            'error',
            'crm.columns-unwatched',
            'Its capture watches other columns than the configuration maps: changes of some are missed.',
          ),
        ]),
    ...(isCurrent || !isWatched
      ? []
      : [
          report(
            'error',
            'crm.capture-outdated',
            'What its triggers do is not what this version of Trivet installs.',
          ),
        ]),
    ...relations.flatMap((relation) => relationFindings(relation, source)),
  ];
}

/** One finding for all that is the matter with one relation in the same way. */
function relationFindings(relation: RelationRow, source: CaptureSource): readonly Finding[] {
  const report = reportOn(tableLabel(relation));
  const gap = describeGap(relation);
  if (gap !== null) return [report('warning', 'crm.not-captured', gap, null)];
  const named = new Map(relation.triggers.map((trigger) => [trigger.name, trigger]));
  const wrong = missingTriggers(relation, source).map(({ name }) => ({
    name,
    present: named.get(name),
  }));
  const off = wrong.filter(({ present }) => present?.enabled === 'D').map(({ name }) => name);
  const partly = wrong
    .filter(({ present }) => present !== undefined && present.enabled !== 'D')
    .map(({ name }) => name);
  const missing = wrong.filter(({ present }) => present === undefined).map(({ name }) => name);
  return [
    ...(missing.length === 0
      ? []
      : [
          report(
            'error',
            'crm.trigger-missing',
            `It lacks ${missing.join(', ')}: such changes are not noted.`,
          ),
        ]),
    ...(off.length === 0
      ? []
      : [
          report(
            'error',
            'crm.trigger-off',
            `${off.join(', ')}: switched off; such changes are not noted.`,
          ),
        ]),
    ...(partly.length === 0
      ? []
      : [
          report(
            'error',
            'crm.trigger-mode',
            `${partly.join(', ')}: not of the mode that sees every session (as pg_restore’s, with session_replication_role = replica) and calls the right function.`,
          ),
        ]),
  ];
}

function staleFindings(installed: Installed, labels: readonly string[]): readonly Finding[] {
  return installed.captured
    .filter((label) => !labels.includes(label))
    .map((label) => {
      const remedy: Remedy = {
        kind: 'command',
        text: `npx trivet uninstall --table ${label.replace(/^public\./, '')}`,
      };
      return reportOn(label)(
        'note',
        'crm.capture-unused',
        'It is captured, but no sync of this configuration reads it.',
        remedy,
      );
    });
}

/** A claim of a sync that is gone keeps the log from being purged, for a week. */
async function readerFindings(
  client: Queryable,
  syncs: readonly string[],
): Promise<readonly Finding[]> {
  const readers = await runStatement<ReaderRow>(client, listReaders());
  return readers
    .filter(({ sync }) => !syncs.includes(sync))
    .map(({ sync, table_name }) => {
      const text = `delete from ${quoteTable({ schema: 'trivet', name: 'reader' })} where sync = ${quoteLiteral(sync)}`;
      const found = `The log of ${table_name} is kept for a sync “${sync}”, which this configuration does not have. Does another Trivet read it?`;
      return reportOn('trivet.reader')('note', 'crm.reader-unknown', found, {
        kind: 'sql',
        as: 'owner',
        text,
      });
    });
}
