/**
 * What the capture costs the CRM: the same updates with the triggers and without, in pairs, on a Postgres that
 * really waits for its disk.
 */
import { Client } from 'pg';
import { startPostgres } from '../../lib/local/services/postgres.ts';
import { timed, type Figure, type Section } from '../figure.ts';
import type { Sizes } from '../sizes.ts';
import { median } from '../statistics.ts';
import { MARK, switchWay, TRIVET, WAYS, type Way } from './ways.ts';

const SINGLE_MAX = 1.2;
const BULK_MAX = 1.5;
const INDEXES = [
  'create unique index on contacts (lower(email))',
  'create index on contacts (last_name, first_name)',
  'create index on contacts (city)',
  'create index on contacts (company)',
  'create index on contacts (updated_at)',
];

export async function runCapture({ capture }: Sizes): Promise<Section> {
  const server = await startPostgres({ durable: true, settings: { shared_buffers: '512MB' } });
  const client = new Client({ connectionString: server.url });
  try {
    await client.connect();
    await fill(client, capture.rows);
    for (const way of WAYS) await way.install(client);
    const ratios = new Map<Way, Ratios>();
    const bench = { client, sizes: capture, turn: 0 };
    for (const way of WAYS) ratios.set(way, await measureWay(bench, way));
    return describe(capture, ratios);
  } finally {
    await client.end();
    await server.stop();
  }
}

async function fill(client: Client, rows: number): Promise<void> {
  await client.query(`create table contacts (
    id bigint primary key, email text not null, first_name text, last_name text, phone text, company text,
    city text, is_changed boolean not null default false, updated_at timestamptz not null default now())`);
  await client.query(
    `insert into contacts (id, email, first_name, last_name, phone, company, city)
     select n, 'person.' || n || '@sample.trivet.dev', 'First' || n % 997, 'Last' || n % 4999,
            '+4930' || 1000000 + n, 'Company ' || n % 251, 'City ' || n % 97
     from generate_series(1, $1::int) n`,
    [rows],
  );
  for (const index of INDEXES) await client.query(index);
  // Nobody else shall work meanwhile.
  await client.query('alter system set autovacuum = off');
  await client.query('select pg_reload_conf()');
  await client.query('vacuum analyze contacts');
}

interface Ratios {
  readonly single: number;
  readonly bulk: number;
}

/** The table under test, and a number that makes each run's values new. */
interface Workbench {
  readonly client: Client;
  readonly sizes: Sizes['capture'];
  turn: number;
}

async function measureWay(bench: Workbench, way: Way): Promise<Ratios> {
  const { pairs } = bench.sizes;
  // What is only weighed needs less certainty than what is promised.
  const bulkPairs = way === TRIVET ? bench.sizes.bulkPairs : Math.ceil(bench.sizes.bulkPairs / 2);
  return {
    single: await pairedRatio(bench, way, pairs, updateSingly),
    bulk: await pairedRatio(bench, way, bulkPairs, updateAll),
  };
}

type Work = (bench: Workbench, active: Way | null) => Promise<void>;

/** The median of the ratios of runs with and without, which take turns in going first. */
async function pairedRatio(bench: Workbench, way: Way, pairs: number, work: Work): Promise<number> {
  const ratios: number[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const order = pair % 2 === 0 ? [null, way] : [way, null];
    const times = new Map<Way | null, number>();
    for (const active of order) times.set(active, await timeOf(bench, active, work));
    ratios.push((times.get(way) ?? 0) / (times.get(null) ?? 1));
  }
  return median(ratios);
}

async function timeOf(bench: Workbench, active: Way | null, work: Work): Promise<number> {
  const { client } = bench;
  await switchWay(client, active);
  await client.query('truncate other_log, trivet.change_log');
  await client.query('vacuum contacts');
  await client.query('checkpoint');
  bench.turn += 1;
  const beganAt = performance.now();
  await work(bench, active);
  return performance.now() - beganAt;
}

/** One row and one transaction each, as an application does; the rows lie all over the table. */
async function updateSingly({ client, sizes, turn }: Workbench, active: Way | null): Promise<void> {
  for (let index = 0; index < sizes.singles; index += 1) {
    const id = 1 + ((index * 7_919 + turn * 104_729) % sizes.rows);
    await client.query({
      name: 'update-one',
      text: 'update contacts set phone = $2 where id = $1',
      values: [id, `+49${turn}${index}`],
    });
    if (active !== MARK) continue;
    await client.query({
      name: 'clear-one',
      text: 'update contacts set is_changed = false where id = $1',
      values: [id],
    });
  }
}

async function updateAll({ client, turn }: Workbench, active: Way | null): Promise<void> {
  await client.query('update contacts set phone = $1 || id', [`+${turn}`]);
  if (active === MARK) {
    await client.query('update contacts set is_changed = false where is_changed');
  }
}

function describe(
  { rows, singles, pairs, bulkPairs }: Sizes['capture'],
  ratios: ReadonlyMap<Way, Ratios>,
): Section {
  const of = (way: Way): Ratios => ratios.get(way) ?? { single: 0, bulk: 0 };
  const count = rows.toLocaleString('en-US');
  const figures: Figure[] = [
    timed('single-row updates, with the capture', of(TRIVET).single, '×', { atMost: SINGLE_MAX }),
    timed(`one update of ${count} rows, with the capture`, of(TRIVET).bulk, '×', {
      atMost: BULK_MAX,
    }),
  ];
  return {
    part: 'capture',
    title: 'What the capture costs the CRM',
    method: [
      `Postgres 18 with \`fsync\`, \`full_page_writes\` and \`synchronous_commit\` on, autovacuum off, a table of ${count} rows with a primary key and ${INDEXES.length} further indexes. ` +
        `The same updates of a mapped column with the triggers and without, in pairs that take turns in going first, each after a vacuum and a checkpoint: ${singles.toLocaleString('en-US')} single rows in transactions of their own ` +
        `(medians of ${pairs} pairs), and one statement over all rows (medians of ${bulkPairs}, of ${Math.ceil(bulkPairs / 2)} for the other ways). The other ways are measured alike; docs/adr/0014-what-capture-costs.md weighs them.`,
    ],
    figures,
    notes: [],
    data: {},
    tables: [
      {
        title: 'Ways to learn what changed, against none',
        head: ['way', 'single rows', `${count} rows at once`, 'what it does'],
        rows: [...ratios].map(([{ name, says }, { single, bulk }]) => [
          name,
          `${single.toFixed(2)} ×`,
          `${bulk.toFixed(2)} ×`,
          says,
        ]),
      },
    ],
  };
}
