/** How commands find the stacks on this machine: their files, and what is done about files of those that have ended. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findInstance,
  instanceFile,
  instanceIn,
  stateDirOf,
} from '../../lib/local/instance/state-dir.ts';
import { readStack } from '../../lib/local/running-stack.ts';
import { announceSandbox, findSandboxes } from '../../lib/local/sandbox/running.ts';
import type { Sandbox } from '../../lib/local/sandbox/sandbox.ts';
import { isRunning } from '../../lib/local/services/process-identity.ts';
import { endedIdentity, ownIdentity, writeRunningFile } from '../support/running-file.ts';

const OUTPUTS = { StateTable: 'state', PullsQueue: 'http://127.0.0.1:4/pulls.fifo' };

const SANDBOX = {
  configPath: '/somewhere/trivet.config.ts',
  endpoint: 'http://127.0.0.1:6',
  description: { control: 'http://127.0.0.1:5' },
  services: {
    region: 'us-east-1',
    dynamodb: { endpoint: 'http://127.0.0.1:1' },
    sqs: { endpoint: 'http://127.0.0.1:2' },
    secrets: { endpoint: 'http://127.0.0.1:3' },
  },
  runtime: { outputs: { values: OUTPUTS } },
} as unknown as Sandbox;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'trivet-running-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('a sandbox that tells where it is', () => {
  const folder = (): string => join(dir, '.trivet/running');

  test('is found in its directory and below, by its owner alone, until it stops', () => {
    const withdraw = announceSandbox(SANDBOX, dir);
    const below = join(dir, 'a/b');
    mkdirSync(below, { recursive: true });
    expect(findSandboxes(below)).toEqual([
      expect.objectContaining({ mode: 'sandbox', control: 'http://127.0.0.1:5', outputs: OUTPUTS }),
    ]);
    const [name = ''] = readdirSync(folder());
    expect(statSync(join(folder(), name)).mode & 0o777).toBe(0o600);
    expect(statSync(folder()).mode & 0o777).toBe(0o700);
    withdraw();
    expect(readdirSync(folder())).toEqual([]);
    expect(findSandboxes(below)).toEqual([]);
  });

  test('is not believed once its process has ended, and its file is cleared away', () => {
    const path = writeRunningFile(join(folder(), '1.json'), { process: endedIdentity() });
    expect(readStack(path)).toMatchObject({ kind: 'ended' });
    expect(findSandboxes(dir)).toEqual([]);
    expect(existsSync(path)).toBe(false);
  });

  test('leaves files it cannot read alone, and says what is wrong when asked for one', () => {
    const path = writeRunningFile(join(folder(), '1.json'));
    writeFileSync(path, '{"mode":"aws"}');
    expect(findSandboxes(dir)).toEqual([]);
    expect(existsSync(path)).toBe(true);
    expect(readStack(path)).toMatchObject({ kind: 'unreadable' });
    expect(readStack(join(dir, 'nothing.json'))).toEqual({ kind: 'missing' });
  });
});

describe('the state of “trivet local”', () => {
  test('lies beside the configuration and is found from there and below, also when it was stopped', () => {
    const dataDir = stateDirOf(join(dir, 'trivet.config.ts'));
    expect(findInstance(dir)).toBeNull();
    writeRunningFile(instanceFile(dataDir), { mode: 'local' });
    const below = join(dir, 'a/b');
    mkdirSync(below, { recursive: true });
    expect(findInstance(below)).toMatchObject({ dataDir, read: { kind: 'running' } });
    writeRunningFile(instanceFile(dataDir), { mode: 'local', process: endedIdentity() });
    expect(findInstance(below)).toMatchObject({ dataDir, read: { kind: 'ended' } });
  });

  test('is named by its directory or by the one it lies in', () => {
    const dataDir = stateDirOf(join(dir, 'trivet.config.ts'));
    writeRunningFile(instanceFile(dataDir), { mode: 'local' });
    expect(instanceIn(dir)).toMatchObject({ dataDir });
    expect(instanceIn(dataDir)).toMatchObject({ dataDir });
    expect(instanceIn(tmpdir())).toBeNull();
  });
});

describe('a process that was noted down', () => {
  test('is not the one that has its number now, nor one of before the reboot', () => {
    const own = ownIdentity();
    expect(isRunning(own)).toBe(true);
    expect(isRunning({ ...own, startTicks: `${own.startTicks}0` })).toBe(false);
    expect(isRunning({ ...own, bootId: 'another run of this machine' })).toBe(false);
  });
});
