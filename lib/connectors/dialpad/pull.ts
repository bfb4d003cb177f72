/**
 * Listing everybody, a page at a time. Dialpad tells no times and promises no order: a contact that is changed while
 * we walk is missed or comes twice, and the flow takes neither for anything.
 *
 * It refuses a cursor now and then, sometimes for days
 * (https://github.com/dialpad/dialpad-python-sdk/issues/13): the walk then begins anew, a few times.
 */
import * as z from 'zod';
import type { Json } from '../../engine/value.ts';
import type { PullPage } from '../../ports/app.ts';
import type { Budget } from '../../ports/clock.ts';
import type { Outcome } from '../../ports/outcome.ts';
import { failureOf, type Company } from './company.ts';
import { withoutRejection } from './failures.ts';
import { isShared } from './mapping.ts';
import type { Refusals } from './refusals.ts';

const RESTARTS_MAX = 3;
/** What is refused for days need not be asked for every minute. */
const REFUSED_REST_MS = 15 * 60_000;
/** Calls leased at once: a page takes one, and the next will be asked for at once. */
const PAGES_AHEAD = 8;

const cursorSchema = z.object({ v: z.literal(1), at: z.string().nullable(), restarts: z.int() });
type Cursor = z.infer<typeof cursorSchema>;

const BEGINNING: Cursor = { v: 1, at: null, restarts: 0 };

export async function listPage(
  { company, refusals }: { readonly company: Company; readonly refusals: Refusals },
  from: Json,
  budget: Budget,
): Promise<Outcome<PullPage>> {
  const cursor = from === null ? BEGINNING : cursorSchema.parse(from);
  const patient: Budget = { remainingMs: () => budget.remainingMs(), rank: 'backfill' };
  const turn = company.turn(patient, { company: PAGES_AHEAD });
  const lists = await refusals.read(turn);
  if (lists.kind !== 'ok') return withoutRejection(failureOf(lists));
  const page = await company.page(cursor.at, turn);
  if (page.kind === 'lost-place') return beginAnew(cursor, page.reason);
  if (page.kind !== 'ok') return withoutRejection(failureOf(page));
  const { items, cursor: at } = page.value;
  return {
    kind: 'ok',
    value: {
      observations: items
        .filter(isShared)
        .map((contact) => refusals.ofPage(contact, lists.value, page.beganAt)),
      cursor: { ...cursor, at },
      done: at === null,
    },
  };
}

function beginAnew(cursor: Cursor, reason: string): Outcome<PullPage> {
  if (cursor.restarts >= RESTARTS_MAX) {
    return {
      kind: 'retry',
      scope: 'app',
      afterMs: REFUSED_REST_MS,
      reason: `Dialpad does not go on with its listing. ${reason}`,
      ambiguous: false,
    };
  }
  const again = { ...BEGINNING, restarts: cursor.restarts + 1 };
  return { kind: 'ok', value: { observations: [], cursor: again, done: false } };
}
