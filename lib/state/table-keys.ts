/**
 * Where each kind of item lives. Pure, and fixed for ever: another layout would not find what is stored.
 *
 * State table: keys pk (S) and sk (S); global index `inbox` with keys ipk (S) and isk (S), projection
 * KEYS_ONLY (so that the update of a parked record costs no write in the index).
 *
 *   item              pk                           sk
 *   record            <sync>#<bucket 00..63>       CRM key
 *   reverse link      <sync>#link#<bucket>         remote id
 *   blocked record    <sync>#blocked#<blocker's key> the blocked record's key
 *   unmatched         <sync>#unmatched#<shard 0..7> remote id
 *   checkpoint        <sync>#control               checkpoint
 *   health            <sync>#control               health
 *   brakes            <sync>#control               brakes
 *   waiting note      <sync>#control               waiting
 *   digest            <sync>#digest#<bucket>       remote id
 *   spilled slice     <sync>#spill#<bucket>        its number, 6 digits
 *   of a sweep        <sync>#spill-<shelf>#<bucket> its number, 6 digits
 *   planned row       <sync>#planned#<shard 0..7>  remote id
 *   holder            <sync>#holder#<identifier>   CRM key; of an app that is only listed the id of a stranger
 *   tombstone         #tombstone#<bucket>          keyed hash of a name
 *   tombstone key     #installation                tombstone-key
 *   rate of calls     #rates                       <vendor>/<whom it counts>/<which calls>
 *
 *   inbox index       ipk <sync>#waiting#<shard>   isk due time, 16 digits
 *                     ipk <sync>#parked#<shard>    isk the record's sk
 *
 * History table: keys pk (S) and sk (S), time to live in `ttl`.
 *
 *   history           <sync>#<CRM key>             time, 16 digits, # and a digest of the entry
 *   recent page       <sync>#~recent               time, 16 digits, # and a digest of the page
 *   plan's page       <sync>#~plan                 the page's name
 *
 * A sync's name is escaped, so it holds no '#' and is not empty; what starts with '#' belongs to the
 * installation. 64 buckets keep every partition far below what one can write in a second; eight shards
 * do so for the index, because a hot index partition throttles the writes of its table.
 */
import { createHash } from 'node:crypto';
import type { Shelf, Slice } from '../ports/digests.ts';

export const inboxIndexName = 'inbox';
export const bucketCount = 64;
export const shardCount = 8;

export const inboxKinds = ['waiting', 'parked'] as const;
export type InboxKind = (typeof inboxKinds)[number];

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** A sort key holds 1 to 1024 bytes; the digest and its mark need 66 of them. */
const sortTextBytesMax = 900;
const literalMark = '~=';
const digestMark = '~#';

/**
 * An id as a sort key. Nearly always the id itself, so that a walk goes in key order; an empty one, and
 * one that looks like ours, is marked, and one that is too long is replaced by its digest.
 */
export function sortText(id: string): string {
  if (Buffer.byteLength(id) > sortTextBytesMax) return digestMark + digest(id).toString('hex');
  return id === '' || id.startsWith('~') ? literalMark + id : id;
}

/** The id behind a sort key, or null when only its digest is there. */
export function idOfSortText(text: string): string | null {
  if (text.startsWith(digestMark)) return null;
  return text.startsWith(literalMark) ? text.slice(literalMark.length) : text;
}

export function recordKey(sync: string, key: string): ItemKey {
  return recordKeyOfSortText(sync, sortText(key));
}

export function recordKeyOfSortText(sync: string, sk: string): ItemKey {
  return { pk: recordPartition(sync, bucketOf(sk)), sk };
}

export function recordPartition(sync: string, bucket: number): string {
  return `${prefix(sync)}#${String(bucket).padStart(2, '0')}`;
}

export function linkKey(sync: string, remoteId: string): ItemKey {
  const sk = sortText(remoteId);
  return { pk: `${prefix(sync)}#link#${String(bucketOf(sk)).padStart(2, '0')}`, sk };
}

