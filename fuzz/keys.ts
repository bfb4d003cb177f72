/** Who holds which key, and whatever was made with one: what has none of that in it must ring nowhere. */
import { createHash, createHmac } from 'node:crypto';
import { parseWebhookSecret } from '../lib/config/webhook-secret.ts';

export const AUDIENCE = '5a9d60c1e3';
export const SYNC = {
  news: 'contacts-news',
  ads: 'contacts-ads',
  calls: 'contacts-calls',
} as const;

export const KEYS = {
  doorbell: 'k-doorbell-5d1f0c7e9b',
  news: ['k-news-now-2b7a', 'k-news-before-91c4'],
  calls: ['k-calls-now-77e0'],
} as const;

/** As it lies in Secrets Manager. */
export const SECRET_TEXT = JSON.stringify({
  doorbell: KEYS.doorbell,
  apps: { news: { signing: KEYS.news, hook: 'hook-1' }, calls: { signing: KEYS.calls } },
});

const parsed = parseWebhookSecret(SECRET_TEXT);
if (!parsed.ok) throw new Error(parsed.reason);
/** The last segment of the path of Mailchimp's unsigned webhooks. */
export const NEWS_PATH = parsed.secret.forApp('news').path ?? '';

/** Nothing of these may be in an answer or a log. */
export const SECRETS = [KEYS.doorbell, ...KEYS.news, ...KEYS.calls, NEWS_PATH];

export const hmac = (key: string, ...parts: readonly (string | Uint8Array)[]): Buffer =>
  parts.reduce((made, part) => made.update(part), createHmac('sha256', key)).digest();

const digestOf = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');

interface Stands {
  /** The bytes it was made for; null: it holds all that it stands for. */
  readonly body: Uint8Array | null;
  /** The sync it was made for; null: any that its key opens. */
  readonly sync: string | null;
  /** When it was made; null: it is good for ever. */
  readonly atMs: number | null;
}

/** What the holders of the keys have made: signatures with what they stand for. */
export class Issued {
  private readonly made = new Map<string, Stands>();

  note(credential: string, stands: Stands): string {
    const body = stands.body === null ? null : Buffer.from(digestOf(stands.body));
    this.made.set(credential, { ...stands, body });
    return credential;
  }

  covers(credential: string, given: { body: Uint8Array; sync: string; nowMs: number }): boolean {
    const stands = this.made.get(credential);
    if (stands === undefined) return false;
    const { body, sync, atMs } = stands;
    if (atMs !== null && Math.abs(given.nowMs - atMs) > TOLERANCE_MS) return false;
    if (sync !== null && sync !== given.sync) return false;
    return body === null || Buffer.from(body).toString() === digestOf(given.body);
  }
}

const TOLERANCE_MS = 5 * 60_000;
