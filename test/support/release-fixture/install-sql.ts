/** What an installation of the capture says to the database, as a script that can be run without our code. */
import { escapeLiteral } from 'pg';
import type { CaptureTable } from '../../../lib/crm/capture-plan.ts';
import { installCapture } from '../../../lib/crm/install.ts';
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

/** Reads are left out: what the script changes does not depend on them any more. */
export async function recordInstallation(client: Queryable): Promise<string> {
  const said: string[] = [];
  const listening: Queryable = {
    query: (text, values) => {
      if (!/^\s*(select(?! pg_advisory)|with)\b/.test(text))
        said.push(withValues(text, values ?? []));
      return client.query(text, values);
    },
  };
  await client.query(FIXTURE_TABLE_SQL);
  await installCapture(listening, [FIXTURE_TABLE]);
  return `${[FIXTURE_TABLE_SQL, ...said].map((text) => text.trim().replace(/;?$/, ';')).join('\n\n')}\n`;
}

const withValues = (text: string, values: readonly unknown[]): string =>
  text.replaceAll(/\$(\d+)(?![\w$])/g, (_all, place: string) =>
    literalOf(values[Number(place) - 1]),
  );

function literalOf(value: unknown): string {
  if (Array.isArray(value)) return `array[${value.map(literalOf).join(', ')}]`;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escapeLiteral(value);
  throw new Error(
    `the installation binds ${JSON.stringify(value)}, which this script cannot write`,
  );
}
