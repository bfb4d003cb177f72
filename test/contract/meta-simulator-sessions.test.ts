/** Uploads in several batches, and replacing everybody at once. */
import { codeOf, mail, minuteMs, startMeta } from './meta-simulator-world.ts';
import type { Answer, Body, MetaWorld } from './meta-simulator-world.ts';

describe('sessions of the simulated Meta', () => {
  let world: MetaWorld;

  beforeEach(async () => {
    world = await startMeta();
  });

  afterEach(async () => {
    await world.stop();
  });

  const rows = (...names: string[]) => names.map((name) => [mail(name)]);
  const part = (batch_seq: number, more: Body = {}): Body => ({
    session_id: 9778993,
    batch_seq,
    last_batch_flag: false,
    ...more,
  });
  const last = (batch_seq: number): Body => part(batch_seq, { last_batch_flag: true });
  const sessions = async (): Promise<readonly Body[]> =>
    (await world.api('GET', '/sessions')).body['data'] as readonly Body[];
  const status = async (): Promise<unknown> =>
    (await world.api('GET', '', { fields: 'operation_status' })).body['operation_status'];

  describe('of adding', () => {
    const add = async (names: string[], session: Body) =>
      world.add(['EMAIL'], rows(...names), { session });

    test('count what was received so far, and end with the last batch', async () => {
      const first = await add(['a', 'b'], part(1, { estimated_num_total: 3 }));
      expect(first.body).toMatchObject({ session_id: 9778993, num_received: 2 });
      expect(await sessions()).toMatchObject([{ stage: 'uploading', end_time: '0' }]);
      expect((await add(['c'], last(2))).body['num_received']).toBe(3);
      expect(await sessions()).toEqual([
        {
          session_id: '9778993',
          start_time: '1791979200',
          end_time: '1791979200',
          num_received: '3',
          num_matched: '3',
          num_invalid_entries: '0',
          progress: '100',
          stage: 'done',
        },
      ]);
      expect((await world.api('GET', '/sessions', { session_id: '1' })).body['data']).toEqual([]);
    });

    test('take a repeated batch without counting it again', async () => {
      await add(['a'], part(1));
      expect((await add(['a'], part(1))).body['num_received']).toBe(1);
      await add(['b'], last(2));
      expect((await add(['b'], last(2))).body['num_received']).toBe(2);
      expect(await world.members()).toHaveLength(2);
    });

    test.each([
      ['start later than with 1', part(2)],
      ['have no number', { last_batch_flag: true, batch_seq: 1 }],
      ['be negative', part(1, { session_id: -5 })],
      ['be longer than 64 bits', part(1, { session_id: '9223372036854775808' })],
      ['have batch 0', part(0)],
      ['be a text', 'x' as unknown as Body],
    ])('must not %s', async (_name, session) => {
      expect(codeOf(await add(['a'], session))).toEqual([100]);
      expect(await world.members()).toEqual([]);
    });

    test('must not skip a batch, change the schema, or be another upload’s', async () => {
      await add(['a'], part(1));
      expect(codeOf(await add(['c'], part(3)))).toEqual([100]);
      const other = await world.add(['EMAIL', 'FN'], [[mail('b'), '']], { session: part(2) });
      expect(codeOf(other)).toEqual([100]);
      const removal = await world.remove(['EMAIL'], rows('a'), { session: part(2) });
      expect(codeOf(removal)).toEqual([100]);
    });

    test('end ninety minutes after the first batch; what comes later is dropped without a word', async () => {
      await add(['a'], part(1));
      world.clock.ms += 90 * minuteMs + 1;
      const late = await add(['b'], part(2));
      expect([late.status, late.body['num_received']]).toEqual([200, 1]);
      expect(await world.members()).toEqual([{ EMAIL: mail('a') }]);
      expect((await world.control('GET', '/stats')).body).toMatchObject({ rowsDiscarded: 1 });
    });

    test('drop a new batch after the last', async () => {
      await add(['a'], last(1));
      expect((await add(['b'], part(2))).body['num_received']).toBe(1);
      expect(await world.members()).toHaveLength(1);
    });
  });

  describe('of replacing', () => {
    const replace = async (names: string[], session: Body): Promise<Answer> =>
      world.replace(['EMAIL'], rows(...names), session);

    beforeEach(async () => {
      await world.add(['EMAIL'], rows('old'));
    });

    test('put others in everybody’s place, batch 1 first and the rest in any order', async () => {
      expect((await replace(['a'], part(1))).body).toMatchObject({
        audience_id: world.simulator.audienceId,
        session_id: 9778993,
        num_received: 1,
      });
      expect(await status()).toEqual({ code: 414, description: 'Replace in progress.' });
      await replace(['c'], part(3));
      await replace(['b'], part(2));
      await replace(['b'], part(2));
      expect((await replace(['d'], last(4))).body['num_received']).toBe(5);
      expect(await status()).toMatchObject({ code: 200 });
      expect(await world.members()).toEqual(
        ['a', 'c', 'b', 'd'].map((name) => ({ EMAIL: mail(name) })),
      );
    });

    test('need a session', async () => {
      const payload = { schema: ['EMAIL'], data: rows('a') };
      expect(codeOf(await world.api('POST', '/usersreplace', { payload }))).toEqual([100]);
    });

    test('are one at a time, and nobody is added or removed meanwhile', async () => {
      await replace(['a'], part(1));
      const second = await replace(['b'], part(1, { session_id: 2 }));
      expect(codeOf(second)).toEqual([2650, 1870145]);
      expect(codeOf(await replace(['a'], part(1)))).toEqual([2650, 1870145]);
      expect(codeOf(await world.add(['EMAIL'], rows('x')))).toEqual([2650, 1870145]);
      expect(codeOf(await world.remove(['EMAIL'], rows('a')))).toEqual([2650, 1870145]);
      expect(await world.members()).toEqual([{ EMAIL: mail('a') }]);
    });

    test('begin with batch 1', async () => {
      expect(codeOf(await replace(['a'], part(2)))).toEqual([2650, 1870147]);
      expect(await world.members()).toEqual([{ EMAIL: mail('old') }]);
    });

    test('are over after the last batch', async () => {
      await replace(['a'], last(1));
      expect(codeOf(await replace(['b'], part(2)))).toEqual([2650, 1870159]);
    });

    test('time out after ninety minutes and keep what was uploaded', async () => {
      await replace(['a'], part(1));
      world.clock.ms += 90 * minuteMs + 1;
      expect(codeOf(await replace(['b'], part(2)))).toEqual([2650, 1870158]);
      expect(await status()).toMatchObject({ code: 200 });
      await world.add(['EMAIL'], rows('b'));
      expect(await world.members()).toEqual([{ EMAIL: mail('a') }, { EMAIL: mail('b') }]);
    });

    test('start only while the audience is normal, or to mend one that failed', async () => {
      const { audienceId } = world.simulator;
      await world.control('POST', `/audiences/${audienceId}`, { operation_status: 412 });
      expect(codeOf(await replace(['a'], part(1)))).toEqual([2650]);
      await world.control('POST', `/audiences/${audienceId}`, { operation_status: 415 });
      expect((await replace(['a'], last(1))).status).toBe(200);
      expect(await status()).toMatchObject({ code: 200 });
    });

    test('go on being worked in for a while', async () => {
      await world.control('POST', '/settings', { settleMs: 5 * minuteMs });
      await replace(['a'], last(1));
      expect(await status()).toMatchObject({ code: 414 });
      world.clock.ms += 5 * minuteMs;
      expect(await status()).toMatchObject({ code: 200 });
    });

    test('are for audiences that are not too large', async () => {
      await world.control('POST', '/settings', { replaceMembersMax: 1 });
      await world.add(['EMAIL'], rows('b'));
      expect(codeOf(await replace(['a'], part(1)))).toEqual([2650, 1870144]);
    });

    test('do not take external ids, unless told that they do', async () => {
      const byExtern = async (session: Body) =>
        world.replace(['EXTERN_ID', 'EMAIL'], [['crm-1', mail('a')]], session);
      expect(codeOf(await byExtern(last(1)))).toEqual([100]);
      await world.control('POST', '/settings', {
        replaceTakesExternId: true,
        replaceAnswerKey: 'account_id',
      });
      expect((await byExtern(last(1))).body).toHaveProperty('account_id');
    });
  });
});
