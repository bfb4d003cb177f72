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

/** `HMAC-SHA256(key, body)` in hex, as `sha256=<hex>`. */
export const DOORBELL_HEADER = 'x-trivet-signature';
const DOORBELL_BODY_MAX_BYTES = 64 * 1024;
const NAMES_MAX = 100;

/**
 * `reopen` gives the door with secrets read anew, or the same door when that was done a moment ago: a
 * webhook registered just now signs with a secret we have not seen. Each request is counted once.
 */
export async function answerDoor(
  door: Door,
  request: WebhookRequest,
  reopen: () => Promise<Door> = () => Promise.resolve(door),
): Promise<Answer> {
  const first = await answerRequest(door, request);
  const again = first.status === 401 ? await reopen() : door;
  const answer = again === door ? first : await answerRequest(again, request);
  if ('reason' in answer) {
    const { status, reason } = answer;
    door.log.warn('refused a request', { status, reason });
    door.log.count('webhook.refused', 1);
    return { status, body: JSON.stringify({ error: reason }) };
  }
  return answer;
}

type Answered = Answer | { readonly status: number; readonly reason: string };

async function answerRequest(door: Door, request: WebhookRequest): Promise<Answered> {
  const [, kind, name = ''] = request.path.split('/');
  if (kind === 'doorbell') return ringFromCrm(door, name, request);
  if (kind === 'webhooks') return ringFromApp(door, name, request);
  return refuse(404, 'no such path');
}

async function ringFromCrm(door: Door, sync: string, request: WebhookRequest): Promise<Answered> {
  if (!door.syncs.has(sync)) return refuse(404, `no sync “${sync}”`);
  if (request.body.byteLength > DOORBELL_BODY_MAX_BYTES) return refuse(413, 'body too large');
  const given = request.headers[DOORBELL_HEADER] ?? '';
  const expected = `sha256=${createHmac('sha256', door.doorbellKey).update(request.body).digest('hex')}`;
  if (!isSame(given, expected)) return refuse(401, 'signature missing or wrong');
  await door.queue.sendPull([{ kind: 'ring', sync, source: 'crm' }]);
  door.log.count('doorbell.rung', 1);
  return { status: 202, body: '' };
}

async function ringFromApp(door: Door, app: string, request: WebhookRequest): Promise<Answered> {
  const known = door.apps.get(app);
  if (known === undefined) return refuse(404, `no app “${app}”`);
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

const refuse = (status: number, reason: string): Answered => ({ status, reason });

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
