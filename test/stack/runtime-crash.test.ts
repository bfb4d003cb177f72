import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { App, Stack } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnStream } from 'aws-cdk-lib/aws-kinesis';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { createRuntime } from '../../lib/local/runtime/runtime.ts';
import {
  identifyProcess,
  isRunning,
  type ProcessIdentity,
} from '../../lib/local/services/process-identity.ts';
import { startServices, type Services } from '../../lib/local/services/services.ts';
import { synthesizeTestApp } from './runtime-app.ts';

jest.setTimeout(60_000);

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'trivet-crash-'));
});

afterAll(async () => {
  await rm(dir, { recursive: true });
});

interface Report {
  readonly pids: readonly number[];
  readonly url: string;
  readonly crm: string;
}

async function startParent(assemblyDir: string): Promise<{ parent: ChildProcess; report: Report }> {
  const script = join(import.meta.dirname, 'runtime-parent.ts');
  const args = [script, assemblyDir, join(dir, 'data')];
  const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
  return { parent, report: JSON.parse(line) as Report };
}

describe('SIGKILL of the process that runs everything', () => {
  test('leaves no process behind, and the next start finds tables, queues and URLs again', async () => {
    const assemblyDir = synthesizeTestApp(dir);
    const first = await startParent(assemblyDir);
    await killAndWait(first.parent, first.report);
    const second = await startParent(assemblyDir);
    await killAndWait(second.parent, second.report);
    expect(first.report.pids.length).toBeGreaterThanOrEqual(3);
    expect(second.report.url).toBe(first.report.url);
    expect(passwordOf(second.report)).toBe(passwordOf(first.report));
  });

  test('together with the watchers: the next start ends what is left and works', async () => {
    const assemblyDir = join(dir, 'cdk.out');
    const first = await startParent(assemblyDir);
    const [dynamodb = 0, postgres = 0] = first.report.pids;
    const orphans = [dynamodb, postgres].map(requireIdentity);
    for (const watcher of findWatchers([dynamodb, postgres])) process.kill(watcher, 'SIGKILL');
    first.parent.kill('SIGKILL');
    await once(first.parent, 'exit');
    expect(orphans.every(isRunning)).toBe(true);
    const second = await startParent(assemblyDir);
    expect(orphans.some(isRunning)).toBe(false);
    await killAndWait(second.parent, second.report);
  });
});

/** The shells that a child has for a child: see guarded-child.ts. */
function findWatchers(pids: readonly number[]): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const [, command, , parent] = readStat(pid).split(/[() ]+/);
      return command === 'sh' && pids.includes(Number(parent));
    });
}

function readStat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

function requireIdentity(pid: number): ProcessIdentity {
  const identity = identifyProcess(pid);
  if (identity === undefined) throw new Error(`${pid} does not run`);
  return identity;
}

function passwordOf(report: Report): string {
  return new URL(report.crm).password;
}

async function killAndWait(parent: ChildProcess, report: Report): Promise<void> {
  const identities = report.pids.map(requireIdentity);
  parent.kill('SIGKILL');
  while (identities.some(isRunning)) await sleep(20);
}

describe('a template that this runtime cannot run', () => {
  let services: Services;

  beforeAll(async () => {
    services = await startServices({ postgres: false });
  });

  afterAll(async () => {
    await services.stop();
  });

  const deploy = async (define: (stack: Stack) => void): Promise<void> => {
    const app = new App({ outdir: await mkdtemp(join(dir, 'cdk-')), analyticsReporting: false });
    define(new Stack(app, 'Refused'));
    const assemblyDir = app.synth().directory;
    const runtime = await createRuntime({
      assemblyDir,
      services,
      secretValues: {},
      onLog: () => undefined,
    });
    await runtime.stop();
  };

  test('is refused by resource and type, before anything is made', async () => {
    const refused = deploy((stack) => {
      new CfnQueue(stack, 'Queue', {});
      new CfnStream(stack, 'Stream', { shardCount: 1 });
    });
    await expect(refused).rejects.toThrow(
      /^Stream \(AWS::Kinesis::Stream, Refused\/Stream\): .*does not support the type/,
    );
    expect(services.sqs.depths().size).toBe(0);
  });

  test('is refused by resource, type and property', async () => {
    const refused = deploy((stack) => {
      new CfnTable(stack, 'Table', {
        attributeDefinitions: [{ attributeName: 'pk', attributeType: 'S' }],
        keySchema: [{ attributeName: 'pk', keyType: 'HASH' }],
        billingMode: 'PAY_PER_REQUEST',
        streamSpecification: { streamViewType: 'KEYS_ONLY' },
      });
    });
    await expect(refused).rejects.toThrow(
      'Table (AWS::DynamoDB::Table, Refused/Table): the property StreamSpecification is not supported',
    );
  });

  test('runs when what is not done has no effect on one machine', async () => {
    await expect(
      deploy((stack) => {
        new Topic(stack, 'Alarms');
      }),
    ).resolves.toBeUndefined();
  });
});
