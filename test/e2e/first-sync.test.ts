import { bothSides, expectInStep } from '../support/equal-sides.ts';
import { openSandbox, type SandboxUnderTest } from '../support/sandbox.ts';

describe('the first sync of a CRM and an audience that overlap, with strangers on both sides', () => {
  let sandbox: SandboxUnderTest;

  beforeAll(async () => {
    sandbox = await openSandbox(['--contacts', '2000']);
  });
  afterAll(() => sandbox.stop());

  test('ends with both sides equal, nobody twice, and then nothing is written any more', async () => {
    const began = Date.now();
    const status = await sandbox.settle(120_000);
    process.stderr.write(`first sync of 2,000 contacts settled in ${Date.now() - began} ms\n`);
    expect(status.syncs['contacts-news']?.records).toMatchObject({ total: 2100, 'in step': 2100 });
    await expectInStep(sandbox);
    expect((await bothSides(sandbox)).app).toHaveLength(2100);
  });

  test('created the contacts only the CRM had in few calls, and asked nobody’s consent anew', async () => {
    const { routes, peakConnections } = await sandbox.stats();
    const audience = sandbox.mailchimp.audienceId;
    const bulk = routes['POST /lists/{id}'] ?? routes[`POST /lists/${audience}`] ?? {};
    expect(bulk['200']).toBeLessThanOrEqual(Math.ceil(2000 / 500) + 2 * 4);
    expect(peakConnections).toBeLessThanOrEqual(10);
  });
});
