/** `trivet sync --rebuild`: for apps that show nobody, for one sync that writes, and never asked for twice at once. */
import { CommandFailure } from '../../lib/cli/failure.ts';
import { orderRebuild } from '../../lib/cli/order-rebuild.ts';
import { defineTrivet, email, mailchimp, meta, postgres } from '../../lib/config/index.ts';
import {
  createMemoryStore,
  createMemoryState,
  readHealth,
} from '../support/flow-world/memory-state.ts';
import {
  createRunning,
  createStepCounter,
  createWorldClock,
} from '../support/flow-world/running.ts';

const people = {
  match: { email: 'EMAIL' },
  fields: { email: { app: 'EMAIL', type: email(), owner: 'crm' } },
} as const;
const table = { table: 'contacts', key: 'id' };
const config = defineTrivet({
  crm: postgres({ secret: 'crm/database' }),
  apps: {
    news: mailchimp({ audience: 'a1', secret: 'mailchimp' }),
    ads: meta({ audience: '6', secret: 'meta' }),
    looks: meta({ audience: '7', secret: 'meta' }),
  },
  syncs: [
    {
      ...table,
      app: 'news',
      match: { email: 'email_address' },
      fields: { email: { app: 'email_address', type: email(), owner: 'crm' } },
    },
    { ...table, ...people, app: 'ads' },
    { ...table, ...people, app: 'looks', write: false },
  ],
});

describe('a rebuild', () => {
  const memory = createMemoryState();
  const clock = createWorldClock(1_000);
  const never = () => false;
  const fate = { dies: never, between: () => undefined, timeIsUp: never };
  const running = createRunning({ clock, steps: createStepCounter(), fate, skewMs: 0 });
  const queue = { sendPull: () => Promise.resolve(), sendLane: () => Promise.resolve() };
  const target = { config, state: createMemoryStore(memory, running), clock, queue };

  test.each([
    [undefined, /name the sync/],
    ['contacts-news', /shows everybody/],
    ['contacts-looks', /only looks/],
    ['contacts-shop', /There is no sync/],
  ])('of %s is refused with a sentence', async (name, sentence) => {
    const refusal = orderRebuild(target, name);
    await expect(refusal).rejects.toThrow(CommandFailure);
    await expect(orderRebuild(target, name)).rejects.toThrow(sentence);
    expect(readHealth(memory).rebuild).toBeNull();
  });

  test('is noted with who asked, and asked again it is the same one', async () => {
    await orderRebuild(target, 'contacts-ads');
    const first = readHealth(memory).rebuild;
    expect(first).toMatchObject({ stage: 'asked', session: null });
    clock.advance(5_000);
    await orderRebuild(target, 'contacts-ads');
    expect(readHealth(memory).rebuild).toEqual(first);
  });
});
