/**
 * The receipt of an erasure: what was removed, where and when, and nothing that names the person but a keyed hash. It is
 * signed with a key made of the secret that Trivet owns, so whoever has the installation can tell it from a forged one.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../engine/fingerprint.ts';
import type { Json } from '../engine/value.ts';
import type { Erasure } from '../ports/state.ts';

export interface ReceiptPart {
  readonly sync: string;
  readonly app: string;
  readonly order: string;
  /** Null: it is not done yet. */
  readonly doneAt: string | null;
  readonly removed: Readonly<Record<string, { readonly state: string; readonly at: string }>>;
  readonly problem: string | null;
}

export interface Receipt {
  readonly kind: 'trivet erasure';
  readonly version: 1;
  readonly target: string;
  /** Keyed hash of the key or address that was named. */
  readonly subject: string;
  readonly by: string;
  readonly orderedAt: string;
  readonly isComplete: boolean;
  readonly parts: readonly ReceiptPart[];
  readonly outOfReach: readonly string[];
}

export type SignedReceipt = Receipt & { readonly signature: string };

/** Said in every receipt: what no command can take back. */
export const OUT_OF_REACH = [
  'backups of the CRM’s database, and point-in-time recovery of the state tables (35 days)',
  'messages in the dead-letter queues, up to 14 days',
  'logs until their retention ends; they hold keys and field names, never values',
  'what the app itself keeps: its archives, reports and backups, by its own terms',
  'files that people made: kept plans, exports, printed histories',
];

const keyOf = (secret: string, use: string): Buffer =>
  createHmac('sha256', secret).update(`trivet erasure ${use}`).digest();

export const hashSubject = (secret: string, named: string): string =>
  createHmac('sha256', keyOf(secret, 'subject')).update(named.trim().toLowerCase()).digest('hex');

export const partOf = (sync: string, app: string, erasure: Erasure): ReceiptPart => ({
  sync,
  app,
  order: erasure.id,
  doneAt: erasure.doneAt === null ? null : timeOf(erasure.doneAt),
  removed: Object.fromEntries(
    Object.entries(erasure.steps).map(([step, { state, at }]) => [step, { state, at: timeOf(at) }]),
  ),
  problem: erasure.problem,
});

const timeOf = (at: number): string => new Date(at).toISOString();

export const signReceipt = (secret: string, receipt: Receipt): SignedReceipt => ({
  ...receipt,
  signature: signatureOf(secret, receipt),
});

const signatureOf = (secret: string, receipt: Receipt): string =>
  createHmac('sha256', keyOf(secret, 'receipt'))
    .update(canonicalJson(receipt as unknown as Json))
    .digest('hex');

/** Any text: what was changed in it, or never was a receipt, is not one. */
export function isGenuine(secret: string, text: string): boolean {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    return false;
  }
  if (typeof told !== 'object' || told === null || !('signature' in told)) return false;
  const { signature, ...receipt } = told as SignedReceipt;
  if (typeof signature !== 'string') return false;
  const wanted = Buffer.from(signatureOf(secret, receipt));
  const given = Buffer.from(signature);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
