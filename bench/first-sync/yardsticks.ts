/**
 * What the first sync is held against, in the same run: the local services alone, doing the very calls the
 * functions made; a bare script that only streams and posts; and the obvious algorithm with its list of ids.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Pool } from 'pg';
import type { SampleContact } from '../../lib/local/sandbox/sample-data.ts';
import { startServices, type Services } from '../../lib/local/services/services.ts';
import { openAudience, type AudienceDoor } from './audience-door.ts';
import { eachInFlight } from './in-flight.ts';
import { sendCall, type RecordedCall } from './recorder.ts';

const BATCH = 500;
/** Lanes, each with so many calls to its state in flight; lib/state/statements.ts. */
const LANES = 4;
const STATE_CALLS_PER_LANE = 4;

export const hashOf = (email: string): string =>
  createHash('md5').update(email.toLowerCase()).digest('hex');

/** Milliseconds for all of it. */
export async function timeServicesAlone(
  calls: readonly RecordedCall[],
  contacts: readonly SampleContact[],
): Promise<number> {
  return withWorld(contacts, async ({ services, audience, crm }) => {
    const { endpoint } = services.dynamodb;
    const isTable = ({ target }: RecordedCall): boolean => target.endsWith('.CreateTable');
    for (const call of calls.filter(isTable)) await (await sendCall(endpoint, call)).text();
    const rest = calls.filter((call) => !isTable(call));
    const beganAt = performance.now();
    await Promise.all([
      eachInFlight(rest, LANES * STATE_CALLS_PER_LANE, async (call) =>
        (await sendCall(endpoint, call)).text(),
      ),
      eachInFlight(pagesOf(contacts), LANES, async (page) => {
        await readRows(crm, page);
        await audience.addBatch(page);
      }),
    ]);
    return performance.now() - beganAt;
  });
}

/** The floor: rows streamed in key order, posted in batches, one call at a time, nothing remembered. */
export async function timeBareScript(contacts: readonly SampleContact[]): Promise<number> {
  return withWorld(contacts, async ({ audience, crm }) => {
    const beganAt = performance.now();
    for (let after = 0; after < contacts.length; after += BATCH) {
      const { rows } = await crm.query<SampleContact>(
        'select * from contacts where id > $1 order by id limit $2',
        [after, BATCH],
      );
      await audience.addBatch(rows);
    }
    return performance.now() - beganAt;
  });
}

/** The obvious way of DESIGN §1: the ids of all that changed in a list, then a call for each. */
export async function timeNaiveCalls(
  contacts: readonly SampleContact[],
  calls: number,
): Promise<number> {
  return withWorld(contacts.slice(0, calls), async ({ audience, crm }) => {
    const beganAt = performance.now();
    const { rows } = await crm.query<{ id: string }>('select id::text from contacts');
    for (const { id } of rows) {
      const found = await crm.query<SampleContact>('select * from contacts where id = $1', [id]);
      const [contact] = found.rows;
      if (contact !== undefined) await audience.putOne(contact);
    }
    return performance.now() - beganAt;
  });
}

/** Megabytes that the naive list of so many ids adds to a process of its own. */
export function measureNaiveIds(count: number): Promise<number> {
  const script = join(import.meta.dirname, 'naive-ids.ts');
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--expose-gc', script, String(count)], (error, stdout) => {
      if (error === null) resolve(Number(stdout));
      else reject(new Error(error.message));
    });
  });
}

interface World {
  readonly services: Services;
  readonly audience: AudienceDoor;
  readonly crm: Pool;
}

/** Fresh services with the contacts in the CRM. */
async function withWorld<T>(
  contacts: readonly SampleContact[],
  work: (world: World) => Promise<T>,
): Promise<T> {
  const services = await startServices();
  const audience = await openAudience(hashOf);
  const crm = new Pool({ connectionString: services.postgres?.url ?? '', max: LANES });
  try {
    await fill(crm, contacts);
    return await work({ services, audience, crm });
  } finally {
    await crm.end();
    await audience.stop();
    await services.stop();
  }
}

async function fill(crm: Pool, contacts: readonly SampleContact[]): Promise<void> {
  await crm.query(`create table contacts (id bigint primary key generated always as identity,
    email text, first_name text, last_name text, phone text, company text, city text,
    email_status text, tags text[])`);
  for (const page of pagesOf(contacts)) {
    await crm.query(
      `insert into contacts (email, first_name, last_name, phone, company, city, tags)
       select email, first_name, last_name, phone, company, city,
              array(select jsonb_array_elements_text(tags))
       from jsonb_to_recordset($1::jsonb) as c (email text, first_name text, last_name text,
            phone text, company text, city text, tags jsonb)`,
      [JSON.stringify(page)],
    );
  }
}

function* pagesOf(contacts: readonly SampleContact[]): Generator<readonly SampleContact[]> {
  for (let from = 0; from < contacts.length; from += BATCH)
    yield contacts.slice(from, from + BATCH);
}

/** As apply reads the rows of its page. */
async function readRows(crm: Pool, page: readonly SampleContact[]): Promise<void> {
  await crm.query('select * from contacts where email = any($1)', [page.map(({ email }) => email)]);
}
