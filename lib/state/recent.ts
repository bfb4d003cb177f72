/**
 * What was decided lately, in the order of time. History lies by record, so that `explain` reads one; this is one
 * small item per page beside it, gone after a day, so that somebody who watches a sync reads a few items and
 * not a table. At most one unit to write: it holds counts, and as many decisions as fit.
 */
import { createHash } from 'node:crypto';
import type { Action, CrmKey, Decision } from '../engine/model.ts';
import type { HistoryEntry, RecentDecision, RecentPage } from '../ports/state.ts';
import { fromItem, requireText, toItem, type Item } from './attribute.ts';
import { readQuery } from './pages.ts';
import { itemRevision, requireKnownRevision } from './revision.ts';
import type { Connection } from './sending.ts';
import { recentPartition, timeText } from './table-keys.ts';

/** Key, field (or nothing), action, text. */
type SampleForm = readonly [key: string, field: string, action: Action, text: string];

interface PageForm {
  readonly t: number;
  readonly c: string;
  /** Records. */
  readonly n: number;
  readonly a: Readonly<Partial<Record<Action, number>>>;
  readonly s: readonly SampleForm[];
  readonly g: number;
  /** Epoch seconds. */
  readonly ttl: number;
}

const daySeconds = 86_400;
/** A write unit is 1 KB; what stands around the samples needs some 250 bytes of it. */
const sampleBytesMax = 700;
const textMax = 160;

type Entry = { readonly key: CrmKey; readonly entry: HistoryEntry };

export function recentItem(sync: string, entries: readonly Entry[]): Item {
  const at = Math.max(...entries.map(({ entry }) => entry.at));
  const actions: Partial<Record<Action, number>> = {};
  for (const { action } of entries.flatMap(({ entry }) => entry.decisions)) {
    actions[action] = (actions[action] ?? 0) + 1;
  }
  const form = toItem({
    t: at,
    c: entries[0]?.entry.cause ?? '',
    n: entries.length,
    a: actions,
    s: samplesOf(entries),
    g: itemRevision,
    ttl: Math.floor(at / 1000) + daySeconds,
  } satisfies PageForm);
  const digest = createHash('sha256').update(JSON.stringify(form)).digest('base64url');
  const sk = `${timeText(at)}#${digest.slice(0, 12)}`;
  return { ...toItem({ pk: recentPartition(sync), sk }), ...form };
}

/** What was written or parked says more than what was agreed on. */
function samplesOf(entries: readonly Entry[]): readonly SampleForm[] {
  const all = entries.flatMap(({ key, entry }) =>
    entry.decisions.map((decision) => [isTelling(decision), sampleOf(key, decision)] as const),
  );
  const ordered = [...all.filter(([telling]) => telling), ...all.filter(([telling]) => !telling)];
  const samples: SampleForm[] = [];
  let bytes = 0;
  for (const [, sample] of ordered) {
    bytes += Buffer.byteLength(JSON.stringify(sample));
    if (bytes > sampleBytesMax) break;
    samples.push(sample);
  }
  return samples;
}

const isTelling = ({ action }: Decision): boolean => action !== 'agree' && action !== 'leave';

const sampleOf = (key: CrmKey, { field, action, reason }: Decision): SampleForm => [
  key,
  field ?? '',
  action,
  reason.text.slice(0, textMax),
];

export async function readRecent(
  connection: Connection,
  { table, now }: { readonly table: string; readonly now: () => number },
  { sync, since, limit }: { sync: string; since: number; limit: number },
): Promise<readonly RecentPage[]> {
  const query = {
    TableName: table,
    ConsistentRead: true,
    ScanIndexForward: false,
    KeyConditionExpression: 'pk = :pk AND sk >= :since',
    ExpressionAttributeValues: toItem({ ':pk': recentPartition(sync), ':since': timeText(since) }),
  };
  const items = await readQuery(connection, query, limit);
  const nowSeconds = now() / 1000;
  return items.map(formOfItem).flatMap((form) => (form.ttl > nowSeconds ? [decodePage(form)] : []));
}

function formOfItem(item: Item): PageForm {
  const form = fromItem(item) as unknown as PageForm;
  requireKnownRevision({ pk: requireText(item, 'pk'), sk: requireText(item, 'sk') }, form.g);
  return form;
}

const decodePage = ({ t, c, n, a, s }: PageForm): RecentPage => ({
  at: t,
  cause: c,
  records: n,
  actions: a,
  samples: s.map(
    ([key, field, action, text]): RecentDecision => ({
      key: key as CrmKey,
      field: field === '' ? null : field,
      action,
      text,
    }),
  ),
});
