/**
 * The door: a webhook or the CRM rings, and a message goes to the pulls. Nothing in the request is
 * ever data; at most it names records to look at. Refusals change nothing and are counted.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Json } from '../engine/value.ts';
import type { RungTarget, VerifyWebhook, WebhookRequest, WebhookSecrets } from '../ports/app.ts';
import type { Log } from '../ports/log.ts';
import type { NamedTarget, PullQueue } from '../ports/messages.ts';

/** How an app's webhooks are verified, and which sync they wake. */
export interface AppDoor {
  readonly verify: VerifyWebhook;
  readonly sync: string;
  /** Of what a record shows; where it is missing, what an event says of that is left out. */
  readonly digestOf?: (shows: Readonly<Record<string, Json>>) => string;
}

export interface Door {
  readonly apps: ReadonlyMap<string, AppDoor>;
  readonly syncs: ReadonlySet<string>;
  readonly queue: PullQueue;
  readonly log: Log;
  readonly secretsOf: (app: string) => WebhookSecrets;
  readonly doorbellKey: string;
  readonly now: () => number;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * `t=<seconds>,v1=<hex>`: the HMAC-SHA256 of `<seconds>.<sync>.<body>`, good for five minutes and for that sync. Or
 * `sha256=<hex>`, that of the body alone: whoever has seen one may ring again with it, and that costs a look.
 */
export const DOORBELL_HEADER = 'x-trivet-signature';
const DOORBELL_BODY_MAX_BYTES = 64 * 1024;
const TOLERANCE_MS = 5 * 60_000;
const NAMES_MAX = 100;

/** Also what a door says whose secrets were read before a webhook was registered. */
const UNTRUSTED = 401;

/**
 * `reopen` gives the door with secrets read anew, or the same door when that was done a moment ago: a
 * webhook registered just now signs with a secret we have not seen. Each request is counted once.
 */
export async function answerDoor(
  door: Door,
  request: WebhookRequest | Refused,
  reopen: () => Promise<Door> = () => Promise.resolve(door),
): Promise<Answer> {
  const first = await answerRequest(door, request);
  const again = first.status === UNTRUSTED ? await reopen() : door;
  const answer = again === door ? first : await answerRequest(again, request);
  if ('reason' in answer) {
    const { status, reason } = answer;
    door.log.warn('refused a request', { status, reason });
    door.log.count('webhook.refused', 1);
    return { status, body: JSON.stringify({ error: reason }) };
  }
  return answer;
}

/** What is not let in, whoever decided it. */
export interface Refused {
  readonly status: number;
  /** Sent back and logged, so it repeats nothing of the request: paths hold secrets, and senders choose their texts. */
  readonly reason: string;
}

type Answered = Answer | Refused;

async function answerRequest(door: Door, request: WebhookRequest | Refused): Promise<Answered> {
  if ('reason' in request) return request;
  const [, kind, name = ''] = request.path.split('/');
  if (kind === 'doorbell') return ringFromCrm(door, name, request);
  if (kind === 'webhooks') return ringFromApp(door, name, request);
  return refuse(404, 'no such path');
}

async function ringFromCrm(door: Door, sync: string, request: WebhookRequest): Promise<Answered> {
  if (!door.syncs.has(sync)) return refuse(404, 'no such sync');
  if (request.method !== 'POST') return refuse(405, 'a ring is a POST');
  if (request.body.byteLength > DOORBELL_BODY_MAX_BYTES) return refuse(413, 'body too large');
  const distrust = whyForged(door, sync, request);
  if (distrust !== null) return refuse(401, distrust);
  await door.queue.sendPull([{ kind: 'ring', sync, source: 'crm' }]);
  door.log.count('doorbell.rung', 1);
  return { status: 202, body: '' };
}

function whyForged(door: Door, sync: string, { headers, body }: WebhookRequest): string | null {
  const given = headers[DOORBELL_HEADER] ?? '';
  const [, seconds] = /^t=(\d{1,12}),v1=/.exec(given) ?? [];
  const hmac = createHmac('sha256', door.doorbellKey);
  const isDated = seconds !== undefined;
  if (isDated) hmac.update(`${seconds}.${sync}.`);
  const hex = hmac.update(body).digest('hex');
  if (!isSame(given, isDated ? `t=${seconds},v1=${hex}` : `sha256=${hex}`))
    return 'signature missing or wrong';
  const isPast = isDated && Math.abs(door.now() - Number(seconds) * 1000) > TOLERANCE_MS;
  return isPast ? 'signature older than five minutes, or from the future' : null;
}

async function ringFromApp(door: Door, app: string, request: WebhookRequest): Promise<Answered> {
  const known = door.apps.get(app);
  if (known === undefined) return refuse(404, 'no such app');
  const bell = known.verify(request, door.secretsOf(app), door.now());
  switch (bell.kind) {
    case 'refused':
      return refuse(bell.status, bell.reason);
    case 'validation':
      return { status: 200, body: '' };
    case 'ring': {
      const { sync } = known;
      const look = bell.look.slice(0, NAMES_MAX).map((target) => nameOf(known, target));
      await door.queue.sendPull([
        { kind: 'ring', sync, source: app },
        ...(look.length > 0 ? [{ kind: 'look' as const, sync, look }] : []),
      ]);
      door.log.count('webhook.rung', 1);
      return { status: 200, body: '' };
    }
  }
}

function nameOf({ digestOf }: AppDoor, { shows, ...target }: RungTarget): NamedTarget {
  if (shows === undefined || digestOf === undefined) return target;
  return { ...target, digest: digestOf(shows) };
}

const refuse = (status: number, reason: string): Refused => ({ status, reason });

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
