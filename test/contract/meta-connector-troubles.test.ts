/** The Meta connector in trouble: bad rows among good ones, limits, tokens, terms, versions, and answers that are lost. */
import type { LedgerRow } from '../../lib/engine/ledger.ts';
import { mail } from './meta-simulator-world.ts';
import { startConnector, type ConnectorWorld } from './meta-connector-world.ts';

const budget = { remainingMs: () => 30_000 };

describe('a row Meta takes nothing of', () => {
  const bad = (row: LedgerRow): LedgerRow => ({
    ...row,
    cells: ['not a hash', ...row.cells.slice(1)],
  });

  const among = (world: ConnectorWorld, count: number, isBad: (index: number) => boolean) =>
    Array.from({ length: count }, (_, index) => {
      const row = world.row({ EMAIL: `p${index}@trivet.test` });
      return { put: isBad(index) ? bad(row) : row };
    });

  test.each(['map', 'array'])(
    'is found among 500 by halves and refused alone, with samples as a %s',
    async (samples) => {
      const world = await startConnector();
      await world.control('POST', '/settings', { samples });
      const outcomes = await world.send(...among(world, 500, (index) => index === 321));
      expect(outcomes[321]).toMatchObject({ kind: 'rejected' });
      expect(outcomes.filter(({ kind }) => kind === 'applied')).toHaveLength(499);
      expect(await world.members()).toHaveLength(499);
      // One call with everybody, then halves: never more than two calls for each time it can be halved.
      expect(world.uploads().length).toBeLessThanOrEqual(1 + 2 * 9);
      await world.stop();
    },
  );

  test('costs no more calls than its budget; those not decided wait', async () => {
    const world = await startConnector({ options: { searchCallsMax: 6 } });
    const outcomes = await world.send(...among(world, 400, (index) => index % 40 === 0));
    expect(world.uploads()).toHaveLength(7);
    const waiting = outcomes.filter(({ kind }) => kind === 'retry');
    expect(waiting.length).toBeGreaterThan(0);
    expect(waiting[0]).toMatchObject({ scope: 'record' });
    expect(outcomes[0]?.kind).not.toBe('applied');
    await world.stop();
  });

  test('does not hide behind a batch before it', async () => {
    const world = await startConnector();
    const outcomes = await world.send(
      ...among(world, 20_001, (index) => index === 0 || index === 20_000),
    );
    expect(outcomes.flatMap(({ kind }, index) => (kind === 'applied' ? [] : [index]))).toEqual([
      0, 20_000,
    ]);
    expect(await world.members()).toHaveLength(19_999);
    await world.stop();
  });
});

describe('the Meta connector', () => {
  let world: ConnectorWorld;

  beforeEach(async () => {
    world = await startConnector();
  });

  afterEach(async () => {
    await world.stop();
  });

  const ada = () => world.row({ EMAIL: 'ada@trivet.test' });
  const fault = (body: object) => world.control('POST', '/faults', body);

  test('rests for the minutes Meta asks for', async () => {
    await world.control('POST', '/throttle', { minutes: 6 });
    expect(await world.send({ put: ada() })).toMatchObject([
      { kind: 'retry', scope: 'app', afterMs: 360_000, ambiguous: false },
    ]);
  });

  test('puts nobody in after a removal that was not acknowledged', async () => {
    await fault({ kind: 'error', error: 'throttled', count: 1 });
    const { ids } = ada();
    const bob = world.row({ EMAIL: 'bob@trivet.test' });
    const outcomes = await world.send({ take: ids, put: bob }, { put: ada() });
    expect(outcomes).toMatchObject([{ kind: 'retry' }, { kind: 'retry' }]);
    expect(world.uploads()).toEqual(['DELETE users 1']);
    expect(await world.members()).toEqual([]);
  });

  test('takes a lost answer for what it is, and the same again for the remedy', async () => {
    await fault({ kind: 'reset', count: 1 });
    const [outcome] = await world.send({ put: ada() });
    expect(outcome).toMatchObject({ kind: 'retry', ambiguous: true });
    expect(await world.send({ put: ada() })).toEqual([{ kind: 'applied' }]);
    expect(await world.members()).toHaveLength(1);
  });

  test('sends less at a time where a call is too large', async () => {
    await fault({ kind: 'error', error: 'too-many-parameters', count: 1 });
    const outcomes = await world.send(
      { put: ada() },
      { put: world.row({ EMAIL: 'bob@trivet.test' }) },
    );
    expect(outcomes).toEqual([{ kind: 'applied' }, { kind: 'applied' }]);
    expect(world.uploads()).toEqual(['POST users 2', 'POST users 1', 'POST users 1']);
  });

  const states: readonly (readonly [string, object, RegExp])[] = [
    ['an expired token', { token: 'expired' }, /access to Meta has expired/],
    ['a changed password', { token: 'password' }, /changed their password/],
    ['terms not accepted', { termsAccepted: false }, /terms for custom audiences are not accepted/],
    ['a token without the permission', { permission: 'ads-management-missing' }, /ads_management/],
    ['a dead version', { oldestVersion: 27, newestVersion: 27 }, /has ended version v26\.0/],
  ];

  test.each(states)('halts on %s with a sentence for people', async (_name, settings, sentence) => {
    await world.control('POST', '/settings', settings);
    const [outcome] = await world.send({ put: ada() });
    expect(outcome).toMatchObject({
      kind: 'halted',
      reason: expect.stringMatching(sentence) as string,
    });
    const identified = await world.replica.identify(budget);
    expect(identified).toMatchObject({
      kind: 'halted',
      reason: expect.stringMatching(sentence) as string,
    });
  });

  test('halts on an audience flagged for its integrity, at once and when it is told', async () => {
    const { audienceId } = world.simulator;
    await world.control('POST', `/audiences/${audienceId}`, { operation_status: 471 });
    for (const outcome of [
      await world.replica.identify(budget),
      ...(await world.send({ put: ada() })),
    ]) {
      expect(outcome).toMatchObject({
        kind: 'halted',
        reason: expect.stringContaining('flagged') as string,
      });
    }
  });

  test('tells of a version that was replaced in silence, and once', async () => {
    await world.control('POST', '/settings', {
      oldestVersion: 27,
      newestVersion: 27,
      deadVersion: 'upgrade',
    });
    await world.send({ put: ada() });
    await world.send({ put: ada() });
    expect(world.notices).toEqual([expect.stringContaining('answers v26.0 as v27.0')]);
  });

  test('calls nobody when no time is left', async () => {
    const hurried = await startConnector({ remainingMs: 2_600 });
    const put = hurried.row({ EMAIL: 'ada@trivet.test' });
    expect(await hurried.send({ put })).toMatchObject([{ kind: 'retry', scope: 'budget' }]);
    expect(hurried.exchanges()).toEqual([]);
    await hurried.stop();
  });

  test('repeats nothing of a person in what it says', async () => {
    await fault({ kind: 'error', error: 'invalid-parameter' });
    const outcomes = await world.send({ put: ada() });
    expect(outcomes).toMatchObject([{ kind: 'rejected' }]);
    expect(JSON.stringify(outcomes)).not.toContain(mail('ada'));
  });
});
