/**
 * What reading by timestamp cannot do here, each with its remedy: for `doctor`, and for whoever chooses
 * between the captures. Some limits are the method's own and always told; others are this database's.
 */
import { CrmUnavailable } from '../ports/crm.ts';
import { tableLabel } from './identifiers.ts';
import type { ModifiedColumn } from './modified-column.ts';
import { lookAtPresent } from './read-modified.ts';
import {
  COUNT_MAX,
  countUnread,
  inspectModified,
  modifiedIndex,
  type ModifiedCount,
  type ModifiedInspection,
} from './sql/inspect-modified.ts';
import { runStatement, type Queryable } from './statement.ts';
import { loadTableShape, type TableShape, type TableWanted } from './table-shape.ts';

export interface TimestampLimit {
  readonly code:
    | 'column'
    | 'rights'
    | 'held'
    | 'index'
    | 'empty-timestamps'
    | 'future-timestamps'
    | 'nobody-stamps'
    | 'replicated'
    | 'deletes'
    | 'clocks'
    | 'restores';
  /** `error`: nothing is synced; `warning`: something is late, slow or missed until the sweep; `note`: so it is by nature. */
  readonly severity: 'error' | 'warning' | 'note';
  readonly text: string;
  /** Null where there is nothing to be done. */
  readonly remedy: string | null;
}

/** Older than this, an open transaction is worth a word: nothing newer is synced before it ends. */
const HELD_MS = 60_000;

/**
 * `client` is one session, outside a transaction, of the role Trivet connects as: what it may see is
 * part of the answer.
 */
export async function timestampLimits(
  client: Queryable,
  wanted: TableWanted,
): Promise<readonly TimestampLimit[]> {
  await client.query(
    'begin isolation level repeatable read, read only; set local search_path = pg_catalog',
  );
  try {
    return await inspectTimestamps(client, wanted);
  } finally {
    await client.query('rollback');
  }
}

/** Expects a transaction whose search_path is pg_catalog. */
export async function inspectTimestamps(
  client: Queryable,
  wanted: TableWanted,
): Promise<readonly TimestampLimit[]> {
  const shape = await loadTableShape(client, wanted).catch(toLimit('column'));
  if ('severity' in shape) return [shape];
  const { modified } = shape;
  if (modified === null) throw new Error(`${shape.label} is read by its log.`);
  const limits = [
    ...(await limitsOfDatabase(client)),
    ...(await limitsOfTable(client, wanted, shape, modified)),
    ...byNature(modified),
  ];
  const ranks = ['error', 'warning', 'note'];
  return limits.toSorted((a, b) => ranks.indexOf(a.severity) - ranks.indexOf(b.severity));
}

async function limitsOfDatabase(client: Queryable): Promise<readonly TimestampLimit[]> {
  const present = await lookAtPresent(client).catch(toLimit('rights'));
  if ('severity' in present) return [present];
  const { obstacle, oldest } = present;
  if (obstacle !== null) {
    return [{ code: 'held', severity: 'warning', text: obstacle.sentence, remedy: null }];
  }
  if (oldest === null || oldest.ageMs < HELD_MS) return [];
  const minutes = Math.round(oldest.ageMs / 60_000);
  const text =
    `A transaction of process ${oldest.pid} in database "${oldest.database}" has been open for ${minutes} minutes: ` +
    'nothing newer is synced before it ends, even if it only reads.';
  const remedy = `End it: select pg_terminate_backend(${oldest.pid}). Long reports and dumps belong on a replica.`;
  return [{ code: 'held', severity: 'warning', text, remedy }];
}

async function limitsOfTable(
  client: Queryable,
  { table, key }: TableWanted,
  shape: TableShape,
  modified: ModifiedColumn,
): Promise<readonly TimestampLimit[]> {
  const label = tableLabel(table);
  const place = `"${modified.column}" of ${label}`;
  const [found] = await runStatement<ModifiedInspection>(
    client,
    inspectModified(table, modified.column, key),
  );
  const [count] = await runStatement<ModifiedCount>(client, countUnread(table, modified));
  const told: TimestampLimit[] = [];
  const warn = (code: TimestampLimit['code'], text: string, remedy: string): void => {
    told.push({ code, severity: 'warning', text, remedy });
  };
  if (found?.has_index === false && shape.modified?.hasWriter === true) {
    const text = `No index begins with ${place} and the key: each reading looks through the whole table, or sorts it.`;
    warn('index', text, `${modifiedIndex(table, modified.column, key)};`);
  }
  if (Number(count?.empty ?? 0) > 0) {
    const text = `${several(count?.empty)} rows have no timestamp in ${place}: their changes are found by the sweep only.`;
    warn('empty-timestamps', text, 'Fill it, give it a default, and forbid nulls.');
  }
  if (Number(count?.future ?? 0) > 0) {
    const text = `${several(count?.future)} rows have a timestamp in ${place} that lies in the future: they are read when it has come, or by the sweep.`;
    warn('future-timestamps', text, 'Correct them, and the clock or the time zone that made them.');
  }
  if (found?.has_trigger === false && modified.clock === 'database') {
    const text = `No trigger of ${label} sets "${modified.column}": a statement that leaves it alone is found by the sweep only.`;
    warn('nobody-stamps', text, "If programs set it by their own clocks, say clock: 'app'.");
  }
  if (found?.is_subscribed === true) {
    const text = `${label} is fed by logical replication: its timestamps are of the publisher, and arrive later than they say.`;
    warn('replicated', text, "Say clock: 'app' with overlapSeconds above the replication's lag.");
  }
  return told;
}

const several = (count: string | undefined): string =>
  Number(count) >= COUNT_MAX ? `${COUNT_MAX} or more` : (count ?? '0');

function byNature({ clock, overlapMs }: ModifiedColumn): readonly TimestampLimit[] {
  const seconds = overlapMs / 1_000;
  const clocks =
    clock === 'app'
      ? `A timestamp that is more than ${seconds} s behind the database's clock when it is stored is found by the sweep only.`
      : `The database sets the timestamps; one that a program sets more than ${seconds} s in the past is found by the sweep only.`;
  const note = (code: TimestampLimit['code'], text: string, remedy: string | null) =>
    ({ code, severity: 'note', text, remedy }) as const;
  return [
    note(
      'deletes',
      'A deleted row has no timestamp: deletes are found by the sweep, or when the app changes that record.',
      'Give sweepHours the time you can wait, or use capture: log.',
    ),
    note('clocks', clocks, 'Give overlapSeconds more than your clocks are ever wrong.'),
    note(
      'restores',
      'Nothing of ours is in the database: one restored from a copy of its disk is noticed only while its WAL is behind where it was.',
      null,
    ),
  ];
}

/** What halts the sync is a finding here, in the same words. */
const toLimit =
  (code: TimestampLimit['code']) =>
  (error: unknown): TimestampLimit => {
    if (!(error instanceof CrmUnavailable)) throw error;
    return { code, severity: 'error', text: error.message, remedy: null };
  };