export function blockedKey(sync: string, blocker: string, blocked: string): ItemKey {
  return { pk: blockedPartition(sync, blocker), sk: sortText(blocked) };
}

export function blockedPartition(sync: string, blocker: string): string {
  return `${prefix(sync)}#blocked#${sortText(blocker)}`;
}

export function unmatchedKey(sync: string, remoteId: string): ItemKey {
  const sk = sortText(remoteId);
  return { pk: unmatchedPartition(sync, bucketOf(sk) % shardCount), sk };
}

export function unmatchedPartition(sync: string, shard: number): string {
  return `${prefix(sync)}#unmatched#${shard}`;
}

export function digestKey(sync: string, remoteId: string): ItemKey {
  const sk = sortText(remoteId);
  return { pk: digestPartition(sync, bucketOf(sk)), sk };
}

export function digestPartition(sync: string, bucket: number): string {
  return `${prefix(sync)}#digest#${String(bucket).padStart(2, '0')}`;
}

export function spillKey(
  sync: string,
  bucket: number,
  { number, shelf }: Pick<Slice, 'number' | 'shelf'>,
): ItemKey {
  return { pk: spillPartition(sync, bucket, shelf), sk: String(number).padStart(6, '0') };
}

export function spillPartition(sync: string, bucket: number, shelf: Shelf): string {
  const name = shelf === 'listing' ? 'spill' : `spill-${shelf}`;
  return `${prefix(sync)}#${name}#${String(bucket).padStart(2, '0')}`;
}

export function plannedKey(sync: string, remoteId: string): ItemKey {
  const sk = sortText(remoteId);
  return { pk: plannedPartition(sync, bucketOf(sk) % shardCount), sk };
}

export function plannedPartition(sync: string, shard: number): string {
  return `${prefix(sync)}#planned#${shard}`;
}

/** An identifier has few holders, so each is a partition of its own. */
export function holderKey(sync: string, id: string, key: string): ItemKey {
  return { pk: holderPartition(sync, id), sk: sortText(key) };
}

export function holderPartition(sync: string, id: string): string {
  return `${prefix(sync)}#holder#${sortText(id)}`;
}

export function controlKey(
  sync: string,
  kind: 'checkpoint' | 'health' | 'brakes' | 'waiting',
): ItemKey {
  return { pk: `${prefix(sync)}#control`, sk: kind };
}

export function tombstoneKeyOf(hashed: string): ItemKey {
  return { pk: `#tombstone#${String(bucketOf(hashed)).padStart(2, '0')}`, sk: hashed };
}

export const rateKey = (name: string): ItemKey => ({ pk: '#rates', sk: sortText(name) });

export const tombstoneSecretKey: ItemKey = { pk: '#installation', sk: 'tombstone-key' };

export function inboxPartition(sync: string, kind: InboxKind, shard: number): string {
  return `${prefix(sync)}#${kind}#${shard}`;
}

/** The shard of a record follows its bucket, so that both spread alike. */
export function inboxShard(sk: string): number {
  return bucketOf(sk) % shardCount;
}

export function historyPartition(sync: string, key: string): string {
  return `${prefix(sync)}#${sortText(key)}`;
}

/** No key's: what starts with '~' is escaped there. */
export function recentPartition(sync: string): string {
  return `${prefix(sync)}#~recent`;
}

/** One partition: few people carry a plan out at once, and each waits for a handful of pages. */
export function planResultKey(sync: string, name: string): ItemKey {
  return { pk: `${prefix(sync)}#~plan`, sk: sortText(name) };
}

/** A time whose text sorts as the time does. 16 digits hold every safe integer. */
export function timeText(ms: number): string {
  const whole = Math.min(Math.max(0, Math.ceil(ms)), Number.MAX_SAFE_INTEGER);
  return String(whole).padStart(16, '0');
}

export function bucketOf(sk: string): number {
  return digest(sk).readUInt8(0) % bucketCount;
}

function prefix(sync: string): string {
  if (sync === '') throw new Error('A sync without a name has no place in the state tables.');
  return encodeURIComponent(sync);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
