/** Which sandbox a command talks to: never a guess. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandFailure } from '../../lib/cli/failure.ts';
import { requireSandbox } from '../../lib/cli/sandbox-target.ts';
import { identifyProcess } from '../../lib/local/services/process-identity.ts';

function exitCodeOf(work: () => unknown): number | null {
  try {
    work();
    return null;
  } catch (error) {
    return error instanceof CommandFailure ? error.exitCode : null;
  }
}

describe('choosing a sandbox', () => {
  let dir: string;
  const run = (control: string, startTicks = identifyProcess(process.pid)?.startTicks): string => {
    const folder = join(dir, '.trivet/running');
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${control.split(':').at(-1)}.json`);
    const file = {
      mode: 'sandbox',
      process: { pid: process.pid, startTicks },
      startedAt: '2025-03-01T10:00:00.000Z',
      configPath: '/somewhere/trivet.config.ts',
      description: {
        crm: { url: 'u' },
        mailchimp: { baseUrl: 'b', apiKey: 'k', audienceId: 'a', control: 'c' },
        webhooks: { mailchimp: 'w', crm: { url: 'd', secret: 's', header: 'h' } },
        aws: { dynamodb: 'd', sqs: 's', region: 'r' },
        control,
      },
      stateTable: 's',
      historyTable: 'h',
      pullsQueueUrl: 'p',
      laneQueueUrls: {},
    };
    writeFileSync(path, JSON.stringify(file));
    return path;
  };

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'trivet-target-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  test('the only one that runs here needs no naming', () => {
    run('http://127.0.0.1:5');
    expect(requireSandbox(undefined, dir).description.control).toBe('http://127.0.0.1:5');
  });

  test('of several, one has to be named, by its URL or its file', () => {
    run('http://127.0.0.1:5');
    const path = run('http://127.0.0.1:6');
    expect(() => requireSandbox(undefined, dir)).toThrow(/Several.*--sandbox http:\/\/127/s);
    expect(requireSandbox('http://127.0.0.1:6/', dir).description.control).toMatch(/6$/);
    expect(requireSandbox(path, dir).description.control).toMatch(/6$/);
  });

  test.each([
    [undefined, /No running sandbox was found/],
    ['http://127.0.0.1:9', /No sandbox with the control API http:\/\/127.0.0.1:9/],
    ['nowhere.json', /does not describe a running sandbox/],
  ])('%s where none runs is said with the way to start one', (chosen, message) => {
    expect(() => requireSandbox(chosen, dir)).toThrow(message);
    expect(exitCodeOf(() => requireSandbox(chosen, dir))).toBe(3);
  });

  test('a file whose sandbox has ended is said to be that', () => {
    const path = run('http://127.0.0.1:5', '1');
    expect(() => requireSandbox(path, dir)).toThrow(/has ended/);
  });
});
