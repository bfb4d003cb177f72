/**
 * Rows in as few calls as there can be, and the bad ones among them found. Meta says that entries were invalid, not
 * which; so a call that was not clean is sent again in halves until what fails is one row, within so many calls.
 * https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users
 */
import type { Json } from '../../engine/value.ts';
import type { Budget } from '../../ports/clock.ts';
import type { LedgerOutcome } from '../../ports/ledger.ts';
import type { Failure, Retry } from '../../ports/outcome.ts';
import { waitFor, type Audience } from './audience.ts';
import { fillCalls, foundSoFar, nextCall, noteAnswer, openSearch, ROWS_MAX } from './batches.ts';
import type { Call } from './client.ts';
import { rejected } from './failures.ts';
import { parseUpload } from './wire.ts';

/** Where rows go, and how they are read there. */
export interface Door {
  readonly method: Extract<Call['method'], 'POST' | 'DELETE'>;
  readonly path: string;
  readonly schema: readonly string[];
}

export interface Upload {
  readonly audience: Audience;
  readonly budget: Budget;
  /** Unique in the ad account; an integer that JSON keeps. */
  readonly sessionId: () => number;
  /** What is left of the calls for searches. */
  readonly search: { callsLeft: number };
}

export interface Row {
  readonly cells: readonly Json[];
}

type Part = readonly Row[];

/** What became of each row. */
export type Fates = Map<Row, LedgerOutcome>;

/** What one call said of its rows as a whole. */
type Said =
  | { readonly kind: 'clean' }
  | { readonly kind: 'dirty'; readonly reason: string }
  | { readonly kind: 'split'; readonly reason: string }
  | Exclude<Failure, { readonly kind: 'rejected' }>;

export async function uploadRows(upload: Upload, door: Door, rows: Part): Promise<Fates> {
  const fates: Fates = new Map();
  let open = [...fillCalls(rows, ROWS_MAX)];
  let session = newSession(upload, open);
  while (open.length > 0) {
    const [part = [], ...rest] = open;
    open = rest;
    const said = await sendPart(upload, door, part, sessionParam(session, rest.length === 0));
    session = { ...session, seq: session.seq + 1 };
    if (said.kind === 'clean') give(fates, part, { kind: 'applied' });
    else if (said.kind === 'split' && part.length > 1) {
      open = [...fillCalls(part, Math.ceil(part.length / 2)), ...rest];
      session = newSession(upload, open);
    } else if (said.kind === 'dirty' || said.kind === 'split') {
      const stop = await findBad(upload, { door, part, reason: said.reason }, fates);
      if (stop !== null) return giveAll(fates, rest, stop);
      // The count of invalid entries may be of the whole session: a new one begins at none.
      session = newSession(upload, rest);
    } else return giveAll(fates, [part, ...rest], said);
  }
  return fates;
}

interface Session {
  readonly id: number | null;
  readonly seq: number;
}

/** Calls that belong together; one alone is a session of its own. */
const newSession = ({ sessionId }: Upload, calls: readonly Part[]): Session => ({
  id: calls.length > 1 ? sessionId() : null,
  seq: 1,
});

function sessionParam({ id, seq }: Session, isLast: boolean): Readonly<Record<string, unknown>> {
  if (id === null) return {};
  return { session: { session_id: id, batch_seq: seq, last_batch_flag: isLast } };
}

async function sendPart(
  { audience, budget }: Upload,
  { method, path, schema }: Door,
  part: Part,
  more: Readonly<Record<string, unknown>>,
): Promise<Said> {
  const payload = { schema, data: part.map(({ cells }) => cells) };
  const asked = await audience.ask({ method, path, params: { payload, ...more } }, budget);
  switch (asked.kind) {
    case 'ok':
      return saidBy(parseUpload(asked.answer.body));
    case 'rejected':
      return { kind: 'dirty', reason: asked.reason };
    case 'session':
      return waitFor(asked.reason);
    case 'retry':
    case 'halted':
    case 'split':
      return asked;
  }
}

function saidBy(upload: ReturnType<typeof parseUpload>): Said {
  if (upload === null) {
    const reason = 'Meta’s answer to an upload does not say how many rows it received.';
    return { kind: 'retry', scope: 'app', afterMs: null, reason, ambiguous: true };
  }
  return upload.invalid === 0
    ? { kind: 'clean' }
    : { kind: 'dirty', reason: 'Meta calls an entry of this row invalid, and does not say which.' };
}

interface Dirty {
  readonly door: Door;
  readonly part: Part;
  readonly reason: string;
}

/** The failure that ended the search for everybody, if one did. */
async function findBad(upload: Upload, dirty: Dirty, fates: Fates): Promise<Failure | null> {
  const { door, part, reason } = dirty;
  const reasons = new Map<Row, string>();
  let search = openSearch(part, upload.search.callsLeft);
  for (let next = nextCall(search); next !== null; next = nextCall(search)) {
    const said = await sendPart(upload, door, next, {});
    upload.search.callsLeft -= 1;
    if (said.kind === 'retry' || said.kind === 'halted') {
      giveFound(fates, { ...foundSoFar(search), reasons, reason }, said);
      return said;
    }
    if (said.kind === 'clean') give(fates, next, { kind: 'applied' });
    else for (const row of next) reasons.set(row, said.reason);
    search = noteAnswer(search, said.kind === 'clean' ? 'clean' : 'dirty');
  }
  giveFound(fates, { ...foundSoFar(search), reasons, reason }, UNDECIDED);
  return null;
}

/** They are told again with whoever else waits by then, and the search goes on. */
const UNDECIDED: Retry = {
  kind: 'retry',
  scope: 'record',
  afterMs: null,
  reason: 'Meta refuses one of several rows, and the calls to find out which were used up for now.',
  ambiguous: true,
};

interface Found {
  readonly bad: Part;
  readonly undecided: Part;
  /** What Meta said last of a call with the row in it, and of all of them. */
  readonly reasons: ReadonlyMap<Row, string>;
  readonly reason: string;
}

function giveFound(fates: Fates, { bad, undecided, reasons, reason }: Found, rest: Failure): void {
  for (const row of bad) fates.set(row, rejected(reasons.get(row) ?? reason));
  give(fates, undecided, rest);
}

function give(fates: Fates, part: Part, fate: LedgerOutcome): void {
  for (const row of part) fates.set(row, fate);
}

function giveAll(fates: Fates, parts: readonly Part[], fate: Failure): Fates {
  for (const part of parts) give(fates, part, fate);
  return fates;
}
