/** The Meta connector replacing everybody in the simulated audience, under the vendor's rules for sessions. */
import type { LedgerRow } from '../../lib/engine/ledger.ts';
import type { Replace } from '../../lib/ports/ledger.ts';
import { mail, minuteMs } from './meta-simulator-world.ts';
import { startConnector, type ConnectorWorld } from './meta-connector-world.ts';

const budget = { remainingMs: () => 30_000 };

describe('the Meta connector, replacing everybody', () => {
  let world: ConnectorWorld;
  let replace: Replace;

  beforeEach(async () => {
    world = await startConnector({ paths: ['EMAIL', 'FN', 'EXTERN_ID'] });
    const given = world.ledger.replace;
    if (given === undefined) throw new Error('the connector replaces nobody');
    replace = given;
    await world.add(['EMAIL'], [[mail('stranger')]]);
  });

  afterEach(async () => {
    await world.stop();
  });

  const rows = (...names: readonly string[]): readonly LedgerRow[] =>
    names.map((name) => world.row({ EMAIL: `${name}@trivet.test`, EXTERN_ID: `crm-${name}` }));
  const batch = (seq: number, isLast: boolean, ...names: readonly string[]) =>
    replace.send({ session: 77, seq, isLast, rows: rows(...names), invalidBefore: 0 }, budget);
  const emails = async () =>
    (await world.members()).map((member) => String(member['EMAIL'])).toSorted();

  test('empties the audience with the first batch and fills it with all of them', async () => {
    expect(await replace.mayBegin(budget)).toEqual({ kind: 'ok', value: true });
    expect(await replace.hasBegun(77, budget)).toEqual({ kind: 'ok', value: false });
    const taken = { kind: 'applied', isClean: true, invalid: 0 };
    expect(await batch(1, false, 'ada', 'bob')).toEqual(taken);
    expect(await replace.hasBegun(77, budget)).toEqual({ kind: 'ok', value: true });
    expect(await batch(3, false, 'cid')).toEqual(taken);
    // A batch whose answer was lost comes again.
    expect(await batch(3, false, 'cid')).toEqual(taken);
    expect(await batch(4, true, 'dan')).toEqual(taken);
    expect(await emails()).toEqual(['ada', 'bob', 'cid', 'dan'].map(mail).toSorted());
    expect(JSON.stringify(await world.members())).not.toContain('crm-');
  });

  test('says that nothing else is taken meanwhile, and for how long to wait', async () => {
    await batch(1, false, 'ada');
    const [outcome] = await world.send({ put: rows('bob')[0] ?? null });
    expect(outcome).toMatchObject({ kind: 'retry', scope: 'app', afterMs: 60_000 });
    expect(await replace.mayBegin(budget)).toMatchObject({ kind: 'retry', scope: 'app' });
    expect(await batch(1, false, 'bob')).toMatchObject({ kind: 'retry', scope: 'app' });
  });

  test('is over after 90 minutes, and what was uploaded stays', async () => {
    await batch(1, false, 'ada');
    world.clock.ms += 91 * minuteMs;
    expect(await batch(2, true, 'bob')).toMatchObject({ kind: 'over' });
    expect(await emails()).toEqual([mail('ada')]);
    expect(await world.send({ put: rows('bob')[0] ?? null })).toEqual([{ kind: 'applied' }]);
  });

  test('is over when its last batch has come, and when its first has not', async () => {
    expect(await batch(2, false, 'ada')).toMatchObject({ kind: 'over' });
    await batch(1, true, 'ada');
    expect(await batch(2, true, 'bob')).toMatchObject({ kind: 'over' });
    expect(await emails()).toEqual([mail('ada')]);
  });

  test('counts what was found invalid in the whole session', async () => {
    const bad = { ids: ['x'], digest: 'x', cells: ['no hash', '', ''] };
    const send = (seq: number, given: readonly LedgerRow[], invalidBefore: number) =>
      replace.send({ session: 77, seq, isLast: false, rows: given, invalidBefore }, budget);
    expect(await send(1, [...rows('ada'), bad], 0)).toMatchObject({ isClean: false, invalid: 1 });
    expect(await send(2, rows('bob'), 1)).toMatchObject({ isClean: true, invalid: 1 });
    expect(await send(3, [bad], 1)).toMatchObject({ isClean: false, invalid: 2 });
  });

  test('does not begin in an audience with a warning, and halts where it is too large', async () => {
    const { audienceId } = world.simulator;
    await world.control('POST', `/audiences/${audienceId}`, { operation_status: 411 });
    expect(await replace.mayBegin(budget)).toEqual({ kind: 'ok', value: false });
    await world.control('POST', `/audiences/${audienceId}`, { operation_status: null });
    await world.add(['EMAIL'], [[mail('second')]]);
    await world.control('POST', '/settings', { replaceMembersMax: 1 });
    expect(await batch(1, true, 'ada')).toMatchObject({
      kind: 'halted',
      reason: expect.stringContaining('too large to be replaced') as string,
    });
  });
});
