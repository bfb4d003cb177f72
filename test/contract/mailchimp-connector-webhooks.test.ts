/** The audience's webhooks through the connector, every exchange held against the vendor's description. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mailchimp } from '../../lib/config/index.ts';
import { createWebhooks } from '../../lib/connectors/registry.ts';
import type { WebhookOutcome, WebhookRegistry } from '../../lib/ports/webhooks.ts';
import { startConnectorWorld, type ConnectorWorld } from './mailchimp-connector-world.ts';
import { createMemoryRates } from '../support/rates.ts';

let world: ConnectorWorld;
let door: Server;
let asked: string[];

beforeEach(async () => {
  world = await startConnectorWorld();
  asked = [];
  door = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    response.end();
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  door.close();
  door.closeAllConnections();
  await world.stop();
});

const doorUrl = (): string =>
  `http://127.0.0.1:${(door.address() as AddressInfo).port}/webhooks/news`;

function registryOf(audience = world.simulator.audienceId): WebhookRegistry {
  const { apiKey, baseUrl } = world.simulator;
  const made = createWebhooks({
    app: mailchimp({ audience, secret: 's' }),
    secret: { apiKey, baseUrl },
    clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
    rates: createMemoryRates(),
  });
  if (made.kind === 'halted') throw new Error(made.reason);
  return made.value;
}

function valueOf<T>(outcome: WebhookOutcome<T>): T {
  if (outcome.kind !== 'ok') throw new Error(outcome.reason);
  return outcome.value;
}

test('a webhook is made after the vendor asked its address, listed without its secret, and removed', async () => {
  const registry = registryOf();
  const made = valueOf(await registry.register(doorUrl(), world.budget));
  expect(asked).toEqual(['GET /webhooks/news']);
  expect(made).toMatchObject({ url: doorUrl(), isSigned: true });
  expect(made.signingSecret).toHaveLength(64);
  const { signingSecret: _shownOnce, ...listed } = made;
  expect(valueOf(await registry.list(world.budget))).toEqual([listed]);
  expect(await registry.remove(made.id, world.budget)).toEqual({ kind: 'ok', value: null });
  expect(valueOf(await registry.list(world.budget))).toEqual([]);
});

test('says all three sources: people and the account’s users ring, our own writes do not', async () => {
  await registryOf().register(doorUrl(), world.budget);
  const made = world.exchanges.find(({ method }) => method === 'POST');
  expect(made?.requestBody).toMatchObject({
    events: { campaign: false, upemail: true },
    sources: { user: true, admin: true, api: false },
  });
});

test('one that is gone is removed already; an audience that is gone is for a person', async () => {
  expect(await registryOf().remove('0000000000', world.budget)).toEqual({
    kind: 'ok',
    value: null,
  });
  expect(await registryOf('gone').remove('0000000000', world.budget)).toMatchObject({
    kind: 'halted',
  });
  expect(await registryOf('gone').list(world.budget)).toMatchObject({ kind: 'halted' });
});

test('an address that does not answer is refused in the vendor’s words', async () => {
  const refused = await registryOf().register('http://127.0.0.1:9/webhooks/news', world.budget);
  expect(refused).toMatchObject({ kind: 'rejected' });
});
