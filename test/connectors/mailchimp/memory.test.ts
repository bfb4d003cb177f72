/** What a process remembers between pushes: the audience's merge fields, and how large a batch may be. */
import type { Audience } from '../../../lib/connectors/mailchimp/audience.ts';
import { createBatchSize } from '../../../lib/connectors/mailchimp/bulk.ts';
import { createMergeFieldCache } from '../../../lib/connectors/mailchimp/merge-field-cache.ts';

const budget = { remainingMs: () => 60_000 };

function setup(): {
  readonly cache: ReturnType<typeof createMergeFieldCache>;
  calls: number;
  now: number;
} {
  const state = { calls: 0, now: 0 };
  const audience = {
    id: 'a',
    mergeFields: () => {
      state.calls += 1;
      return Promise.resolve({ kind: 'ok', value: [], beganAt: state.now, vendorBeganAt: null });
    },
  } as unknown as Audience;
  const clock = { now: () => state.now, sleep: () => Promise.resolve() };
  return Object.assign(state, { cache: createMergeFieldCache(audience, clock) });
}

describe('merge fields', () => {
  test('are read once in five minutes', async () => {
    const world = setup();
    await world.cache.read(budget);
    world.now = 5 * 60_000 - 1;
    await world.cache.read(budget);
    expect(world.calls).toBe(1);
    world.now += 1;
    await world.cache.read(budget);
    expect(world.calls).toBe(2);
  });

  test('are read again when Mailchimp disagreed with them', async () => {
    const world = setup();
    await world.cache.read(budget);
    world.cache.forget();
    await world.cache.read(budget);
    expect(world.calls).toBe(2);
  });

  test('are read again for a value without a form, but not for each of many', async () => {
    const world = setup();
    await world.cache.read(budget);
    await world.cache.readFresh(budget);
    expect(world.calls).toBe(1);
    world.now = 20_000;
    await world.cache.readFresh(budget);
    await world.cache.readFresh(budget);
    expect(world.calls).toBe(2);
  });
});

test('batches shrink while Mailchimp does not finish them, to a limit, and grow again', () => {
  const size = createBatchSize();
  const seen = [size.rows()];
  for (let n = 0; n < 5; n += 1) {
    size.note('unfinished');
    seen.push(size.rows());
  }
  for (let n = 0; n < 5; n += 1) {
    size.note('finished');
    seen.push(size.rows());
  }
  expect(seen).toEqual([500, 250, 125, 62, 50, 50, 100, 200, 400, 500, 500]);
});
