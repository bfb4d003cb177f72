/**
 * What was decided about a record, and why: one item per record and round, gone after its days. The sort
 * key ends in a digest of the entry, so that a redone round writes the same item again and not a second one.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { CrmKey, Decision, End, Pair } from '../engine/model.ts';
import type { Value } from '../engine/value.ts';
import type { HistoryEntry, HistoryPage, HistoryStore } from '../ports/state.ts';
import { fromItem, requireText, toItem, type Item } from './attribute.ts';
import { deleteItems, putItems } from './batches.ts';
import { readQuery } from './pages.ts';
import { readRecent, recentItem } from './recent.ts';
import { itemRevision, requireKnownRevision } from './revision.ts';
import { send, type Connection } from './sending.ts';
import { historyPartition, timeText } from './table-keys.ts';

export interface HistoryOptions {
  readonly table: string;
  readonly days: number;
  readonly now: () => number;
}

/** The base: 0 where both halves are what stood there before, else the CRM's, the app's if another, who rewrote it. */
type BaseForm = 0 | BaseTexts;
type BaseTexts = readonly [Value] | readonly [Value, Value] | readonly [Value, Value, End];

/** One decision: field, action, rule, text, before, after, base. */
type DecisionForm = {
  readonly f?: string;
  readonly a: Decision['action'];
  readonly u: string;
  readonly x: string;
  readonly b?: Value;
  readonly n?: Value;
  readonly p?: BaseForm;
};
interface EntryForm {
  readonly t: number;
  readonly c: string;
  /** The run, and the queue's message; missing in entries of earlier code. */
  readonly w?: string;
  readonly m?: string;
  readonly d: readonly DecisionForm[];
  readonly g: number;
  /** Epoch seconds. */
  readonly ttl: number;
}

const daySeconds = 86_400;

export function createHistory(connection: Connection, options: HistoryOptions): HistoryStore {
  const { table } = options;
  return {
    append: async (sync, entries) => {
      const items = new Map<string, Item>();
      for (const { key, entry } of entries) {
        const item = entryItem(historyPartition(sync, key), entry, options.days);
        items.set(`${requireText(item, 'pk')} ${requireText(item, 'sk')}`, item);
      }
      if (items.size === 0) return;
      await putItems(connection, table, [...items.values(), recentItem(sync, entries)]);
    },
    recent: (sync, since, limit) => readRecent(connection, options, { sync, since, limit }),
    read: async (sync, key, limit) => {
      const query = {
        TableName: table,
        ConsistentRead: true,
        ScanIndexForward: false,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: toItem({ ':pk': historyPartition(sync, key) }),
      };
      const items = await readQuery(connection, query, limit);
      const nowSeconds = options.now() / 1000;
      // The service removes expired items when it gets round to it, up to days later.
      return items
        .map(formOfItem)
        .filter(({ ttl }) => ttl > nowSeconds)
        .map(decodeEntry);
    },
    forgetHistory: (sync, key) => forgetAll(connection, table, historyPartition(sync, key)),
    readPage: (sync, key, from) => readPage(connection, options, { sync, key, ...from }),
  };
}

const FORGET_PAGE = 100;

/** Killed in the middle, the next call goes on with what is left. */
async function forgetAll(connection: Connection, table: string, pk: string): Promise<void> {
  const query = {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk',
    ProjectionExpression: 'pk, sk',
    ExpressionAttributeValues: toItem({ ':pk': pk }),
  };
  for (;;) {
    const items = await readQuery(connection, query, FORGET_PAGE);
    if (items.length === 0) return;
    await deleteItems(connection, table, items);
  }
}

async function readPage(
  connection: Connection,
  { table, now }: HistoryOptions,
  { sync, key, cursor, limit }: { sync: string; key: CrmKey; cursor: string | null; limit: number },
): Promise<HistoryPage> {
  const pk = historyPartition(sync, key);
  const query = {
    TableName: table,
    ConsistentRead: true,
    ScanIndexForward: false,
    Limit: limit,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: toItem({ ':pk': pk }),
    ...(cursor === null ? {} : { ExclusiveStartKey: toItem({ pk, sk: requireCursor(cursor) }) }),
  };
  const { Items = [], LastEvaluatedKey: last } = await send(connection.backoff, () =>
    connection.client.send(new QueryCommand(query)),
  );
  const living = Items.map(formOfItem).filter(({ ttl }) => ttl > now() / 1000);
  // Whatever is older than what has expired has expired too.
  const isEnd = last === undefined || living.length < Items.length;
  return { entries: living.map(decodeEntry), cursor: isEnd ? null : requireText(last, 'sk') };
}

