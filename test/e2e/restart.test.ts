import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bothSides, expectInStep } from '../support/equal-sides.ts';
import { openSandbox, type SandboxUnderTest } from '../support/sandbox.ts';

/** A process and everything below it. */
function treeOf(pid: number): number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' });
  const pairs = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    pairs.filter(([, ppid]) => ppid === parent).flatMap(([child = 0]) => [child, ...below(child)]);
  return [pid, ...below(pid)];
}

describe('everything is killed at once and started again on the same data', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'trivet-restart-'));
  let sandbox: SandboxUnderTest;

  afterAll(async () => {
    await sandbox.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('the sync goes on where it was and ends right', async () => {
    sandbox = await openSandbox(['--contacts', '600', '--seed', '9', '--data', dataDir]);
    await sleep(1_500);
    const ended = once(sandbox.child, 'exit');
    for (const pid of treeOf(sandbox.child.pid as number)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Some end by themselves when their parent is gone.
      }
    }
    await ended;
    await sandbox.crm.end().catch(() => undefined);
    sandbox = await openSandbox(['--contacts', '600', '--seed', '9', '--data', dataDir]);
    await sandbox.settle(120_000);
    await expectInStep(sandbox);
    expect((await bothSides(sandbox)).app).toHaveLength(630);
  });

  test('a second sandbox on the same data is refused before it touches anything', async () => {
    const second = openSandbox(['--contacts', '600', '--seed', '9', '--data', dataDir]);
    const { pid } = sandbox.child;
    await expect(second).rejects.toThrow(`${dataDir} is in use by process ${pid}`);
    // What Mailchimp is told from here on must still be there after a restart.
    await sandbox.sql(`insert into contacts (email) values ('after@sample.trivet.dev')`);
    await sandbox.settle();
    await sandbox.stop();
    sandbox = await openSandbox(['--contacts', '600', '--seed', '9', '--data', dataDir]);
    await expectInStep(sandbox);
    const { app } = await bothSides(sandbox);
    expect(app.map(({ email }) => email)).toContain('after@sample.trivet.dev');
  });

  test('an ordinary stop and start keeps everything in step, and edits made before the stop arrive', async () => {
    await sandbox.sql(`update contacts set city = 'Before the stop' where id <= 50`);
    await sandbox.stop();
    sandbox = await openSandbox(['--contacts', '600', '--seed', '9', '--data', dataDir]);
    await expectInStep(sandbox);
    const { app } = await bothSides(sandbox);
    expect(app.filter(({ city }) => city === 'Before the stop')).toHaveLength(50);
  });
});
