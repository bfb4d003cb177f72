/** One app's webhook: at the vendor, and its secret where it is read. Against the simulated Mailchimp, through the connector. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CommandFailure } from '../../lib/cli/failure.ts';
import {
  listWebhooks,
  registerWebhook,
  removeWebhooks,
  type Registration,
} from '../../lib/cli/webhook-registration.ts';
import { mailchimp } from '../../lib/config/index.ts';
import { parseWebhookSecret } from '../../lib/config/webhook-secret.ts';
import { createWebhooks } from '../../lib/connectors/registry.ts';
import {
  createMailchimpSimulator,
  type MailchimpSimulator,
  type SimulatorOptions,
} from '../../lib/local/mailchimp/simulator.ts';
import { createMemoryRates } from '../support/rates.ts';

const KEY = 'k'.repeat(48);
const NAME = 'trivet/main/webhooks';

/** Answers the vendor's validation, as the webhook function does. */
let door: Server;
let base: string;
let simulator: MailchimpSimulator;
let stored: Record<string, string>;

beforeAll(async () => {
  door = createServer((_, response) => response.end('{}'));
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
});
afterAll(() => {
  door.close();
  door.closeAllConnections();
});
afterEach(() => simulator.stop());

type Open = Registration & { readonly url: string };

async function open(options: Partial<SimulatorOptions> = {}): Promise<Open> {
  simulator = await createMailchimpSimulator({ seed: 3, audienceId: 'a1', ...options });
  stored = { [NAME]: JSON.stringify({ doorbell: KEY, apps: { ads: { signing: ['x'] } }, own: 1 }) };
  return registration();
}

function registration(url = `${base}/webhooks/news`): Open {
  const { apiKey, baseUrl } = simulator;
  const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
  const app = mailchimp({ audience: 'a1', secret: 'mailchimp' });
  const made = createWebhooks({
    app,
    secret: { apiKey, baseUrl },
    clock,
    rates: createMemoryRates(),
  });
  if (made.kind === 'halted') throw new Error(made.reason);
  return {
    app: 'news',
    registry: made.value,
    url,
    secretName: NAME,
    secrets: {
      read: async (name) => stored[name] ?? '',
      write: async (name, text) => {
        stored[name] = text;
      },
    },
    budget: { remainingMs: () => 60_000 },
  };
}

function secretNow() {
  const parsed = parseWebhookSecret(stored[NAME] ?? '');
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.secret;
}

const signingNow = (): readonly string[] => secretNow().forApp('news').signing;

