/** Webhooks: a doorbell that only the vendor can ring, and that rings once the more it is pressed. */
import type { Doorbell, WebhookRequest, WebhookSecrets } from '../ports/app.ts';
import { claim, claimEqual, type Clause } from './clause.ts';
import { isLacking, type Harness, type WebhookBench } from './harness.ts';
import { hasNo, hasNoClock } from './reasons.ts';

const SECRET = 'the-secret-of-this-hook-0123456789abcdef';
const OTHER = 'another-secret-0123456789abcdef-0123456789';
const AT_MS = Date.UTC(2026, 2, 14, 12, 0, 0);
const HOUR_MS = 3_600_000;

const signed = (...signing: readonly string[]): WebhookSecrets => ({ signing, path: null });

export const WEBHOOKS: readonly Clause[] = [
  clause(
    'webhook',
    'a webhook of the vendor’s rings, also while the secret is being changed',
    (hook) => {
      for (const secrets of [signed(SECRET), signed(OTHER, SECRET), signed(SECRET, OTHER)]) {
        requireRing(hook.verify(hook.sign(SECRET, AT_MS), secrets, AT_MS));
      }
    },
  ),
  clause('webhook-forged', 'one signed with another secret, or not at all, is refused', (hook) => {
    requireRefusal(hook.verify(hook.sign(OTHER, AT_MS), signed(SECRET), AT_MS), 'a forged one');
    requireRefusal(hook.verify(hook.sign('', AT_MS), signed(SECRET), AT_MS), 'an empty secret’s');
    const bare = { ...hook.sign(SECRET, AT_MS), headers: {}, body: Buffer.from('{}') };
    requireRefusal(hook.verify(bare, signed(SECRET), AT_MS), 'an unsigned one');
    for (const secrets of [signed(), signed('')]) {
      requireRefusal(hook.verify(hook.sign('', AT_MS), secrets, AT_MS), 'one without any secret');
    }
  }),
  clause('webhook-altered', 'one of which a single byte was changed is refused', (hook) => {
    const genuine = hook.sign(SECRET, AT_MS);
    const { length } = genuine.body;
    for (const at of [0, Math.floor(length / 3), Math.floor(length / 2), length - 1]) {
      const body = Buffer.from(genuine.body);
      body[at] = (body[at] ?? 0) === 0x61 ? 0x62 : 0x61;
      const answer = hook.verify({ ...genuine, body }, signed(SECRET), AT_MS);
      // The last letter of a base64url signature has bits that mean nothing.
      if (at === length - 1 && answer.kind === 'ring') requireRing(answer);
      else requireRefusal(answer, `one with another byte at ${at}`);
    }
  }),
  clause('webhook-truncated', 'one that was cut short is refused, wherever it was cut', (hook) => {
    const genuine = hook.sign(SECRET, AT_MS);
    for (let end = 0; end < genuine.body.length; end += 7) {
      const cut = { ...genuine, body: genuine.body.subarray(0, end) };
      requireRefusal(hook.verify(cut, signed(SECRET), AT_MS), `one cut at ${end}`);
    }
  }),
  clause(
    'webhook-replayed',
    'the same one again is refused or rings the same bell, and no other',
    (hook) => {
      const genuine = hook.sign(SECRET, AT_MS);
      const first = requireRing(hook.verify(genuine, signed(SECRET), AT_MS));
      const again = hook.verify(genuine, signed(SECRET), AT_MS + 1000);
      if (again.kind !== 'refused') claimEqual(requireRing(again), first, 'whom it names');
    },
  ),
  {
    id: 'webhook-late',
    promise: 'one that was sent again after its time is refused',
    whyNot: (harness) => hasNo('webhook')(harness) ?? hasNoClock(harness),
    prove: async ({ harness }) => {
      const hook = hookOf(harness);
      const genuine = hook.sign(SECRET, AT_MS);
      for (const late of [believedMsOf(hook) + 2000, HOUR_MS, 24 * HOUR_MS]) {
        const answer = hook.verify(genuine, signed(SECRET), AT_MS + late);
        requireRefusal(answer, `one that is ${late} ms old`);
      }
    },
  },
  {
    id: 'webhook-clock',
    promise: 'one from the future is refused, and a clock that is a little off is borne with',
    whyNot: (harness) => hasNo('webhook')(harness) ?? hasNoClock(harness),
    prove: async ({ harness }) => {
      const hook = hookOf(harness);
      const future = hook.sign(SECRET, AT_MS + believedMsOf(hook) + HOUR_MS);
      requireRefusal(hook.verify(future, signed(SECRET), AT_MS), 'one from the future');
      for (const skew of [-5000, 5000]) {
        requireRing(hook.verify(hook.sign(SECRET, AT_MS + skew), signed(SECRET), AT_MS));
      }
    },
  },
  clause('webhook-odd', 'what is no webhook at all is refused, and throws nothing', (hook) => {
    const genuine = hook.sign(SECRET, AT_MS);
    const odd: readonly WebhookRequest[] = [
      { ...genuine, body: new Uint8Array() },
      { ...genuine, body: new Uint8Array(2_000_000) },
      { ...genuine, body: Buffer.from([0xff, 0xfe, 0x00, 0x80]) },
      { ...genuine, method: 'DELETE' },
      {
        ...genuine,
        headers: Object.fromEntries(Object.keys(genuine.headers).map((k) => [k, ''])),
        body: Buffer.from('x'),
      },
    ];
    for (const request of odd) {
      requireRefusal(hook.verify(request, signed(SECRET), AT_MS), `a ${request.method} of junk`);
    }
  }),
];

function clause(id: string, promise: string, prove: (hook: WebhookBench) => void): Clause {
  return {
    id,
    promise,
    whyNot: hasNo('webhook'),
    prove: async ({ harness }) => prove(hookOf(harness)),
  };
}

function hookOf({ webhook }: Harness): WebhookBench {
  if (isLacking(webhook)) throw new Error(webhook.lacks);
  return webhook;
}

function believedMsOf({ believedMs }: WebhookBench): number {
  if (isLacking(believedMs)) throw new Error(believedMs.lacks);
  return believedMs;
}

function requireRing(doorbell: Doorbell): Extract<Doorbell, { kind: 'ring' }>['look'] {
  const why = doorbell.kind === 'refused' ? doorbell.reason : doorbell.kind;
  claim(doorbell.kind === 'ring', `a genuine webhook was not believed: ${why}`);
  claim(doorbell.look.length > 0, 'it names nobody to look at');
  return doorbell.look;
}

function requireRefusal(doorbell: Doorbell, which: string): void {
  claim(doorbell.kind === 'refused', `${which} was answered by ${doorbell.kind}, and not refused`);
  claim(doorbell.status >= 400, `${which} was refused with status ${doorbell.status}`);
}
