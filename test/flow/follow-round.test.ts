/** Seeing a round through: which rounds count, when it is over, and what ends it before. */
import {
  AWS_PACE,
  deedsSince,
  followNext,
  MACHINE_PACE,
  runRound,
  type Pace,
  type RoundEnd,
  type RoundProgress,
  type RoundWatch,
} from '../../lib/flow/follow-round.ts';
import type { Checkpoint, Health, RecentPage, StateStore } from '../../lib/ports/state.ts';

type Round = Checkpoint['round'];

const round = (number: number, beganAt: number, routed = 0): Round => ({
  number,
  beganAt,
  endedAt: beganAt + 10,
  routed,
});

interface Moment {
  readonly round?: Round;
  readonly progress?: string | null;
  readonly backfill?: Partial<Checkpoint['backfill']> | null;
  readonly depth?: number;
  readonly halted?: Health['halted'];
  readonly cooling?: Health['cooling'];
  readonly paused?: { readonly by: string };
}

/** A stack whose appearance at each look is told beforehand; the last stays. The clock moves by what is slept. */
function createStory(moments: readonly Moment[], pace: Pace = MACHINE_PACE) {
  let [now, looks] = [1_000, 0];
  const rings: number[] = [];
  const moment = (): Moment => moments[Math.min(looks, moments.length - 1)] ?? {};
  const state = {
    loadCheckpoint: async () => {
      const { round: shown, progress = null, backfill = null } = moment();
      return shown === undefined ? null : ({ round: shown, progress, backfill } as Checkpoint);
    },
    loadHealth: async () => ({
      version: 1,
      cooling: moment().cooling ?? null,
      halted: moment().halted ?? null,
      paused: moment().paused ?? null,
    }),
  } as unknown as StateStore;
  const watch: RoundWatch = {
    sync: 'contacts-news',
    state,
    pace,
    queue: { sendPull: async () => void rings.push(now) },
    depth: async () => moment().depth ?? 0,
    clock: {
      now: () => now,
      sleep: async (ms) => {
        now += ms;
        looks += 1;
      },
    },
  };
  const seen: RoundProgress[] = [];
  const options = {
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    onProgress: (progress: RoundProgress) => void seen.push(progress),
  };
  return { watch, rings, seen, options, run: (): Promise<RoundEnd> => runRound(watch, options) };
}

