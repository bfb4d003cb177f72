/**
 * Batches: up to 500 rows a call, row-by-row outcomes told apart by address, because the answer names
 * no contact. What a batch cannot explain is left without outcome; push then sends it alone.
 * https://mailchimp.com/developer/marketing/api/lists/batch-subscribe-or-unsubscribe/
 */
import type { AppCommand, AppOutcome, CreateCommand, UpdateCommand } from '../../ports/app.ts';
import type { Failure } from '../../ports/outcome.ts';
import { judgeRow, rejected, toFailure } from './failures.ts';
import {
  type BatchRow,
  normalEmail,
  observeMember,
  type Shaped,
  shapeBulkUpdate,
  shapeCreate,
  toCreateRow,
} from './mapping.ts';
import type { Run } from './push.ts';
import { mapUntil } from '../slots.ts';
import { skipRest } from '../triage.ts';
import type { WireBatch, WireMember, WireRowError } from './wire.ts';

const ROWS_MAX = 500;
const ROWS_MIN = 50;

/**
 * How many rows go in one call. A batch that Mailchimp did not finish in time would not be finished the
 * next time either, so batches become smaller, and larger again while all goes well.
 */
export interface BatchSize {
  rows(): number;
  note(answer: 'finished' | 'unfinished'): void;
}

export function createBatchSize(): BatchSize {
  let rows = ROWS_MAX;
  return {
    rows: () => rows,
    note(answer) {
      const next = answer === 'finished' ? rows * 2 : Math.floor(rows / 2);
      rows = Math.min(ROWS_MAX, Math.max(ROWS_MIN, next));
    },
  };
}

interface Item {
  readonly command: CreateCommand | UpdateCommand;
  readonly email: string;
  readonly row: BatchRow;
}

/** Null, or the failure that ended it for everybody. */
export async function sendBatches(run: Run, heads: readonly AppCommand[]): Promise<Failure | null> {
  const creates = heads.filter((head) => head.kind === 'create');
  const updates = heads.filter(isBulkUpdate);
  const stop = await sendKind(run, creates, (command) =>
    shapeRow(shapeCreate(command.fields, run.live)),
  );
  if (stop !== null) return stop;
  return sendKind(run, updates, (command) =>
    shapeBulkUpdate(command.match, command.fields, run.live),
  );
}

type Addressed = UpdateCommand & { readonly match: string };

function isBulkUpdate(head: AppCommand): head is Addressed {
  return head.kind === 'update' && head.bulk && head.match !== null;
}

function shapeRow(shaped: ReturnType<typeof shapeCreate>): Shaped<BatchRow> {
  return shaped.ok ? { ok: true, value: toCreateRow(shaped.value) } : shaped;
}

/** A single row gains nothing from a batch and loses its contact_id. */
async function sendKind<C extends CreateCommand | Addressed>(
  run: Run,
  commands: readonly C[],
  shape: (command: C) => Shaped<BatchRow>,
): Promise<Failure | null> {
  const items = commands.flatMap((command) => toItem(run, command, shape));
  const chunks = items.length < 2 ? [] : chunkByAddress(items, run.tools.batchSize.rows());
  const width = run.tools.connectionsMax;
  const stops = await mapUntil(chunks, width, (chunk) => sendChunk(run, chunk), skipRest);
  chunks.forEach((chunk, index) => failRest(run, chunk, stops[index] ?? null));
  return stops.find((stop) => stop !== null && skipRest(stop) !== null) ?? null;
}

function toItem<C extends CreateCommand | Addressed>(
  run: Run,
  command: C,
  shape: (command: C) => Shaped<BatchRow>,
): readonly Item[] {
  const shaped = shape(command);
  if (!shaped.ok) {
    run.outcomes.set(command, rejected(shaped.reason, shaped.path));
    return [];
  }
  return [{ command, email: normalEmail(shaped.value.email_address ?? ''), row: shaped.value }];
}

