/** Random schedules of writers and readings: whatever commits when, the last state of each row is met. */
import type { Client } from 'pg';
import type { CrmCheckpoint, CrmReplica } from '../../lib/ports/crm.ts';
import { createChance, type Chance } from '../support/flow-world/chance.ts';
import { describePostgres } from '../support/postgres.ts';
import { requirePage } from './support/crm.ts';
import { timedSql, useTimedCrm } from './support/timed-crm.ts';

jest.setTimeout(60_000);

const ROWS = 12;
const STEPS = 120;
const SEEDS = [1, 2, 3];

const CLOCKS = [
  ['the transaction’s start', 'now()', { clock: 'database', overlapMs: 0 }],
  ['the statement’s own time', 'clock_timestamp()', { clock: 'database', overlapMs: 0 }],
  ['whole seconds', "date_trunc('second', now())", { clock: 'database', overlapMs: 1_500 }],
  [
    'clients’ clocks up to a minute off',
    "clock_timestamp() + (random() * 2 - 1) * interval '1 minute'",
    { clock: 'app', overlapMs: 61_000 },
  ],
] as const;

interface Writer {
  readonly client: Client;
  isOpen: boolean;
}

/** What an apply would have seen: it reads the row some time after the page named it. */
interface Reader {
  readonly replica: CrmReplica;
  readonly seen: Map<string, string>;
  checkpoint: CrmCheckpoint;
}

describePostgres('under any schedule', (postgres) => {
  const crm = useTimedCrm(postgres);

  test.each(CLOCKS)('timestamps by %s lose nothing', async (_, value, modified) => {
    for (const seed of SEEDS) {
      const chance = createChance(seed);
      const { owner, database, replica } = await crm.create(timedSql(), modified);
      await owner.query(
        `insert into contacts (id, email) select n, '0' from generate_series(1, ${ROWS}) n`,
      );
      const clients = [
        await database.connect(),
        await database.connect(),
        await database.connect(),
      ];
      const writers = clients.map((client): Writer => ({ client, isOpen: false }));
      const checkpoint = await replica().currentCheckpoint();
      const reader: Reader = { replica: replica(), seen: new Map(), checkpoint };
      // What was there at the checkpoint is the backfill's.
      await look(owner, reader, await replica().walk(null, ROWS));
      for (let step = 1; step <= STEPS; step += 1) {
        if (chance.below(4) === 0) await readPage(owner, reader, 1 + chance.below(3));
        else await write(chance.pick(writers), chance, { value, step });
      }
      for (const { client, isOpen } of writers) if (isOpen) await client.query('commit');
      await owner.query('select pg_sleep(0.01)');
      // To the end of the pass that is under way, and then a whole one.
      while (await readPage(owner, reader, 5));
      while (await readPage(owner, reader, 5));
      const { rows } = await owner.query<{ id: string; email: string }>(
        'select id::text, email from contacts order by id',
      );
      const final = rows.map(({ id, email }) => [id, email]);
      expect({ seed, seen: rows.map(({ id }) => [id, reader.seen.get(id)]) }).toEqual({
        seed,
        seen: final,
      });
    }
  });
});

async function write(
  writer: Writer,
  chance: Chance,
  { value, step }: { readonly value: string; readonly step: number },
): Promise<void> {
  const { client } = writer;
  const kind = chance.below(6);
  if (!writer.isOpen && kind < 2) {
    await client.query("set lock_timeout = '1ms'; begin");
    writer.isOpen = true;
  } else if (writer.isOpen && kind < 2) {
    await client.query(kind === 0 && chance.below(3) === 0 ? 'rollback' : 'commit');
    writer.isOpen = false;
  } else {
    const update = `update contacts set email = '${step}', updated_at = ${value} where id = ${1 + chance.below(ROWS)}`;
    // Somebody else's lock is not waited for: the statement fails alone.
    const isAlone = !writer.isOpen;
    await client.query(isAlone ? "set lock_timeout = '1ms'" : 'savepoint s');
    await client.query(update).then(
      () => (isAlone ? undefined : client.query('release s')),
      () => (isAlone ? undefined : client.query('rollback to s')),
    );
  }
}

/** Answers whether there is more. */
async function readPage(owner: Client, reader: Reader, limit: number): Promise<boolean> {
  const page = requirePage(await reader.replica.readChanges(reader.checkpoint, limit));
  reader.checkpoint = page.checkpoint;
  await look(
    owner,
    reader,
    page.changes.map((change) => change.key),
  );
  return page.more;
}

async function look(owner: Client, reader: Reader, keys: readonly string[]): Promise<void> {
  const { rows } = await owner.query<{ id: string; email: string }>(
    'select id::text, email from contacts where id = any ($1::bigint[])',
    [keys],
  );
  for (const { id, email } of rows) reader.seen.set(id, email);
}
