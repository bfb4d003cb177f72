import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startEnvironment,
  type InvocationOutcome,
} from '../../lib/local/runtime/execution-environment.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'trivet-environment-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

/** Loads the code as a function of 256 MB and one second, and invokes it once. */
async function run(code: string): Promise<InvocationOutcome> {
  writeFileSync(join(dir, 'index.mjs'), code);
  const limits = { timeoutMs: 1_000, memoryMb: 256, concurrencyMax: 1, mayLoop: false };
  const about = { logicalId: 'F', path: 'F', name: 'f', arn: 'arn', codeDir: dir };
  const environment = { _HANDLER: 'index.handler', LAMBDA_TASK_ROOT: dir };
  const spec = { ...about, ...limits, declaredEnvironment: {}, environment };
  const started = await startEnvironment(spec, () => undefined);
  const invoke = { requestId: 'r', event: '{}', traceHeader: '', functionArn: 'arn' };
  const outcome = await started.invoke(invoke);
  started.kill();
  await started.exited;
  return outcome;
}

/** Why the invocation failed. */
async function fail(code: string): Promise<string> {
  const outcome = await run(code);
  return outcome.kind === 'failed' ? outcome.reason : `answered ${JSON.stringify(outcome.payload)}`;
}

const hoard =
  'const kept = []; for (let n = 0; n < 40; n += 1) kept.push(Buffer.alloc(2 ** 24, 1));';

describe('an execution environment', () => {
  test('answers with what the handler returns', async () => {
    const code = 'export const handler = async () => ({ fine: true });';
    expect(await run(code)).toEqual({ kind: 'answered', payload: { fine: true } });
  });

  test('ends a handler that never lets go of its thread', async () => {
    const code = 'export const handler = async () => { for (;;); };';
    expect(await fail(code)).toBe('Task timed out after 1.00 seconds');
  });

  test('ends a function that takes more memory than declared, however quickly it answers', async () => {
    const code = `export const handler = async () => { ${hoard} return (kept.length = 0); };`;
    expect(await fail(code)).toContain('OutOfMemory');
  });

  test('counts the memory that loading the code takes', async () => {
    const code = `${hoard} globalThis.kept = kept; export const handler = async () => 'fine';`;
    await expect(run(code)).rejects.toThrow('OutOfMemory');
  });

  test('refuses an answer that Lambda would not pass on', async () => {
    const code = `export const handler = async () => 'x'.repeat(7 * 2 ** 20);`;
    expect(await fail(code)).toContain('TooLarge');
  });

  test('fails with the process when a promise nobody waits for is rejected', async () => {
    const code = `export const handler = async () => {
      void Promise.reject(new Error('floating'));
      await new Promise((resolve) => setTimeout(resolve, 500));
    };`;
    expect(await fail(code)).toContain('ExitError');
  });
});