const addHook = async (url: string): Promise<void> => {
  await fetch(`${simulator.baseUrl}/lists/a1/webhooks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${simulator.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ url, events: { subscribe: true }, sources: { user: true } }),
  });
};

describe('registering', () => {
  test('makes the webhook, keeps its secret with everything else that is kept, and shows it to nobody', async () => {
    const news = await open();
    const told = await registerWebhook(news);
    expect(told).toEqual({
      outcome: 'registered',
      webhook: {
        id: expect.any(String) as string,
        url: news.url,
        isSigned: true,
        events: ['subscribe', 'unsubscribe', 'profile', 'cleaned', 'upemail'],
        isOurs: true,
        isTrusted: true,
      },
    });
    const [secret = ''] = signingNow();
    expect(secret).toHaveLength(64);
    expect(JSON.stringify(told)).not.toContain(secret);
    expect(JSON.parse(stored[NAME] ?? '')).toMatchObject({
      doorbell: KEY,
      own: 1,
      apps: {
        ads: { signing: ['x'] },
        news: { hook: told.webhook.id },
      },
    });
  });

  test('again finds it there and does nothing', async () => {
    const news = await open();
    await registerWebhook(news);
    const before = stored[NAME];
    expect(await registerWebhook(news)).toMatchObject({ outcome: 'there' });
    expect(stored[NAME]).toBe(before);
    expect(await listWebhooks(news)).toHaveLength(1);
  });

  test('makes it anew when its secret was lost, and keeps the one before for what is still on its way', async () => {
    const news = await open();
    const first = await registerWebhook(news);
    const [old] = signingNow();
    // As after a crash between the vendor's answer and our write.
    stored[NAME] = (stored[NAME] ?? '').replace(first.webhook.id, 'another');
    expect(await registerWebhook(news)).toMatchObject({ outcome: 'renewed' });
    expect(signingNow()).toHaveLength(2);
    expect(signingNow()[1]).toBe(old);
    expect(await listWebhooks(news)).toEqual([
      expect.objectContaining({ isOurs: true, isTrusted: true }),
    ]);
  });

  test('takes a secret that a person put there by hand for the one of the webhook that is there', async () => {
    const news = await open();
    await addHook(news.url);
    const byHand = { doorbell: KEY, apps: { news: { signing: ['shown once'] } } };
    stored[NAME] = JSON.stringify(byHand);
    expect(await registerWebhook(news)).toMatchObject({ outcome: 'there' });
  });

  test('moves ours when the tunnel has another address now', async () => {
    const news = await open();
    await registerWebhook(news);
    const moved = registration(`${base}/elsewhere/webhooks/news`);
    expect(await registerWebhook(moved)).toMatchObject({ outcome: 'renewed' });
    expect((await listWebhooks(moved)).map(({ url }) => url)).toEqual([moved.url]);
  });

  test('where the vendor does not sign, the address is the secret, and is shown to nobody', async () => {
    const news = await open({ webhooks: { isSigned: false } });
    const { outcome, webhook } = await registerWebhook(news);
    expect({ outcome, webhook }).toMatchObject({
      outcome: 'registered',
      webhook: { url: `${news.url}/<secret>`, isSigned: false, isTrusted: true },
    });
    const path = secretNow().forApp('news').path ?? '';
    expect(await registerWebhook(news)).toMatchObject({ outcome: 'there' });
    expect(JSON.stringify(await listWebhooks(news))).not.toContain(path);
  });

  test('says in the vendor’s words why an address is not taken, and keeps nothing', async () => {
    await open();
    const before = stored[NAME];
    const nowhere = registration('http://127.0.0.1:9/webhooks/news');
    await expect(registerWebhook(nowhere)).rejects.toThrow(/news: Mailchimp: .*URL/);
    expect(stored[NAME]).toBe(before);
  });

  test('says so when the secret cannot be used, and asks nobody', async () => {
    const news = await open();
    stored[NAME] = '{"doorbell":"short"}';
    const failure = registerWebhook(news);
    await expect(failure).rejects.toThrow(CommandFailure);
    await expect(failure).rejects.toThrow(/cannot be used.*wrong: doorbell/);
  });
});

describe('others’ webhooks', () => {
  test('are listed as theirs and left alone', async () => {
    const news = await open();
    await addHook(`${base}/their/crm`);
    await registerWebhook(news);
    const listed = await listWebhooks(news);
    expect(listed.map(({ url, isOurs }) => [url, isOurs])).toEqual([
      [`${base}/their/crm`, false],
      [news.url, true],
    ]);
    expect(await removeWebhooks(news)).toHaveLength(1);
    expect((await listWebhooks(news)).map(({ url }) => url)).toEqual([`${base}/their/crm`]);
    expect(signingNow()).toEqual([]);
    expect(await removeWebhooks(news)).toEqual([]);
  });
});

test('one that nothing rings any more is made anew', async () => {
  const ours = await open();
  await registerWebhook(ours);
  const { registry } = ours;
  const silent: Open = {
    ...ours,
    registry: {
      ...registry,
      list: async (budget) => {
        const listed = await registry.list(budget);
        if (listed.kind !== 'ok') return listed;
        return { kind: 'ok', value: listed.value.map((webhook) => ({ ...webhook, events: [] })) };
      },
    },
  };
  expect((await registerWebhook(silent)).outcome).toBe('renewed');
  expect((await registerWebhook(ours)).outcome).toBe('there');
});
