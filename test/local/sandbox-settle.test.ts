/** When the sandbox calls itself settled, and that a wait for it ends with everything else. */
import type { Runtime } from '../../lib/local/runtime/runtime.ts';
import { settle, type Settling } from '../../lib/local/sandbox/settle.ts';
import type { PullMessage } from '../../lib/ports/messages.ts';
import { HEALTHY, type StateStore } from '../../lib/ports/state.ts';

const SYNC = 'contacts-news';
const LONG_MS = 10_000;

interface Scene {
  /** Messages in the lane's queue. */
  readonly queued: number;
  /** References the round that was asked for hands on. */
  readonly routed: number;
}

/** Everything that settling asks, answering at once; a ring begins a round. */
function settling({ queued, routed }: Scene, signal: AbortSignal): Settling {
  let beganAt = 0;
  const state = {
    due: () => Promise.resolve([]),
    loadHealth: () => Promise.resolve(HEALTHY),
    loadCheckpoint: () =>
      Promise.resolve({ backfill: null, round: { number: 1, beganAt, routed } }),
  };
  const depths = new Map([['lanes.fifo', { visible: queued, inFlight: 0, delayed: 0 }]]);
  return {
    state: state as unknown as StateStore,
    runtime: { queueDepths: () => depths } as unknown as Runtime,
    queue: {
      sendPull: (messages: readonly PullMessage[]) => {
        expect(messages).toEqual([{ kind: 'ring', sync: SYNC, source: 'settle' }]);
        beganAt = Date.now();
        return Promise.resolve();
      },
    },
    syncs: [SYNC],
    signal,
  };
}

const never = new AbortController().signal;

describe('settling', () => {
  test('is done when nothing is queued and a round that was asked for found nothing', async () => {
    expect(await settle(settling({ queued: 0, routed: 0 }, never), LONG_MS)).toBe(true);
  });

  test.each([
    ['paused', { paused: { since: 1, by: 'ann', reason: null } }],
    ['halted', { halted: { since: 1, reason: 'the key was revoked' } }],
  ])('does not wait for a sync that is %s, whoever waits in it', async (_name, health) => {
    const still = settling({ queued: 0, routed: 1 }, never);
    const state = {
      ...still.state,
      due: () => Promise.resolve(['1']),
      loadHealth: () => Promise.resolve({ ...HEALTHY, ...health }),
    } as unknown as StateStore;
    expect(await settle({ ...still, state }, LONG_MS)).toBe(true);
  });

  test.each([
    ['a message is queued', { queued: 1, routed: 0 }],
    ['rounds still find something', { queued: 0, routed: 1 }],
  ])('is not done in time while %s', async (_name, scene) => {
    expect(await settle(settling(scene, never), 200)).toBe(false);
  });

  test.each([
    ['a message is queued', { queued: 1, routed: 0 }],
    ['rounds still find something', { queued: 0, routed: 1 }],
  ])(
    'is given up when everything stops while %s, however long it was to wait',
    async (_n, scene) => {
      const stopping = new AbortController();
      const waiting = settle(settling(scene, stopping.signal), LONG_MS);
      stopping.abort();
      expect(await waiting).toBe(false);
    },
  );
});
