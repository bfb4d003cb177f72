/**
 * The CRM's database as Trivet's own role finds it, looked at from all sides at once. Changes nothing. What
 * one look cannot see hides nothing from the others.
 */
import type { Finding, Unchecked } from '../ports/finding.ts';
import { beginPlan, inTransaction } from './change-plan.ts';
import type { CrmSession } from './connect.ts';
import { examineCapture } from './examine-capture.ts';
import { examineTimestamps } from './examine-timestamps.ts';
import { examineServer, type ServerLimits } from './examine-server.ts';
import { examineTable, type ExaminedTable } from './examine-table.ts';
import { explainFailure, messageOf } from './failures.ts';
import { grantStatements } from './grants.ts';
import { missingRights } from './install.ts';
import { runStatement, type Queryable } from './statement.ts';
import { findSchema, type SchemaAnswer } from './sql/describe-schema.ts';

/** How changes are noticed is looked at by the mode's own check. `client` is in a transaction whose search_path is pg_catalog. */
export type CaptureCheck = (
  client: Queryable,
  tables: readonly ExaminedTable[],
  syncs: readonly string[],
) => Promise<readonly Finding[]>;

export const logCapture: CaptureCheck = examineCapture;
export const timestampCapture: CaptureCheck = examineTimestamps;

export interface CrmExaminationOptions {
  readonly session: CrmSession;
  readonly tables: readonly ExaminedTable[];
  /** All syncs of the configuration, also those that are not looked at. */
  readonly syncs: readonly string[];
  readonly capture: CaptureCheck;
  readonly now: () => number;
  readonly limits?: ServerLimits;
}

export interface CrmExamination {
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Unchecked[];
}

export async function examineCrm(options: CrmExaminationOptions): Promise<CrmExamination> {
  const { session, tables, syncs, capture, now, limits } = options;
  const { client } = session;
  const findings: Finding[] = [];
  const unchecked: Unchecked[] = [];
  const look = async (what: string, work: () => Promise<readonly Finding[]>): Promise<void> => {
    try {
      findings.push(...(await work()));
    } catch (error) {
      unchecked.push({ what, why: messageOf(explainFailure(error, session.target)) });
    }
  };
  const inPlan = (work: () => Promise<readonly Finding[]>) => () =>
    inTransaction(client, beginPlan, work);

  await look('the server', async () => (await examineServer(session, now, limits)).findings);
  const there: ExaminedTable[] = [];
  for (const wanted of tables) {
    const what = `the table of ${wanted.sync}`;
    const table = inPlan(async () => {
      const seen = await examineTable(client, wanted, session.target.user);
      if (seen.isThere) there.push(wanted);
      return seen.findings;
    });
    await look(what, table);
  }
  await look(
    'the capture',
    inPlan(() => capture(client, there, syncs)),
  );
  await look(
    'the rights',
    inPlan(() => rightFindings(client, session.target.user, there)),
  );
  return { findings, unchecked };
}

/** Of schema `trivet` nothing is said before it is there: installing grants its rights. */
async function rightFindings(
  client: Queryable,
  role: string,
  tables: readonly ExaminedTable[],
): Promise<readonly Finding[]> {
  const [schema] = await runStatement<SchemaAnswer>(client, findSchema());
  const missing = (await missingRights(client, role, tables)).filter(
    (right) => schema?.is_there === true || right.schema !== 'trivet',
  );
  if (missing.length === 0) return [];
  const statements = grantStatements(missing, role);
  const rights = statements.map((text) => text.replace(/^grant /, '').replace(/ to "[^ ]*$/, ''));
  return [
    {
      severity: 'error',
      code: 'crm.right',
      sync: null,
      where: `role ${role}`,
      found: `It lacks rights: ${rights.join('; ')}.`,
      remedy: { kind: 'sql', as: 'owner', text: statements.join(';\n') },
    },
  ];
}