/** It goes through people's hands. */
function requireCursor(cursor: string): string {
  if (/^\d{16}(#[\w-]*)?$/.test(cursor)) return cursor;
  throw new Error(`${cursor} is no place in a history; begin again without one.`);
}

/** An item holds 400 KB, its names and numbers included. */
const entryBytesMax = 380_000;
const shortLength = 1_000;

/** Of values too large to be kept the beginning is: that and why they were decided must not go with them. */
function entryItem(pk: string, entry: HistoryEntry, days: number): Item {
  const whole = encodeEntry(entry, days);
  const isTooLarge = Buffer.byteLength(JSON.stringify(whole)) > entryBytesMax;
  const form = toItem({ ...whole, ...(isTooLarge ? { d: whole.d.map(shortenDecision) } : {}) });
  const digest = createHash('sha256').update(JSON.stringify(form)).digest('base64url');
  return { ...toItem({ pk, sk: `${timeText(entry.at)}#${digest.slice(0, 12)}` }), ...form };
}

function shortenDecision(form: DecisionForm) {
  return {
    ...form,
    ...(form.b === undefined ? {} : { b: shortenValue(form.b) }),
    ...(form.n === undefined ? {} : { n: shortenValue(form.n) }),
    ...(form.p === undefined || form.p === 0 ? {} : { p: shortenBase(form.p) }),
  };
}

function shortenBase(form: BaseTexts): BaseForm {
  const [c, r, by] = form as readonly [Value, Value?, End?];
  if (r === undefined) return [shortenValue(c)];
  const halves = [shortenValue(c), shortenValue(r)] as const;
  return by === undefined ? halves : [...halves, by];
}

function shortenValue(value: Value): Value {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= shortLength ? value : `${text.slice(0, shortLength)}…`;
}

export function encodeEntry(entry: HistoryEntry, days: number) {
  return {
    t: entry.at,
    c: entry.cause,
    ...(entry.run === undefined ? {} : { w: entry.run }),
    ...(entry.message === undefined ? {} : { m: entry.message }),
    d: entry.decisions.map(encodeDecision),
    g: itemRevision,
    ttl: Math.floor(entry.at / 1000) + days * daySeconds,
  } satisfies EntryForm;
}

export function decodeEntry(form: EntryForm): HistoryEntry {
  return {
    at: form.t,
    cause: form.c,
    decisions: form.d.map(decodeDecision),
    ...(form.w === undefined ? {} : { run: form.w }),
    ...(form.m === undefined ? {} : { message: form.m }),
  };
}

function formOfItem(item: Item): EntryForm {
  const { pk, sk, ...form } = item;
  const plain = fromItem(form) as unknown as EntryForm;
  requireKnownRevision({ pk: pk?.S ?? '', sk: sk?.S ?? '' }, plain.g);
  return plain;
}

function encodeDecision(decision: Decision) {
  return {
    ...(decision.field === null ? {} : { f: decision.field }),
    a: decision.action,
    u: decision.reason.rule,
    x: decision.reason.text,
    ...(decision.before === undefined ? {} : { b: decision.before }),
    ...(decision.after === undefined ? {} : { n: decision.after }),
    ...(decision.base === undefined ? {} : { p: encodeBase(decision.base, decision.before) }),
  } satisfies DecisionForm;
}

/** Nearly always the end that is written still showed what was agreed on: then the base costs a byte. */
function encodeBase({ c, r, rewrittenBy }: Pair, before: Value | undefined): BaseForm {
  if (rewrittenBy !== undefined) return [c, r, rewrittenBy];
  if (!isDeepStrictEqual(c, r)) return [c, r];
  return isDeepStrictEqual(c, before) ? 0 : [c];
}

function decodeBase(form: BaseForm, before: Value | undefined): Pair {
  if (form === 0) return { c: before ?? null, r: before ?? null };
  const [c, r = c, rewrittenBy] = form as readonly [Value, Value?, End?];
  return { c, r, ...(rewrittenBy === undefined ? {} : { rewrittenBy }) };
}

function decodeDecision(form: DecisionForm): Decision {
  return {
    field: form.f ?? null,
    action: form.a,
    reason: { rule: form.u, text: form.x },
    ...(form.b === undefined ? {} : { before: form.b }),
    ...(form.n === undefined ? {} : { after: form.n }),
    ...(form.p === undefined ? {} : { base: decodeBase(form.p, form.b) }),
  };
}
