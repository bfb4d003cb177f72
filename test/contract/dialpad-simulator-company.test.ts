/** The simulated company: who it is, whom it may not call, who wants no text messages. */
import { itemsOf, messageOf, noonMs, startDialpad } from './dialpad-simulator-world.ts';
import type { DialpadWorld } from './dialpad-simulator-world.ts';

describe('the company behind the simulated Dialpad', () => {
  let world: DialpadWorld;

  beforeEach(async () => {
    world = await startDialpad();
  });

  afterEach(async () => {
    await world.stop();
  });

  const block = async (...numbers: string[]) =>
    world.api('POST', '/blockednumbers/add', { numbers });
  const blocked = async () =>
    itemsOf(await world.api('GET', '/blockednumbers')).map(({ number }) => number);
  const optOuts = async (query: string) =>
    world.api('GET', `/company/${world.simulator.companyId}/smsoptout${query}`);

  test('says who it is', async () => {
    expect((await world.api('GET', '/company')).body).toMatchObject({
      id: Number(world.simulator.companyId),
      name: 'Trivet sample company',
      state: 'active',
    });
  });

  test('calls no number that is blocked, until it is not', async () => {
    const answer = await block('+14155550100', '+14155550101', '+14155550100');
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(await blocked()).toEqual(['+14155550100', '+14155550101']);
    const one = `/blockednumbers/${encodeURIComponent('+14155550100')}`;
    expect((await world.api('GET', one)).body).toEqual({ number: '+14155550100' });
    await world.api('POST', '/blockednumbers/remove', { numbers: ['+14155550100'] });
    expect((await world.api('GET', one)).status).toBe(404);
    expect(await blocked()).toEqual(['+14155550101']);
  });

  test.each([[{ numbers: ['4155550100'] }], [{ numbers: [null] }], [{ numbers: null }], [{}]])(
    'blocks nothing when asked with %j',
    async (body) => {
      expect((await world.api('POST', '/blockednumbers/add', body)).status).toBe(400);
      expect(await blocked()).toEqual([]);
    },
  );

  test('lists what was blocked by the API, or also what people blocked', async () => {
    await world.person('block', { phone: '+14155550109' });
    await block('+14155550100');
    expect(await blocked()).toEqual(['+14155550100']);
    const one = await world.api('GET', `/blockednumbers/${encodeURIComponent('+14155550109')}`);
    expect(one.status).toBe(200);
    await world.settings({ listedBlocks: 'all' });
    expect(await blocked()).toEqual(['+14155550109', '+14155550100']);
    await world.person('unblock', { phone: '+14155550109' });
    expect((await world.control('GET', '/blocked')).body['blocked']).toHaveLength(1);
  });

  test('lists in pages', async () => {
    await world.settings({ pageRows: 2 });
    await block('+14155550100', '+14155550101', '+14155550102');
    const first = await world.api('GET', '/blockednumbers');
    const second = await world.api('GET', `/blockednumbers?cursor=${String(first.body['cursor'])}`);
    expect([itemsOf(first).length, itemsOf(second).length]).toEqual([2, 1]);
    expect(second.body).not.toHaveProperty('cursor');
  });

  test('tells who sent STOP, and who came back', async () => {
    await world.person('opt-out', { phone: '+14155550100' });
    world.clock.ms += 5000;
    await world.person('opt-out', { phone: '+14155550101', campaign_id: 77 });
    const { companyId } = world.simulator;
    expect(itemsOf(await optOuts('?opt_out_state=opted_out'))).toEqual([
      {
        date: noonMs,
        external_endpoint: '+14155550100',
        opt_out_scope_info: { opt_out_scope_level: 'company', scope_id: Number(companyId) },
        opt_out_state: 'opted_out',
      },
      {
        date: noonMs + 5000,
        external_endpoint: '+14155550101',
        opt_out_scope_info: { opt_out_scope_level: 'a2p_campaign', scope_id: 77 },
        opt_out_state: 'opted_out',
      },
    ]);
    expect(itemsOf(await optOuts('?opt_out_state=opted_out&a2p_campaign_id=77'))).toHaveLength(1);
    await world.person('opt-in', { phone: '+14155550100' });
    expect(itemsOf(await optOuts('?opt_out_state=opted_back_in'))).toEqual([
      { date: noonMs + 5000, external_endpoint: '+14155550100', opt_out_state: 'opted_back_in' },
    ]);
    expect(itemsOf(await optOuts('?opt_out_state=opted_out'))).toHaveLength(1);
  });

  test('tells nobody without a state, and no other company', async () => {
    expect(messageOf(await optOuts(''))).toContain('opt_out_state');
    expect((await optOuts('?opt_out_state=unknown')).status).toBe(400);
    expect((await optOuts('?opt_out_state=opted_back_in&a2p_campaign_id=7')).status).toBe(400);
    const other = await world.api('GET', '/company/1/smsoptout?opt_out_state=opted_out');
    expect(other.status).toBe(403);
  });
});
