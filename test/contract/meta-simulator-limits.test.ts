/** Limits: what the headers say, and what happens above them. */
import { codeOf, mail, minuteMs, startMeta, usageOf } from './meta-simulator-world.ts';
import type { Answer, Body, MetaWorld } from './meta-simulator-world.ts';

describe('the limits of the simulated Meta', () => {
  let world: MetaWorld;

  beforeEach(async () => {
    world = await startMeta();
  });

  afterEach(async () => {
    await world.stop();
  });

  const turn = async (settings: Body) => world.control('POST', '/settings', settings);
  const read = async () => world.api('GET', '');
  const write = async () => world.add(['EMAIL'], [[mail('ada')]]);
  const repeat = async (count: number, act: () => Promise<Answer>): Promise<Answer> => {
    let answer = await act();
    for (let done = 1; done < count; done += 1) answer = await act();
    return answer;
  };
  const accountOf = (answer: Answer): unknown =>
    JSON.parse(answer.headers.get('x-ad-account-usage') ?? '{}');

  test('are told in every answer, and rise with use', async () => {
    await turn({ hourlyCallsMax: 10, hourlyRowsMax: 4 });
    expect(usageOf(await write())).toEqual({
      type: 'custom_audience',
      call_count: 10,
      total_cputime: 25,
      total_time: 25,
      estimated_time_to_regain_access: 0,
    });
    const second = await write();
    expect(usageOf(second)).toMatchObject({ call_count: 20, total_cputime: 50 });
    expect(JSON.parse(second.headers.get('x-app-usage') ?? '')).toEqual({
      call_count: 20,
      total_cputime: 50,
      total_time: 50,
    });
    const accounts = JSON.parse(second.headers.get('x-business-use-case-usage') ?? '{}') as Body;
    expect(Object.keys(accounts)).toEqual([world.simulator.adAccountId.slice(4)]);
  });

  test('of an hour refuse with 80003 and the minutes to wait, and forget what is an hour old', async () => {
    await turn({ hourlyCallsMax: 3 });
    await repeat(2, read);
    world.clock.ms += 20 * minuteMs;
    expect(usageOf(await read())).toMatchObject({ call_count: 100 });
    const refused = await read();
    expect([refused.status, ...codeOf(refused)]).toEqual([400, 80003]);
    expect(usageOf(refused)).toMatchObject({
      call_count: 100,
      estimated_time_to_regain_access: 40,
    });
    world.clock.ms += 39 * minuteMs;
    expect(usageOf(await read())).toMatchObject({ estimated_time_to_regain_access: 1 });
    world.clock.ms += minuteMs;
    expect((await read()).status).toBe(200);
  });

  test('of rows are limits too', async () => {
    await turn({ hourlyRowsMax: 2 });
    await world.add(['EMAIL'], [[mail('ada')], [mail('bob')]]);
    expect(codeOf(await write())).toEqual([80003]);
  });

  test('follow the vendor’s formula for the tier and the number of audiences', async () => {
    await turn({ tier: 'limited' });
    const percents = [];
    for (let round = 0; round < 51; round += 1) {
      // The score is another limit, and five minutes long.
      if (round % 20 === 0) world.clock.ms += 5 * minuteMs;
      percents.push(usageOf(await read())['call_count']);
    }
    // 5,000, and 40 for the one audience: 51 calls are the first to make a whole percent.
    expect([percents.indexOf(1), percents.at(-1)]).toEqual([50, 1]);
  });

  test('of the score let a new app write twenty times, then block it for five minutes', async () => {
    await turn({ tier: 'limited' });
    const last = await repeat(20, write);
    expect(last.status).toBe(200);
    expect(accountOf(last)).toEqual({
      acc_id_util_pct: 100,
      reset_time_duration: 0,
      ads_api_access_tier: 'development_access',
    });
    const refused = await write();
    expect(codeOf(refused)).toEqual([17, 2446079]);
    expect(accountOf(refused)).toMatchObject({ acc_id_util_pct: 100, reset_time_duration: 300 });
    expect(usageOf(refused)).toMatchObject({ estimated_time_to_regain_access: 0 });
    expect(codeOf(await read())).toEqual([17, 2446079]);
    world.clock.ms += 5 * minuteMs;
    expect((await write()).status).toBe(200);
  });

  test('of the score count a read once', async () => {
    await turn({ tier: 'limited' });
    expect((await repeat(60, read)).status).toBe(200);
    expect(codeOf(await read())).toEqual([17, 2446079]);
  });

  test('can be reached at once, for some minutes or until cleared', async () => {
    await world.control('POST', '/throttle', { minutes: 7 });
    const refused = await write();
    expect(codeOf(refused)).toEqual([80003]);
    expect(usageOf(refused)).toMatchObject({ estimated_time_to_regain_access: 7 });
    await world.control('DELETE', '/throttle');
    expect((await write()).status).toBe(200);
    await world.control('POST', '/throttle', { minutes: 7 });
    world.clock.ms += 7 * minuteMs;
    expect((await write()).status).toBe(200);
  });

  test('can be shown as nearly reached', async () => {
    await world.control('POST', '/throttle', { callCount: 97, totalCputime: 12, accountPct: 80 });
    const answer = await write();
    expect(answer.status).toBe(200);
    expect(usageOf(answer)).toMatchObject({ call_count: 97, total_cputime: 12 });
    expect(accountOf(answer)).toMatchObject({ acc_id_util_pct: 80 });
  });

  test('answer 80003 with the status they are told to', async () => {
    await turn({ throttleStatus: 429 });
    await world.control('POST', '/throttle', { minutes: 1 });
    const refused = await write();
    expect([refused.status, ...codeOf(refused)]).toEqual([429, 80003]);
  });

  test('do not count callers without a token', async () => {
    await turn({ hourlyCallsMax: 1 });
    await world.api('GET', '', { access_token: 'other' });
    expect((await read()).status).toBe(200);
  });
});
