/** Webhooks believed too easily, or not at all. */
import { createHmac } from 'node:crypto';
import { isLacking, type Harness } from '../../../lib/conformance/harness.ts';
import type { VerifyWebhook, WebhookRequest } from '../../../lib/ports/app.ts';
import type { Broken } from './broken.ts';

const verifying =
  (change: (real: VerifyWebhook) => VerifyWebhook) =>
  ({ webhook }: Harness): Partial<Harness> =>
    isLacking(webhook) ? {} : { webhook: { ...webhook, verify: change(webhook.verify) } };

const timeOf = ({ headers }: WebhookRequest): number | null => {
  const [, t] = /^t=(\d+),/.exec(Object.values(headers)[0] ?? '') ?? [];
  return t === undefined ? null : Number(t) * 1000;
};

/** The signature a request should have. */
function resign(request: WebhookRequest, secret: string): WebhookRequest {
  const t = Math.floor((timeOf(request) ?? 0) / 1000);
  const hash = createHmac('sha256', secret).update(`${t}.`).update(request.body).digest('hex');
  return { ...request, headers: { 'x-mailchimp-signature': `t=${t},v1=${hash}` } };
}

export const BROKEN_WEBHOOKS: readonly Broken[] = [
  {
    what: 'knows one secret alone while it is being changed',
    breaks: ['webhook'],
    changes: verifying(
      (real) => (request, secrets, nowMs) =>
        real(request, { ...secrets, signing: secrets.signing.slice(0, 1) }, nowMs),
    ),
  },
  {
    what: 'believes whoever signs with something',
    breaks: ['webhook-forged', 'webhook-altered', 'webhook-truncated'],
    changes: verifying((real) => (request, secrets, nowMs) => {
      const [secret = ''] = secrets.signing;
      return real(timeOf(request) === null ? request : resign(request, secret), secrets, nowMs);
    }),
  },
  {
    what: 'lets a replayed webhook name somebody else',
    breaks: ['webhook-replayed'],
    changes: verifying((real) => {
      let count = 0;
      return (request, secrets, nowMs) => {
        const doorbell = real(request, secrets, nowMs);
        count += 1;
        const look = [{ remoteId: null, match: `nobody${count}@mail.test` }];
        return doorbell.kind === 'ring' ? { ...doorbell, look } : doorbell;
      };
    }),
  },
  {
    what: 'believes an old webhook for ever',
    breaks: ['webhook-late', 'webhook-clock'],
    changes: verifying(
      (real) => (request, secrets, nowMs) => real(request, secrets, timeOf(request) ?? nowMs),
    ),
  },
  {
    what: 'bears with no clock but its own',
    breaks: ['webhook-clock'],
    changes: verifying((real) => (request, secrets, nowMs) => {
      const at = timeOf(request);
      return at !== null && Math.abs(at - nowMs) > 1000
        ? { kind: 'refused', status: 401, reason: 'The signature is not of this second.' }
        : real(request, secrets, nowMs);
    }),
  },
  {
    what: 'throws at what is no webhook',
    breaks: ['webhook-odd'],
    changes: verifying((real) => (request, secrets, nowMs) => {
      if (request.method === 'DELETE') throw new Error('What is this?');
      return real(request, secrets, nowMs);
    }),
  },
];