/** Two rows with one address in one call would be one outcome for two records. */
function chunkByAddress(items: readonly Item[], rowsMax: number): readonly (readonly Item[])[] {
  const chunks: Map<string, Item>[] = [];
  for (const item of items) {
    const open = chunks.find((chunk) => chunk.size < rowsMax && !chunk.has(item.email));
    if (open === undefined) chunks.push(new Map([[item.email, item]]));
    else open.set(item.email, item);
  }
  return chunks.map((chunk) => [...chunk.values()]);
}

async function sendChunk(run: Run, items: readonly Item[]): Promise<Failure | null> {
  const [first] = items;
  if (first === undefined) return null;
  const isUpdate = first.command.kind === 'update';
  const body = { members: items.map(({ row }) => row), update_existing: isUpdate };
  const answer = await run.tools.audience.batch(body, run.budget);
  if (answer.kind === 'ok') {
    run.tools.batchSize.note('finished');
    settleRows(run, items, answer.value, answer.beganAt);
    return null;
  }
  const failure = toFailure(answer, run.tools.audience.id);
  if (failure.kind === 'retry' && failure.ambiguous) run.tools.batchSize.note('unfinished');
  return failure.kind === 'rejected' ? sendHalves(run, items) : failure;
}

/** The call as a whole was refused: some row breaks it. Halve down to that row, which then goes alone. */
async function sendHalves(run: Run, items: readonly Item[]): Promise<Failure | null> {
  if (items.length === 1) return null;
  const middle = Math.ceil(items.length / 2);
  const first = await sendChunk(run, items.slice(0, middle));
  return first ?? sendChunk(run, items.slice(middle));
}

function settleRows(run: Run, items: readonly Item[], answer: WireBatch, beganAt: number): void {
  run.triage.noteServed();
  const byEmail = new Map(items.map((item) => [item.email, item]));
  const settle = (
    email: string | undefined,
    toOutcome: (item: Item) => AppOutcome | null,
  ): void => {
    const item = byEmail.get(normalEmail(email ?? ''));
    const outcome = item === undefined ? null : toOutcome(item);
    if (item !== undefined && outcome !== null) run.outcomes.set(item.command, outcome);
  };
  const applied = (row: WireMember): AppOutcome => ({
    kind: 'applied',
    observed: observeMember(row, run.tools.paths, beganAt),
    beganAt,
  });
  for (const row of answer.new_members) {
    settle(row.email_address, (item) => (isCreate(item) ? applied(row) : duplicated(item)));
  }
  for (const row of answer.updated_members) {
    settle(row.email_address, (item) => (isCreate(item) ? alreadyThere() : applied(row)));
  }
  for (const error of answer.errors) {
    settle(error.email_address, (item) => failRow(run, item, error));
  }
}

const isCreate = (item: Item): boolean => item.command.kind === 'create';

/** Somebody renamed the member away from this address, so the batch made a second one. */
function duplicated(item: Item): AppOutcome {
  return {
    kind: 'duplicated',
    duplicate: { remoteId: null, match: item.email },
    reason: 'The address belonged to nobody any more, so Mailchimp made a second contact with it.',
  };
}

const alreadyThere = (): AppOutcome => ({
  kind: 'exists',
  reason: 'Mailchimp had a member with this address already.',
});

/** Null: the row goes alone, where Mailchimp says what is wrong. */
function failRow(run: Run, item: Item, error: WireRowError): AppOutcome | null {
  const verdict = judgeRow(error, Object.keys(item.command.fields));
  if (verdict === null) return null;
  if (verdict.kind === 'rejected') run.tools.mergeFields.forget();
  if (verdict.kind === 'exists') return verdict;
  return toFailure(verdict, run.tools.audience.id);
}

/** Rows of a call that failed as a whole. After an ambiguous failure the flow looks before it redoes. */
function failRest(run: Run, items: readonly Item[], stop: Failure | null): void {
  if (stop === null) return;
  for (const { command } of items) {
    if (!run.outcomes.has(command)) run.outcomes.set(command, stop);
  }
}
