/**
 * An event is a doorbell: it names the contact to look at, and nothing else in it is believed.
 *   events    https://developers.dialpad.com/docs/contact-events
 *   signing   https://developers.dialpad.com/docs/event-subscriptions
 *
 * A webhook with a secret sends each event as a JWT (https://www.rfc-editor.org/rfc/rfc7519), signed by HS256 and
 * nothing else: a token that names another algorithm, or none, is forged, whatever its signature looks like. One
 * without a secret sends plain JSON that anybody could send, and is refused.
 *
 * The token has no time and no number, so an old one can be sent again; it then costs one look at one contact. And
 * two edits that leave a contact alike are the same token: whoever drops repeated tokens (`tokenDigest`) may do so
 * for seconds, not for hours, or loses the second edit.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type {
  Doorbell,
  RungTarget,
  VerifyWebhook,
  WebhookRequest,
  WebhookSecrets,
} from '../../ports/app.ts';
import type { RemoteId } from '../../engine/model.ts';
import { observeContact } from './mapping.ts';
import { eventSchema, toldSchema } from './wire.ts';

const BODY_BYTES_MAX = 64 * 1024;
const ID_LENGTH_MAX = 512;
/** Clocks differ. */
const LEEWAY_S = 300;

/** Three parts of base64url, without padding. */
const COMPACT = /^(?<header>[\w-]+)\.(?<payload>[\w-]+)\.(?<signature>[\w-]+)$/;

/** `paths`: what the sync maps; an event says what of it the contact shows. */
export const createVerifyWebhook =
  (paths: readonly string[]): VerifyWebhook =>
  (request, secrets, nowMs) =>
    verify(request, secrets, { nowMs, paths });

/** Names the contact, and nothing else. */
export const verifyWebhook: VerifyWebhook = createVerifyWebhook([]);

interface Reading {
  readonly nowMs: number;
  readonly paths: readonly string[];
}

function verify(request: WebhookRequest, secrets: WebhookSecrets, reading: Reading): Doorbell {
  if (request.method !== 'POST') return refused(405, 'An event is a POST');
  if (request.body.byteLength > BODY_BYTES_MAX) return refused(413, 'The body is over 64 kB');
  const signing = secrets.signing.filter((secret) => secret !== '');
  // As with any secret that does not fit: the door reads them anew. An event that is lost meanwhile is found by the next listing.
  if (signing.length === 0) return refused(401, 'No signing secret is known');
  const token = findToken(request);
  if (token === null) return refused(401, 'The request is not signed: it carries no JWT');
  const distrust = whyForged(token, signing);
  return distrust === null ? readEvent(token.payload, reading) : refused(401, distrust);
}

/** Equal for the same event sent again; null: there is no token in the request. */
export function tokenDigest(request: WebhookRequest): string | null {
  const token = findToken(request);
  return token === null ? null : createHash('sha256').update(token.text).digest('base64url');
}

interface Token {
  readonly text: string;
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

/** The pages say the body is the token; receivers that work also find it as the bearer's. */
function findToken(request: WebhookRequest): Token | null {
  const inBody = Buffer.from(request.body).toString('utf8').trim();
  return parseToken(inBody) ?? parseToken(bearerOf(request));
}

function bearerOf({ headers }: WebhookRequest): string {
  const [, value = ''] =
    Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization') ?? [];
  return /^bearer +(?<token>\S+)$/i.exec(value.trim())?.groups?.['token'] ?? '';
}

function parseToken(text: string): Token | null {
  const { header, payload, signature } = COMPACT.exec(text)?.groups ?? {};
  if (header === undefined || payload === undefined || signature === undefined) return null;
  return { text, header, payload, signature };
}

/** Null: it comes from Dialpad. The algorithm is ours to choose, never the token's. */
function whyForged(token: Token, signing: readonly string[]): string | null {
  if (!isHs256(parseJson(token.header))) return 'The token is not signed by HS256';
  const signed = `${token.header}.${token.payload}`;
  // Every secret is tried, so that the time taken does not tell which one was nearly right.
  const fitting = signing.filter((secret) => {
    const expected = createHmac('sha256', secret).update(signed).digest('base64url');
    return isSame(token.signature, expected);
  });
  return fitting.length > 0 ? null : 'The signature does not fit the token';
}

/** `crit` names extensions that must be understood (RFC 7515 §4.1.11); we understand none. */
function isHs256(header: unknown): boolean {
  if (typeof header !== 'object' || header === null) return false;
  return 'alg' in header && header.alg === 'HS256' && !('crit' in header);
}

/** Equal digests, compared in constant time whatever the lengths. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function readEvent(payload: string, { nowMs, paths }: Reading): Doorbell {
  const told = parseJson(payload);
  const event = eventSchema.safeParse(told);
  if (!event.success) return refused(400, 'The token is good, but it is no event of a contact');
  const { contact, exp, nbf } = event.data;
  const nowS = nowMs / 1000;
  if (exp !== undefined && nowS > exp + LEEWAY_S) return refused(401, 'The token has expired');
  if (nbf !== undefined && nowS < nbf - LEEWAY_S) return refused(401, 'The token is not valid yet');
  return { kind: 'ring', look: targetsOf(contact.id, showsOf(told, paths)) };
}

/** An event whose id cannot be read still says that something has changed. */
function targetsOf(id: string | null, shows: Pick<RungTarget, 'shows'>): readonly RungTarget[] {
  if (id === null || id.length > ID_LENGTH_MAX || /\p{Cc}/u.test(id)) return [];
  return [{ remoteId: id as RemoteId, match: null, ...shows }];
}

/** A deleted contact shows what it was, and an event that leaves something out shows nothing: both are to be looked at. */
function showsOf(told: unknown, paths: readonly string[]): Pick<RungTarget, 'shows'> {
  const event = toldSchema.safeParse(told);
  if (paths.length === 0 || !event.success || event.data.event === 'Deleted') return {};
  return { shows: observeContact(event.data.contact, paths, 0).raw };
}

function parseJson(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

const refused = (status: number, reason: string): Doorbell => ({ kind: 'refused', status, reason });
