/**
 * Reading members by the page: what changed (`pull`) and everybody (`list`).
 *
 * Each walk reads two listings, one without a status filter and one of the archived members: Mailchimp
 * does not say whether the first shows the second. A member that moves between them while they are read
 * is bumped by the move, so the next walk from the watermark delivers it.
 */
import * as z from 'zod';
import type { Json } from '../../engine/value.ts';
import type { AppObservation, PullPage } from '../../ports/app.ts';
import type { Budget } from '../../ports/clock.ts';
import type { Failure, Outcome } from '../../ports/outcome.ts';
import type { Audience, Ok, Result } from './audience.ts';
import { toFailure } from './failures.ts';
import { hasHiddenTags, listingFields, observeMember, parseTime, TAGS_PATH } from './mapping.ts';
import {
  finishWalk,
  type Row,
  settledAt,
  startWalk,
  stepWalk,
  type Walk,
  type Watermark,
  watermarkAt,
} from './walk.ts';
import type { WireMember, WireMembers } from './wire.ts';

export interface Reader {
  readonly present: (budget: Budget) => Promise<Outcome<Json>>;
  readonly pull: (cursor: Json, budget: Budget) => Promise<Outcome<PullPage>>;
  readonly list: (cursor: Json, budget: Budget) => Promise<Outcome<PullPage>>;
  readonly size: (budget: Budget) => Promise<Outcome<number>>;
  /** A member with all its tags, where those are mapped. */
  readonly observe: Observe;
}

export type Observe = (
  member: WireMember,
  beganAt: number,
  budget: Budget,
) => Promise<AppObservation>;

/** The most a page may hold. https://mailchimp.com/developer/marketing/docs/methods-parameters/#pagination */
export const PAGE_ROWS_MAX = 1000;
/** A page that Mailchimp could not make in time is asked for in smaller parts. */
const SMALL_PAGE_ROWS = 200;
/** Members of a page whose tags are completed by a call each; the tags of others stay unobserved. */
const TAG_LOOKS_MAX = 25;

/** With less left, an empty page is handed back and the next slice goes on. */
const TIME_FOR_A_PAGE_MS = 5000;

const nullableSecond = z.int().nullable();
const walkSchema = z.object({
  since: nullableSecond,
  offset: z.int(),
  anchor: z.object({ id: z.string(), second: z.int() }).nullable(),
  newest: nullableSecond,
  unsettled: nullableSecond,
  slips: z.int(),
  rewinds: z.int(),
});
const watermarkSchema = z.object({
  since: nullableSecond,
  newest: nullableSecond,
  again: z.object({ due: z.int(), since: z.int(), newest: nullableSecond }).nullable(),
});
const cursorSchema = z.object({
  v: z.literal(1),
  /** The greatest `since` any walk on the way here stood at. It never falls, whatever is read again. */
  reached: z.int(),
  /** Calls since `reached` last rose. */
  calls: z.int(),
  /** Which of the two listings is being walked: 0 everybody, 1 archived. */
  turn: z.union([z.literal(0), z.literal(1)]),
  walk: walkSchema.nullable(),
  marks: z.tuple([watermarkSchema, watermarkSchema]),
});
type Cursor = z.infer<typeof cursorSchema>;

const FROM_THE_BEGINNING: Watermark = { since: null, newest: null, again: null };

const BEGINNING: Cursor = {
  v: 1,
  reached: 0,
  calls: 0,
  turn: 0,
  walk: null,
  marks: [FROM_THE_BEGINNING, FROM_THE_BEGINNING],
};

export function createReader(
  audience: Audience,
  paths: readonly string[],
  pageRows = PAGE_ROWS_MAX,
): Reader {
  const source: Source = { audience, paths, pageRows, fields: listingFields(paths) };
  return {
    observe: (member, beganAt, budget) => observe(source, member, beganAt, budget),
    present: (budget) => readPresent(audience, budget),
    pull: async (cursor, budget) => walkOn(source, cursorSchema.parse(cursor), budget),
    list: async (cursor, budget) =>
      walkOn(source, cursor === null ? BEGINNING : cursorSchema.parse(cursor), budget),
    size: (budget) => readSize(audience, budget),
  };
}

interface Source {
  readonly audience: Audience;
  readonly paths: readonly string[];
  readonly pageRows: number;
  readonly fields: string;
}

async function observe(
  { audience, paths }: Source,
  member: WireMember,
  beganAt: number,
  budget: Budget,
): Promise<AppObservation> {
  const seen = observeMember(member, paths, beganAt);
  const hash = member.contact_id ?? member.id;
  if (!paths.includes(TAGS_PATH) || !hasHiddenTags(member) || hash === undefined) return seen;
  const tags = await audience.memberTags(hash, budget);
  return tags.kind === 'ok' ? { ...seen, raw: { ...seen.raw, tags: tags.value } } : seen;
}

async function observePage(
  source: Source,
  members: readonly WireMember[],
  beganAt: number,
  budget: Budget,
): Promise<readonly AppObservation[]> {
  const known = members.filter(({ contact_id: id }) => id !== undefined);
  const hidden = new Set(known.filter(hasHiddenTags).slice(0, TAG_LOOKS_MAX));
  return Promise.all(
    known.map(async (member) =>
      hidden.has(member)
        ? observe(source, member, beganAt, budget)
        : observeMember(member, source.paths, beganAt),
    ),
  );
}

