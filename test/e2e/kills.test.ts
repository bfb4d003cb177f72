import { setTimeout as sleep } from 'node:timers/promises';
import { bothSides, expectInStep } from '../support/equal-sides.ts';
import { hashOf, openSandbox, type SandboxUnderTest } from '../support/sandbox.ts';

/** Kills one running invocation; waits for one to run. False when none ran for a while. */
async function killRunning(
  sandbox: SandboxUnderTest,
  name: 'apply' | 'pull',
  patienceMs = 5_000,
): Promise<boolean> {
  const endsAt = Date.now() + patienceMs;
  while (Date.now() < endsAt) {
    if ((await sandbox.kill(name)) === 200) return true;
    await sleep(10);
  }
  return false;
}

describe('functions are killed at random moments', () => {
  let sandbox: SandboxUnderTest;

  afterEach(() => sandbox.stop());

  test('a first sync of 2,000 contacts ends right although pull and apply are killed in it', async () => {
    sandbox = await openSandbox(['--contacts', '2000', '--seed', '3']);
    const killed: string[] = [];
    for (const name of ['apply', 'pull', 'apply', 'apply', 'pull'] as const) {
      await sleep(300 + Math.random() * 1_500);
      if (await killRunning(sandbox, name)) killed.push(name);
    }
    process.stderr.write(`killed: ${killed.join(', ')}\n`);
    expect(killed).toContain('apply');
    await sandbox.settle(150_000);
    await expectInStep(sandbox);
    expect((await bothSides(sandbox)).app).toHaveLength(2100);
  });

  test('an edit of the same field between a kill and the redelivery survives, whichever end made it', async () => {
    sandbox = await openSandbox(['--contacts', '40', '--seed', '4']);
    await sandbox.settle();
    const contacts = await sandbox.contacts();
    const [atCrm, atApp] = contacts.filter(({ email_status }) => email_status === 'subscribed');
    if (atCrm === undefined || atApp === undefined)
      throw new Error('the sample has too few contacts');
    // The answer never comes, so the write may have landed when the process dies.
    await sandbox.fault({ kind: 'timeout-after', ms: 8_000, match: 'PATCH /', rate: 1, count: 2 });
    await sandbox.sql(`update contacts set phone = '+4930111111' where id = any($1)`, [
      [atCrm.id, atApp.id],
    ]);
    await sandbox.ring();
    await sleep(1_500);
    await killRunning(sandbox, 'apply');
    await sandbox.clearFaults();
    await sleep(5_500);
    await sandbox.sql(`update contacts set phone = '+4930222222' where id = $1`, [atCrm.id]);
    const edited = await sandbox.api(
      'PATCH',
      `${sandbox.list}/members/${hashOf(atApp.email as string)}`,
      {
        merge_fields: { PHONE: '+4930333333' },
      },
    );
    expect(edited.status).toBe(200);
    await expectInStep(sandbox);
    const after = new Map((await sandbox.contacts()).map((each) => [each.id, each.phone]));
    expect(after.get(atCrm.id)).toBe('+4930222222');
    expect(after.get(atApp.id)).toBe('+4930333333');
  });
});
