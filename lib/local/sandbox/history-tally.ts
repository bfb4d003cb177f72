/**
 * What a first sync did, counted from the decisions it wrote down: one history entry per record and round.
 * Reads the history table as a whole, which only a sandbox may do.
 */
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Decision } from '../../engine/model.ts';
import { fromItem, type Item } from '../../state/attribute.ts';
import { decodeEntry } from '../../state/history.ts';

/** Counts of records, from the decisions alone. */
export interface Tally {
  readonly records: number;
  /** The same person was on both sides. */
  readonly linked: number;
  /** Linked, and nothing had to be written. */
  readonly equal: number;
  readonly createdInApp: number;
  readonly createdInCrm: number;
  /** Linked records whose field was written, by CRM column. */
  readonly updatedInApp: Readonly<Record<string, number>>;
  readonly updatedInCrm: Readonly<Record<string, number>>;
}

export interface FirstSync {
  readonly tally: Tally;
  /** Parked records by reason. */
  readonly parked: Readonly<Record<string, number>>;
  readonly unmatched: number;
  readonly tookMs: number;
  /** How many apps were synced; the calls are those to Mailchimp. */
  readonly apps: number;
  readonly apiCalls: number;
  readonly peakConnections: number;
}

export interface HistoryTable {
  /** How many entries there are: records that were decided about, while a first sync runs. */
  count(): Promise<number>;
  tally(): Promise<Tally>;
}

export function createHistoryTable(client: DynamoDBClient, table: string): HistoryTable {
  return {
    count: async () => {
      let count = 0;
      for await (const page of scan(client, table, true)) count += page.count;
      return count;
    },
    tally: async () => {
      const draft = newDraft();
      for await (const page of scan(client, table, false)) {
        for (const item of page.items) take(draft, item);
      }
      return sum(draft);
    },
  };
}

async function* scan(
  client: DynamoDBClient,
  table: string,
  isCount: boolean,
): AsyncGenerator<{ readonly count: number; readonly items: readonly Item[] }> {
  let next: Item | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table,
        // Beside the entries lie pages for people who watch.
        FilterExpression: 'attribute_exists(d)',
        ...(isCount ? { Select: 'COUNT' } : {}),
        ...(next === undefined ? {} : { ExclusiveStartKey: next }),
      }),
    );
    yield { count: page.Count ?? 0, items: page.Items ?? [] };
    next = page.LastEvaluatedKey;
  } while (next !== undefined);
}

interface RecordDraft {
  createdIn: 'app' | 'crm' | null;
  readonly inApp: Set<string>;
  readonly inCrm: Set<string>;
}

type Draft = Map<string, RecordDraft>;

const newDraft = (): Draft => new Map();

function take(draft: Draft, item: Item): void {
  const key = item['pk']?.S ?? '';
  const { d, t, c } = fromItem(item);
  const entry = decodeEntry({ d, t, c } as unknown as Parameters<typeof decodeEntry>[0]);
  const record = draft.get(key) ?? { createdIn: null, inApp: new Set(), inCrm: new Set() };
  draft.set(key, record);
  for (const decision of entry.decisions) note(record, decision);
}

function note(record: RecordDraft, { action, field }: Decision): void {
  if (action === 'create-app') record.createdIn = 'app';
  if (action === 'create-crm') record.createdIn = 'crm';
  if (field === null) return;
  if (action === 'write-app' || action === 'write-both') record.inApp.add(field);
  if (action === 'write-crm' || action === 'write-both') record.inCrm.add(field);
}

function sum(draft: Draft): Tally {
  const records = [...draft.values()];
  const linked = records.filter(({ createdIn }) => createdIn === null);
  return {
    records: records.length,
    linked: linked.length,
    equal: linked.filter(({ inApp, inCrm }) => inApp.size + inCrm.size === 0).length,
    createdInApp: records.filter(({ createdIn }) => createdIn === 'app').length,
    createdInCrm: records.filter(({ createdIn }) => createdIn === 'crm').length,
    updatedInApp: countFields(linked.map(({ inApp }) => inApp)),
    updatedInCrm: countFields(linked.map(({ inCrm }) => inCrm)),
  };
}

function countFields(sets: readonly ReadonlySet<string>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const field of sets.flatMap((set) => [...set])) counts[field] = (counts[field] ?? 0) + 1;
  return counts;
}
