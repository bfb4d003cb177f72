/** The company's webhooks through the connector: made with our secret, subscribed, found again and taken away. */
import { verifyWebhook } from '../../lib/connectors/dialpad/webhook.ts';
import { startReceiver } from '../support/webhook-receiver.ts';
import { startConnectorWorld, valueOf } from './dialpad-connector-world.ts';
import type { ConnectorWorld } from './dialpad-connector-world.ts';
import type { WebhookOutcome } from '../../lib/ports/webhooks.ts';
import type { Outcome } from '../../lib/ports/outcome.ts';

const okOf = <T>(outcome: WebhookOutcome<T>): T => valueOf(outcome as Outcome<T>);

describe('the webhooks of a Dialpad company', () => {
  let world: ConnectorWorld;

  beforeEach(async () => {
    world = await startConnectorWorld();
  });

  afterEach(async () => {
    await world.stop();
  });

  test('one that is made rings for a person’s edit, by a token that only its secret makes', async () => {
    const receiver = await startReceiver();
    try {
      const registry = world.webhooks();
      const made = okOf(await registry.register(receiver.url, world.budget));
      expect(made).toMatchObject({ events: ['contact'], isSigned: true, url: receiver.url });
      const [id] = world.dialpad.simulator.seedContacts([{ first_name: 'Ada', last_name: 'L' }]);
      await world.dialpad.person('edit', { id, set: { job_title: 'Countess' } });
      const [event] = await receiver.waitFor(1);
      const request = {
        method: 'POST',
        path: '/',
        headers: {},
        body: Buffer.from(event?.body ?? ''),
      };
      const look = (signing: string) =>
        verifyWebhook(request, { signing: [signing], path: null }, world.dialpad.clock.ms);
      expect(look(made.signingSecret ?? '')).toMatchObject({
        kind: 'ring',
        look: [{ remoteId: id }],
      });
      expect(look('another')).toMatchObject({ kind: 'refused', status: 401 });
    } finally {
      await receiver.stop();
    }
  });

  test('are listed with what rings them, and never with their secret', async () => {
    const registry = world.webhooks();
    const made = okOf(await registry.register('https://example.test/hook', world.budget));
    await world.dialpad.api('POST', '/webhooks', { hook_url: 'https://other.test/' });
    const listed = okOf(await registry.list(world.budget));
    expect(listed).toEqual([
      { id: made.id, url: 'https://example.test/hook', events: ['contact'], isSigned: true },
      { id: expect.any(String) as string, url: 'https://other.test/', events: [], isSigned: false },
    ]);
    expect(JSON.stringify(listed)).not.toContain(made.signingSecret);
  });

  test('are removed with their subscription, once and again', async () => {
    const registry = world.webhooks();
    const made = okOf(await registry.register('https://example.test/hook', world.budget));
    expect(okOf(await registry.remove(made.id, world.budget))).toBeNull();
    expect(okOf(await registry.remove(made.id, world.budget))).toBeNull();
    const { body } = await world.dialpad.api('GET', '/subscriptions/contact');
    expect([okOf(await registry.list(world.budget)), body['items'] ?? []]).toEqual([[], []]);
  });

  test('a subscription that is refused leaves no webhook behind that never rings', async () => {
    await world.dialpad.settings({ permission: 'contacts' });
    const registry = world.webhooks();
    expect(await registry.register('https://example.test/hook', world.budget)).toMatchObject({
      kind: 'halted',
    });
    await world.dialpad.settings({ permission: 'admin' });
    expect(okOf(await registry.list(world.budget))).toEqual([]);
  });
});
