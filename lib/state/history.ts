/**
 * What was decided about a record, and why: one item per record and round, gone after its days. The sort
 * key ends in a digest of the entry, so that a redone round writes the same item again and not a second one.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 */
import { createHash } from 'node:crypto';
import type { Decision } from '../engine/model.ts';
import type { Value } from '../engine/value.ts';
import type { HistoryEntry, HistoryStore } from '../ports/state.ts';
import { fromItem, requireText, toItem, type Item } from './attribute.ts';
import { putItems } from './batches.ts';
import { readQuery } from './pages.ts';
import { readRecent, recentItem } from './recent.ts';
import { itemRevision, requireKnownRevision } from './revision.ts';
import type { Connection } from './sending.ts';
import { historyPartition, timeText } from './table-keys.ts';

export interface HistoryOptions {
  readonly table: string;
  readonly days: number;
  readonly now: () => number;
}

/** One decision: field, action, rule, text, before, after. */
interface DecisionForm {
  readonly f?: string;
  readonly a: Decision['action'];
  readonly u: string;
  readonly x: string;
  readonly b?: Value;
  readonly n?: Value;
}
interface EntryForm {
  readonly t: number;
  readonly c: string;
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
  };
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
  };
}

function shortenValue(value: Value): Value {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= shortLength ? value : `${text.slice(0, shortLength)}…`;
}

export function encodeEntry(entry: HistoryEntry, days: number) {
  return {
    t: entry.at,
    c: entry.cause,
    d: entry.decisions.map(encodeDecision),
    g: itemRevision,
    ttl: Math.floor(entry.at / 1000) + days * daySeconds,
  } satisfies EntryForm;
}

export function decodeEntry(form: EntryForm): HistoryEntry {
  return { at: form.t, cause: form.c, decisions: form.d.map(decodeDecision) };
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
  } satisfies DecisionForm;
}

function decodeDecision(form: DecisionForm): Decision {
  return {
    field: form.f ?? null,
    action: form.a,
    reason: { rule: form.u, text: form.x },
    ...(form.b === undefined ? {} : { before: form.b }),
    ...(form.n === undefined ? {} : { after: form.n }),
  };
}