async function readPage(
  { audience, fields, pageRows }: Source,
  cursor: Cursor,
  walk: Walk,
  budget: Budget,
): Promise<Result<WireMembers>> {
  const page = { since: walk.since, offset: walk.offset, direction: 'ASC' as const, fields };
  const isArchived = cursor.turn === 1;
  const answer = await audience.members({ ...page, count: pageRows, isArchived }, budget);
  if (answer.kind !== 'troubled') return answer;
  return audience.members(
    { ...page, count: Math.min(pageRows, SMALL_PAGE_ROWS), isArchived },
    budget,
  );
}

/** One page of the walk: what is new on it, and the cursor behind it. */
async function stepOn(source: Source, cursor: Cursor, budget: Budget): Promise<Outcome<Stepped>> {
  const walk = cursor.walk ?? startWalk(cursor.marks[cursor.turn].since);
  const answer = await readPage(source, cursor, walk, budget);
  if (answer.kind !== 'ok') return toOutcome(toFailure(answer, source.audience.id));
  const { members, total_items: total } = answer.value;
  const rows = toRows(members);
  const settledUpTo = settledAt(answer.vendorBeganAt, rows);
  const step = stepWalk(walk, { rows, total, settledUpTo });
  const news = members.slice(step.freshFrom);
  const fresh = await observePage(source, news, answer.beganAt, budget);
  const after = step.isDone
    ? closeWalk(cursor, step.walk, secondOf(answer.vendorBeganAt))
    : { ...cursor, walk: step.walk };
  const counted = countCall(after, step.walk.since ?? 0);
  const isDone = step.isDone && cursor.turn === 1;
  return { kind: 'ok', value: { fresh, cursor: counted, isDone } };
}

/** Pages until one has something to tell: an idle round is two calls and one page. */
async function walkOn(source: Source, from: Cursor, budget: Budget): Promise<Outcome<PullPage>> {
  let cursor = from;
  for (;;) {
    const stepped = await stepOn(source, cursor, budget);
    if (stepped.kind !== 'ok') return stepped;
    const { fresh, isDone } = stepped.value;
    cursor = stepped.value.cursor;
    const hasTime = budget.remainingMs() > TIME_FOR_A_PAGE_MS;
    if (fresh.length === 0 && !isDone && hasTime) continue;
    return { kind: 'ok', value: { observations: fresh, cursor, done: isDone } };
  }
}

async function readPresent(audience: Audience, budget: Budget): Promise<Outcome<Json>> {
  const everybody = await readNewest(audience, budget);
  if (everybody.kind !== 'ok') return toOutcome(toFailure(everybody, audience.id));
  // Whoever is archived from now on changes later than that; a few who were before are delivered once more.
  const mark = markOf(everybody);
  const marks: Cursor['marks'] = [mark, mark];
  return { kind: 'ok', value: { ...BEGINNING, reached: marks[0].since ?? 0, marks } };
}

async function readSize(audience: Audience, budget: Budget): Promise<Outcome<number>> {
  const everybody = await readNewest(audience, budget);
  return everybody.kind === 'ok'
    ? { kind: 'ok', value: everybody.value.total_items }
    : toOutcome(toFailure(everybody, audience.id));
}

function readNewest(audience: Audience, budget: Budget): Promise<Result<WireMembers>> {
  const page = { since: null, offset: 0, count: 1, direction: 'DESC' as const };
  return audience.members({ ...page, isArchived: false, fields: listingFields([]) }, budget);
}

interface Stepped {
  readonly fresh: readonly AppObservation[];
  readonly cursor: Cursor;
  readonly isDone: boolean;
}

/** The walk of one listing is over: its watermark moves, and the other listing has its turn. */
function closeWalk(cursor: Cursor, walk: Walk, now: number | null): Cursor {
  const [everybody, archived] = cursor.marks;
  const marks: Cursor['marks'] =
    cursor.turn === 0
      ? [finishWalk(everybody, walk, now), archived]
      : [everybody, finishWalk(archived, walk, now)];
  return { ...cursor, turn: cursor.turn === 0 ? 1 : 0, walk: null, marks };
}

function countCall(cursor: Cursor, since: number): Cursor {
  return since > cursor.reached
    ? { ...cursor, reached: since, calls: 0 }
    : { ...cursor, calls: cursor.calls + 1 };
}

const CALLS_MAX = 999_999;

/** Of two cursors the lower one was there first: by the time walked up to, then by calls made. */
export function orderOf(cursor: Json): number {
  const { reached, calls } = cursorSchema.parse(cursor);
  return reached * (CALLS_MAX + 1) + Math.min(calls, CALLS_MAX);
}

function markOf(answer: Ok<WireMembers>): Watermark {
  const rows = toRows(answer.value.members);
  const settledUpTo = settledAt(answer.vendorBeganAt, rows);
  return watermarkAt(rows[0]?.second ?? null, settledUpTo, secondOf(answer.vendorBeganAt));
}

/** A row without a readable time stands where it stands: it takes its predecessor's second. */
function toRows(members: readonly WireMember[]): readonly Row[] {
  let second = 0;
  return members.map((member) => {
    second = secondOf(parseTime(member.last_changed)) ?? second;
    return { id: member.contact_id ?? member.id ?? '', second };
  });
}

const secondOf = (at: number | null): number | null => (at === null ? null : Math.floor(at / 1000));

/** A page has no single record to blame, and a question no value that could be refused. */
function toOutcome(failure: Failure): Exclude<Outcome<never>, { readonly kind: 'ok' }> {
  return failure.kind === 'rejected' ? { kind: 'halted', reason: failure.reason } : failure;
}
