/** How commands find the sandbox that runs: its file, and what is done about files of sandboxes that do not. */
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
import { announceSandbox, findSandboxes, readSandbox } from '../../lib/local/sandbox/running.ts';
import type { Sandbox } from '../../lib/local/sandbox/sandbox.ts';
import { identifyProcess } from '../../lib/local/services/process-identity.ts';

const DESCRIPTION = {
  crm: { url: 'postgres://127.0.0.1:1/postgres' },
  mailchimp: { baseUrl: 'http://127.0.0.1:2/3.0', apiKey: 'k-us1', audienceId: 'a', control: 'c' },
  webhooks: { mailchimp: 'w', crm: { url: 'd', secret: 's', header: 'h' } },
  aws: { dynamodb: 'http://127.0.0.1:3', sqs: 'http://127.0.0.1:4', region: 'us-east-1' },
  control: 'http://127.0.0.1:5',
};

const SANDBOX = {
  description: DESCRIPTION,
  configPath: '/somewhere/trivet.config.ts',
  runtime: {
    outputs: {
      values: {
        StateTable: 'state',
        HistoryTable: 'history',
        PullsQueue: 'http://127.0.0.1:4/pulls.fifo',
        LaneQueues: '{"contacts-news":"http://127.0.0.1:4/lanes.fifo"}',
      },
    },
  },
} as unknown as Sandbox;

describe('a sandbox that tells where it is', () => {
  let dir: string;
  const folder = (): string => join(dir, '.trivet/running');
  const writeRunning = (name: string, pid: number, startTicks: string): string => {
    mkdirSync(folder(), { recursive: true });
    const path = join(folder(), name);
    const file = {
      mode: 'sandbox',
      process: { pid, startTicks },
      startedAt: '2025-03-01T10:00:00.000Z',
      configPath: '/somewhere/trivet.config.ts',
      description: DESCRIPTION,
      stateTable: 's',
      historyTable: 'h',
      pullsQueueUrl: 'p',
      laneQueueUrls: {},
    };
    writeFileSync(path, JSON.stringify(file));
    return path;
  };

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'trivet-running-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  test('is found in its directory and below, by its owner alone, until it stops', () => {
    const withdraw = announceSandbox(SANDBOX, dir);
    const below = join(dir, 'a/b');
    mkdirSync(below, { recursive: true });
    expect(findSandboxes(below)).toEqual([
      expect.objectContaining({
        mode: 'sandbox',
        description: DESCRIPTION,
        stateTable: 'state',
        laneQueueUrls: { 'contacts-news': 'http://127.0.0.1:4/lanes.fifo' },
      }),
    ]);
    const [name = ''] = readdirSync(folder());
    expect(statSync(join(folder(), name)).mode & 0o777).toBe(0o600);
    expect(statSync(folder()).mode & 0o777).toBe(0o700);
    withdraw();
    expect(readdirSync(folder())).toEqual([]);
    expect(findSandboxes(below)).toEqual([]);
  });

  test('is not believed once its process has ended, nor when another process has its number', () => {
    const ours = identifyProcess(process.pid);
    const path = writeRunning('1.json', process.pid, `${ours?.startTicks}0`);
    expect(readSandbox(path)).toEqual({ kind: 'stale', pid: process.pid });
    expect(findSandboxes(dir)).toEqual([]);
    expect(existsSync(path)).toBe(false);
  });

  test('leaves files it cannot read alone, and says what is wrong when asked for one', () => {
    const path = writeRunning('1.json', process.pid, '1');
    writeFileSync(path, '{"mode":"aws"}');
    expect(findSandboxes(dir)).toEqual([]);
    expect(existsSync(path)).toBe(true);
    expect(readSandbox(path)).toMatchObject({ kind: 'unreadable' });
    expect(readSandbox(join(dir, 'nothing.json'))).toMatchObject({ kind: 'unreadable' });
  });
});
