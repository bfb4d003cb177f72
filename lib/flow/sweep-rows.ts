/**
 * The first half of a sweep's comparison: what we remember, record by record, with what the CRM's rows showed. By
 * bucket of the key, so that one bucket of rows is in memory and records stream by. What the app is expected to show
 * of each record is spilled for the second half (sweep-members.ts).
 *
 * A record that differs is looked at in its lane, and so is one that neither end shows any more while a write of ours
 * is open. A row nobody remembers is handed to its lane. Absence counts, for the walk over the rows was whole (I14);
 * even so it is only a reason to look.
 */
import {
  NO_TALLY,
  openTally,
  standingOfRow,
  type RowStanding,
  type SweepTally,
  type TallyBook,
} from '../engine/proof.ts';
import type { CrmKey, RecordState, RemoteId } from '../engine/model.ts';
import type { Json } from '../engine/value.ts';
import type { Reference } from '../ports/messages.ts';
import type { Outcome } from '../ports/outcome.ts';
import type { Backfill } from '../ports/state.ts';
import type { ListedPage } from './backfill.ts';
import { waitsForRow } from './blockers.ts';
import type { SyncContext } from './context.ts';
import { pageRefs } from './route.ts';
import { createLegDigests, isAsExpected, type LegDigests, type Seen } from './sweep-digests.ts';

/** Records read at once: whole states, some megabytes of them. */
const RECORDS_PAGE = 4_000;
/** Records of one slice of expectations, as long as few of them differ: of several buckets where they are small. */
const RECORDS_MAX = 20_000;
const BUCKETS_MAX = 16;

/** Where a half of the comparison stands, with what it has counted: stored together, so that nobody is counted twice. */
export interface SweepPlace {
  readonly bucket: number;
  readonly after: string | null;
  /** Slices of expectations spilled so far. */
  readonly slices: number;
  readonly tally: SweepTally;
}

export const firstPlace = (tally: SweepTally = NO_TALLY): Json =>
  ({ bucket: 0, after: null, slices: 0, tally }) satisfies SweepPlace as unknown as Json;

export async function sweepRows(
  context: SyncContext,
  { id: walk, startedAt: since }: Pick<Backfill, 'id' | 'startedAt'>,
  cursor: Json,
): Promise<Outcome<ListedPage>> {
  const { state, sync } = context;
  const { name } = sync.spec;
  const from = cursor as unknown as SweepPlace;
  const found: Found = { book: openTally(from.tally), refs: [], expected: new Map() };
  let { bucket, after } = from as { bucket: number; after: CrmKey | null };
  const refsMax = pageMax(context);
  let count = 0;
  let rows: ReadonlyMap<CrmKey, Seen | null> | null = null;
  const digests = createLegDigests(context);
  do {
    rows ??= await state.spilled<CrmKey>(name, { walk, shelf: 'rows' }, bucket);
    const { records, last } = await state.recordsIn(name, bucket, after, RECORDS_PAGE);
    after = siftRecords({ digests, rows, since, refsMax }, { records, after, last }, found);
    count += records.length;
    if (after === null) {
      bucket += 1;
      rows = null;
    }
  } while (
    bucket < Math.min(from.bucket + BUCKETS_MAX, state.digestBuckets) &&
    count < RECORDS_MAX &&
    found.refs.length < refsMax
  );
  await state.spill(name, { walk, number: from.slices, shelf: 'memory' }, found.expected);
  const { tally } = found.book;
  const next: SweepPlace = { bucket, after, slices: from.slices + 1, tally };
  const isLast = after === null && bucket >= state.digestBuckets;
  return { kind: 'ok', value: { refs: found.refs, cursor: next as unknown as Json, isLast } };
}

/** About a page for each lane: live changes wait for no more. */
export const pageMax = ({ sync, app }: SyncContext): number => pageRefs({ app }) * sync.lanes;

interface Sifting {
  readonly digests: LegDigests;
  readonly rows: ReadonlyMap<CrmKey, Seen | null>;
  readonly since: number;
  readonly refsMax: number;
}

interface Portion {
  readonly records: readonly RecordState[];
  readonly after: CrmKey | null;
  readonly last: CrmKey | null;
}

/** What is gathered on the way. */
interface Found {
  readonly book: TallyBook;
  readonly refs: Reference[];
  /** What the app is expected to show. */
  readonly expected: Map<RemoteId, string>;
}

/**
 * In key order over records and rows alike, so that it may stop anywhere: after the key it returns; null: the bucket
 * is done.
 */
function siftRecords(sifting: Sifting, portion: Portion, found: Found): CrmKey | null {
  const { rows, refsMax } = sifting;
  const { after, last } = portion;
  const byKey = new Map(portion.records.map((record) => [record.key, record]));
  const isInReach = (key: CrmKey): boolean =>
    (after === null || key > after) && (last === null || key <= last) && !byKey.has(key);
  const keys = [...byKey.keys(), ...[...rows.keys()].filter(isInReach)];
  for (const key of keys.toSorted(byText)) {
    const record = byKey.get(key);
    const ref =
      record === undefined
        ? meetRow(key, rows.get(key) ?? null, found.book)
        : checkRecord(sifting, record, found);
    if (ref === null) continue;
    found.book.send();
    found.refs.push(ref);
    if (found.refs.length >= refsMax) return key;
  }
  return last;
}

export const byText = (a: string, b: string): number => (a < b ? -1 : 1);

/** A row without memory: one the filter keeps from the app, or one whose change is on its way, or was never told. */
function meetRow(key: CrmKey, row: Seen | null, book: TallyBook): Reference | null {
  if (row === 'x') {
    book.count('onlyCrm', 'excluded');
    return null;
  }
  book.count('onlyCrm', 'new', key);
  return { key };
}

function checkRecord(
  { digests, rows, since }: Sifting,
  state: RecordState,
  { book, expected }: Found,
): Reference | null {
  const { key, remoteId } = state;
  const seen = rows.get(key);
  const wanted = digests.expectedRow(state);
  const isSame =
    seen === undefined ? wanted === null : wanted !== null && isAsExpected(wanted, seen);
  const standing = standingOfRow({
    state,
    row: seen === undefined ? 'absent' : seen === 'x' ? 'excluded' : 'present',
    isSame: isSame && digests.isEven(state),
    since,
  });
  const member = digests.expectedMember(state);
  const isListed = member !== null && remoteId !== null;
  if (isListed) expected.set(remoteId, `${markOf(standing)}${member} ${key}`);
  // Whether it is equal is known when the app was compared as well.
  if (!isListed || standing.place !== 'equal') book.count(standing.place, standing.why, key);
  return standing.look || waitsForRow(state) ? { key, look: true } : null;
}

export const MARKS = { equal: '=', counted: '-', still: '~' } as const;

const markOf = ({ place, isOut, look }: RowStanding): string =>
  place === 'equal' ? MARKS.equal : isOut || look ? MARKS.still : MARKS.counted;
