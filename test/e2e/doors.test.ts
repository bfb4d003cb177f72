import { createHmac } from 'node:crypto';
import { expectInStep } from '../support/equal-sides.ts';
import { openSandbox, type SandboxUnderTest } from '../support/sandbox.ts';

describe('the doors to the outside', () => {
  let sandbox: SandboxUnderTest;

  beforeAll(async () => {
    sandbox = await openSandbox(['--contacts', '40', '--seed', '6']);
    await sandbox.settle();
  });
  afterAll(() => sandbox.stop());

  const post = async (body: string, headers: Record<string, string> = {}): Promise<number> => {
    const answer = await fetch(sandbox.webhookUrl, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
    return answer.status;
  };
  const forged = (secret: string, at: number, body: string): Record<string, string> => ({
    'x-mailchimp-signature': `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`,
  });

  test('a storm of webhooks is answered by few pulls', async () => {
    const before = (await sandbox.status()).syncs['contacts-news']?.round?.number ?? 0;
    const rungBefore = await rung();
    const members = (await sandbox.members()).slice(0, 30);
    const calls = await callsToApp();
    await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        sandbox.person('update-profile', {
          email: members[index % members.length]?.email_address,
          merge_fields: { PHONE: `+4930${String(1_000_000 + index)}` },
        }),
      ),
    );
    await expectInStep(sandbox);
    // Without this, the schedule alone would answer, and a door that lets no webhook in would pass.
    expect((await rung()) - rungBefore).toBeGreaterThanOrEqual(200);
    const after = (await sandbox.status()).syncs['contacts-news']?.round?.number ?? 0;
    process.stderr.write(
      `200 webhooks, ${after - before} rounds, ${(await callsToApp()) - calls} calls\n`,
    );
    expect(after - before).toBeLessThan(75);
  });

  const rung = async (): Promise<number> => (await sandbox.status()).metrics['webhook.rung'] ?? 0;

  const callsToApp = async (): Promise<number> => {
    const { routes } = await sandbox.stats();
    return Object.values(routes)
      .flatMap((answers) => Object.values(answers))
      .reduce((a, b) => a + b, 0);
  };

  test('forged, old, oversized and malformed requests change nothing and are counted', async () => {
    const refusedBefore = (await sandbox.status()).metrics['webhook.refused'] ?? 0;
    const now = Math.floor(Date.now() / 1000);
    const body = 'type=unsubscribe&data[email]=nobody@sample.trivet.dev';
    const statuses = [
      await post(body),
      await post(body, forged('a guess', now, body)),
      await post(body, { 'x-mailchimp-signature': 'nonsense' }),
      await post(body, forged('a guess', now - 3_600, body)),
      await post('x'.repeat(70_000), forged('a guess', now, '')),
      (await fetch(sandbox.description.webhooks.crm.url, { method: 'POST', body: '{}' })).status,
      (
        await fetch(sandbox.description.webhooks.crm.url, {
          method: 'POST',
          body: '{}',
          headers: { [sandbox.description.webhooks.crm.header]: 'sha256=00' },
        })
      ).status,
    ];
    expect(statuses).toEqual([401, 401, 401, 401, 413, 401, 401]);
    await expectInStep(sandbox);
    const refused = (await sandbox.status()).metrics['webhook.refused'] ?? 0;
    expect(refused - refusedBefore).toBeGreaterThanOrEqual(statuses.length);
  });

  test('a flood of forged requests does not keep an edit from travelling', async () => {
    const [member] = await sandbox.members();
    const email = member?.email_address ?? '';
    const cityThere = async (): Promise<string | undefined> =>
      (await sandbox.members()).find(({ email_address: address }) => address === email)
        ?.merge_fields['CITY'];
    const statuses = new Map<number, number>();
    let isOver = false;
    const flood = Array.from({ length: 50 }, async () => {
      while (!isOver) {
        const body = `type=unsubscribe&data[email]=${email}`;
        const { status } = await fetch(sandbox.webhookUrl, { method: 'POST', body });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    });
    const beganAt = performance.now();
    await sandbox.sql(`update contacts set city = 'Flooded' where email = $1`, [email]);
    while ((await cityThere()) !== 'Flooded');
    const tookMs = Math.round(performance.now() - beganAt);
    isOver = true;
    await Promise.all(flood);
    process.stderr.write(
      `an edit in ${tookMs} ms beside forged requests: ${JSON.stringify([...statuses])}\n`,
    );
    expect(statuses.get(401)).toBeGreaterThan(50);
    // What is above its executions is refused before our code; nothing else is said to anybody.
    expect([...statuses.keys()].filter((status) => ![401, 429, 503].includes(status))).toEqual([]);
  });

  test('Mailchimp’s validation by GET is answered', async () => {
    expect((await fetch(sandbox.webhookUrl)).status).toBe(200);
  });

  test('the CRM’s doorbell with the right signature is taken', async () => {
    expect(await sandbox.ring()).toBe(202);
  });

  test('the sandbox stops at once although somebody waits for it to settle', async () => {
    await sandbox.fault({ kind: 'latency', ms: 60_000 });
    await sandbox.ring();
    const waiting = sandbox.settle(60_000).then(() => 'settled', String);
    while (Object.values((await sandbox.status()).queues).every(({ inFlight }) => inFlight === 0));
    const beganAt = performance.now();
    await sandbox.stop();
    expect(performance.now() - beganAt).toBeLessThan(20_000);
    expect(sandbox.child.exitCode).toBe(0);
    expect(await waiting).toContain('fetch failed');
  });
});
