/** What an installation of the capture says to the database, as a script that can be run without our code. */
import type { CaptureTable } from '../../../lib/crm/capture-plan.ts';
import { formatScript, runSteps } from '../../../lib/crm/change-plan.ts';
import { planInstall } from '../../../lib/crm/install.ts';
import type { Queryable } from '../../../lib/crm/statement.ts';

/** The table of the fixture, as its owner made it. */
export const FIXTURE_TABLE_SQL = `create table contacts (
  id bigint primary key generated always as identity,
  email text, first_name varchar(20), tags text[], notes text
);
`;

export const FIXTURE_TABLE: CaptureTable = {
  table: { schema: 'public', name: 'contacts' },
  key: ['id'],
  columns: ['email', 'first_name', 'tags'],
};

export async function recordInstallation(client: Queryable): Promise<string> {
  await client.query(FIXTURE_TABLE_SQL);
  const { steps } = await planInstall(client, { tables: [FIXTURE_TABLE] });
  await runSteps(client, steps);
  return `${FIXTURE_TABLE_SQL}\n${formatScript(steps)}\n`;
}