describe('a round that is asked for', () => {
  test('is the first that began after the ring; one that was under way does not count', async () => {
    const story = createStory([
      { round: round(7, 500) },
      { round: round(8, 900) },
      { round: round(9, 1_200, 3) },
    ]);
    expect(await story.run()).toEqual({ kind: 'done', round: round(9, 1_200, 3), since: 1_000 });
  });

  test('is rung for again when another round may have swallowed the ring', async () => {
    const story = createStory([{ round: round(7, 500) }, { round: round(8, 900) }, {}]);
    const { watch, options } = story;
    await runRound(watch, { ...options, timeoutMs: 300 });
    expect(story.rings).toHaveLength(2);
  });

  test('on AWS is the second from then on, for its clock may differ from ours by more than a round', async () => {
    const moments = [
      { round: round(7, 500) },
      { round: round(8, 9_000_000) },
      { round: round(9, 9_000_100) },
    ];
    const story = createStory(moments, AWS_PACE);
    expect(await story.run()).toMatchObject({ kind: 'done', round: { number: 9 } });
  });

  test('may be the first of all', async () => {
    const story = createStory([
      {},
      { round: round(0, 0), progress: null },
      { round: round(1, 1_300) },
    ]);
    expect(await story.run()).toMatchObject({ kind: 'done', round: { number: 1 } });
  });

  test('is over when no slice is left, the backfill has ended and the lanes are empty', async () => {
    const begun = round(8, 1_100);
    const backfill = { reason: 'first sync', phase: 'app' as const, routed: 500 };
    const story = createStory([
      { round: round(7, 500) },
      { round: begun, progress: 'cursor' },
      { round: begun, backfill, depth: 2 },
      { round: begun, backfill: { ...backfill, phase: 'crm' as const } },
      { round: begun, depth: 1 },
      { round: begun },
    ]);
    expect(await story.run()).toMatchObject({ kind: 'done', since: 1_000 });
    expect(story.seen.map(({ stage }) => stage)).toEqual([
      'waiting',
      'reading',
      'backfill',
      'backfill',
      'lanes',
      // Two looks at the end, for trouble is stored a moment after the round.
      'lanes',
      'lanes',
    ]);
    expect(story.seen[2]).toMatchObject({ backfill, depth: 2 });
  });

  test('on AWS the lanes must look empty for a while: the counts of SQS come late', async () => {
    const begun = { round: round(9, 1_000) };
    const moments = [{ round: round(7, 500) }, begun, { ...begun, depth: 3 }, begun];
    const story = createStory(moments, AWS_PACE);
    await story.run();
    expect(story.seen.filter(({ depth }) => depth === 0).length).toBeGreaterThan(4);
  });

  test('ends when the sync is halted now, or was and stays so after it was asked again', async () => {
    const halted = { since: 1_100, reason: 'the key was revoked' };
    const now = createStory([{ round: round(7, 500) }, { round: round(7, 500), halted }]);
    expect(await now.run()).toEqual({ kind: 'halted', reason: 'the key was revoked' });
    const before = { ...halted, since: 10 };
    const stays = createStory([{ round: round(7, 500), halted: before }]);
    expect(await stays.run()).toMatchObject({ kind: 'halted' });
    const letIn = createStory([
      { round: round(7, 500), halted: before },
      { round: round(8, 1_100) },
    ]);
    expect(await letIn.run()).toMatchObject({ kind: 'done' });
  });

  test('is not done while an end gives trouble, and is not waited for when that does not end', async () => {
    const cooling = { until: 9_000_000, attempts: 2, reason: 'Mailchimp answered 503.' };
    const over = createStory([
      { round: round(7, 500) },
      { round: round(8, 1_100), cooling },
      { round: round(8, 1_100), cooling },
      { round: round(9, 1_300) },
    ]);
    expect(await over.run()).toMatchObject({ kind: 'done', round: { number: 9 } });
    const rested = createStory([
      { round: round(7, 500) },
      { round: round(8, 1_100), cooling: { ...cooling, until: 1_200 } },
      { round: round(8, 1_100), cooling: { ...cooling, until: 1_200 } },
      { round: round(8, 1_100), cooling: { ...cooling, until: 1_200 } },
      { round: round(9, 1_500) },
    ]);
    expect(await rested.run()).toMatchObject({ kind: 'done', round: { number: 9 } });
    expect(rested.rings).toHaveLength(2);
    const stays = createStory([
      { round: round(7, 500) },
      { round: round(8, 1_100), cooling: { ...cooling, attempts: 5 } },
    ]);
    expect(await stays.run()).toEqual({ kind: 'resting', reason: 'Mailchimp answered 503.' });
  });

  test('does not come while a person has paused the sync', async () => {
    const { run } = createStory([{ round: round(7, 500), paused: { by: 'ada' } }]);
    expect(await run()).toEqual({ kind: 'paused', by: 'ada' });
  });

  test('ends when its time is over, or nobody wants to know any more', async () => {
    const { watch, options } = createStory([{ round: round(7, 500) }]);
    expect(await runRound(watch, { ...options, timeoutMs: 1_000 })).toMatchObject({ kind: 'late' });
    const signal = AbortSignal.abort();
    expect(await runRound(watch, { ...options, signal })).toEqual({ kind: 'stopped' });
  });
});

test('whoever follows takes the next round, whoever rang for it, and rings for none', async () => {
  const { watch, rings, options } = createStory([
    { round: round(7, 500) },
    { round: round(8, 600), depth: 1 },
    { round: round(8, 600) },
  ]);
  expect(await followNext(watch, 7, options)).toMatchObject({ kind: 'done', round: { number: 8 } });
  expect(rings).toEqual([]);
});

test('what was decided meanwhile is summed over the pages closed since', async () => {
  const page = (records: number, actions: RecentPage['actions']): RecentPage => ({
    at: 1,
    cause: 'crm',
    records,
    actions,
    samples: [],
  });
  const recent = jest.fn(async () => [
    page(2, { agree: 2, 'write-app': 1 }),
    page(1, { agree: 1 }),
  ]);
  const state = { recent } as unknown as StateStore;
  expect(await deedsSince(state, 'contacts-news', 77)).toEqual({
    records: 3,
    actions: {
      agree: 3,
      'write-app': 1,
    },
    isCut: false,
  });
  expect(recent).toHaveBeenCalledWith('contacts-news', 77, expect.any(Number));
});
