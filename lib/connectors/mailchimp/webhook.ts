/**
 * A webhook is a doorbell: it names the addresses to look at, and nothing else in it is believed.
 * https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/
 *
 * Signed hooks carry `X-Mailchimp-Signature: t=<seconds>,v1=<hex>`, an HMAC-SHA256 of `<t>.<raw body>`.
 * Older hooks cannot sign; for them the last segment of the URL's path is the secret.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type {
  Doorbell,
  FetchTarget,
  VerifyWebhook,
  WebhookRequest,
  WebhookSecrets,
} from '../../ports/app.ts';
import { normalEmail } from './mapping.ts';

const BODY_BYTES_MAX = 64 * 1024;
const TOLERANCE_MS = 5 * 60_000;
/** https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.3 */
const EMAIL_LENGTH_MAX = 254;

/** Where the events keep addresses. A rename names both ends. */
const EMAIL_KEYS = ['data[email]', 'data[old_email]', 'data[new_email]', 'data[merges][EMAIL]'];

export function createVerifyWebhook(audience: string): VerifyWebhook {
  return (request, secrets, nowMs) => {
    // Mailchimp asks by GET whether the endpoint is there before it accepts the hook.
    if (request.method === 'GET' || request.method === 'HEAD') return { kind: 'validation' };
    if (request.method !== 'POST') return refused(405, 'A webhook is a POST');
    if (request.body.byteLength > BODY_BYTES_MAX) return refused(413, 'The body is over 64 kB');
    const distrust = whyDistrusted(request, secrets, nowMs);
    return distrust === null ? readEvent(request.body, audience) : refused(401, distrust);
  };
}

/** Null: it comes from Mailchimp, recently. A request that is signed is judged by its signature alone. */
function whyDistrusted(
  request: WebhookRequest,
  secrets: WebhookSecrets,
  nowMs: number,
): string | null {
  const signature = headerOf(request, 'x-mailchimp-signature');
  // Anybody can sign with nothing.
  const signing = secrets.signing.filter((secret) => secret !== '');
  if (signature !== null && signing.length > 0) {
    return whyForged(signature, request.body, signing, nowMs);
  }
  if (secrets.path === null || secrets.path === '') return 'The request is not signed';
  const segment = request.path.split('/').at(-1) ?? '';
  return isSame(segment, secrets.path) ? null : 'The path does not end in the secret';
}

function whyForged(
  signature: string,
  body: Uint8Array,
  signing: readonly string[],
  nowMs: number,
): string | null {
  const parts = parseSignature(signature);
  if (parts === null) return 'The signature is malformed';
  if (Math.abs(nowMs - parts.seconds * 1000) > TOLERANCE_MS) {
    return 'The signature is older than five minutes, or from the future';
  }
  // Every secret is tried, so that the time taken does not tell which one was nearly right.
  const matches = signing.filter((secret) => {
    const expected = createHmac('sha256', secret).update(`${parts.t}.`).update(body).digest('hex');
    return parts.hashes.filter((hash) => isSame(hash, expected)).length > 0;
  });
  return matches.length > 0 ? null : 'The signature does not fit the body';
}

interface Signature {
  readonly t: string;
  readonly seconds: number;
  readonly hashes: readonly string[];
}

function parseSignature(header: string): Signature | null {
  const pairs = header.split(',').map((part) => part.trim().split('='));
  const t = pairs.find(([name]) => name === 't')?.[1] ?? '';
  const hashes = pairs.flatMap(([name, value]) => (name === 'v1' && value ? [value] : []));
  const isWhole = /^\d{1,12}$/.test(t) && hashes.length > 0 && hashes.length <= 8;
  return isWhole ? { t, seconds: Number(t), hashes } : null;
}

/** Equal digests, compared in constant time whatever the lengths. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function headerOf(request: WebhookRequest, name: string): string | null {
  const found = Object.entries(request.headers).find(([key]) => key.toLowerCase() === name);
  return found?.[1] ?? null;
}

function readEvent(body: Uint8Array, audience: string): Doorbell {
  const form = new URLSearchParams(Buffer.from(body).toString('utf8'));
  if (form.get('type') === null) return refused(400, 'The body is no webhook form');
  if (form.get('data[list_id]') !== audience) {
    return refused(400, 'The webhook belongs to another audience');
  }
  return { kind: 'ring', look: addressesIn(form) };
}

function addressesIn(form: URLSearchParams): readonly FetchTarget[] {
  const found = EMAIL_KEYS.map((key) => normalEmail(form.get(key) ?? ''));
  const plausible = found.filter(
    (email) => email.includes('@') && email.length <= EMAIL_LENGTH_MAX,
  );
  return [...new Set(plausible)].map((match) => ({ remoteId: null, match }));
}

const refused = (status: number, reason: string): Doorbell => ({ kind: 'refused', status, reason });
