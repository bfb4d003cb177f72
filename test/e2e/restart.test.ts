import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
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

/** SIGKILL as soon as a start says that it is there. */
async function killAtStep(step: string, args: readonly string[]): Promise<void> {
  const program = join(import.meta.dirname, '../../bin/trivet.ts');
  const child = spawn(process.execPath, [program, 'sandbox', '--json', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes(step)) break;
  }
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
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

  test('a second sandbox on the same data is refused, and the first has lost nothing by it', async () => {
    const second = openSandbox(['--contacts', '600', '--data', dataDir]);
    await expect(second).rejects.toThrow(`${dataDir} is in use by process ${sandbox.child.pid}`);
    await sandbox.person('signup', { email: 'after.the.second@trivet.dev' });
    await sandbox.settle(60_000);
    await sandbox.stop();
    sandbox = await openSandbox(['--contacts', '600', '--seed', '9', '--data', dataDir]);
    await expectInStep(sandbox);
    const { app } = await bothSides(sandbox);
    expect(app.filter(({ email }) => email === 'after.the.second@trivet.dev')).toHaveLength(1);
  });
});

describe('a service that everything depends on', () => {
  test('ends by itself: the sandbox names it, stops the rest and exits 1', async () => {
    const sandbox = await openSandbox(['--contacts', '0']);
    const ended = once(sandbox.child, 'exit');
    const below = treeOf(sandbox.child.pid as number);
    const dynamodb = below.find((pid) => readlinkSync(`/proc/${pid}/exe`).endsWith('/dynoxide'));
    process.kill(dynamodb as number, 'SIGKILL');
    const [code] = (await ended) as [number];
    expect(code).toBe(1);
    expect(sandbox.logs.at(-1)).toContain('DynamoDB has ended by itself');
    await sandbox.stop();
  });
});

describe('a start is killed at each of its steps', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'trivet-killed-start-'));
  let sandbox: SandboxUnderTest | undefined;

  afterAll(async () => {
    await sandbox?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('the next start makes good what is missing, and webhooks are believed', async () => {
    const args = ['--contacts', '60', '--seed', '3', '--data', dataDir];
    for (const step of ['synthesizing', 'filling', 'deploying']) await killAtStep(step, args);
    const running = (sandbox = await openSandbox(args));
    await expectInStep(sandbox);
    expect((await bothSides(sandbox)).app).toHaveLength(63);
    await sandbox.person('signup', { email: 'believed@trivet.dev' });
    const counted = async (metric: string): Promise<number> =>
      (await running.status()).metrics[metric] ?? 0;
    // One that comes within seconds of the registration may be refused once, and is sent again.
    while ((await counted('webhook.rung')) === 0) await sleep(100);
    const refused = await counted('webhook.refused');
    await sandbox.person('signup', { email: 'believed.again@trivet.dev' });
    while ((await counted('webhook.rung')) < 2) await sleep(100);
    expect(await counted('webhook.refused')).toBe(refused);
  });
});
