/**
 * One execution environment: a process that runs one function, one invocation at a time, within the
 * declared memory and time. It is killed when it exceeds either, and is then no more.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { spawnGuarded, type GuardedChild } from '../services/guarded-child.ts';
import type { FunctionSpec } from './functions.ts';
import type { Invoke, Report } from './lambda-protocol.ts';

export type InvocationOutcome =
  | { readonly kind: 'answered'; readonly payload: unknown }
  | { readonly kind: 'failed'; readonly reason: string };

export interface ExecutionEnvironment {
  readonly pid: number;
  isAlive(): boolean;
  invoke(invoke: Omit<Invoke, 'kind' | 'deadlineMs'>): Promise<InvocationOutcome>;
  kill(): void;
  readonly exited: Promise<unknown>;
}

/** Lambda gives 10 s; a busy machine with two cores may need more to start Node at all. */
const startTimeoutMs = 30_000;
const memoryCheckMs = 250;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const answerBytesMax = 6 * 1_048_576;

interface Running {
  readonly requestId: string;
  settle(outcome: InvocationOutcome): void;
}

interface State {
  readonly spec: FunctionSpec;
  readonly child: GuardedChild;
  isAlive: boolean;
  running: Running | undefined;
  /** Why we killed it, which explains its end better than the signal does. */
  killReason: string | undefined;
}

/** Resolves when the handler is loaded; rejects with the reason when it cannot be. */
export async function startEnvironment(
  spec: FunctionSpec,
  onLine: (line: string, isError: boolean) => void,
): Promise<ExecutionEnvironment> {
  const child = spawnGuarded({
    command: process.execPath,
    args: [...heapLimits(spec.memoryMb), join(import.meta.dirname, 'lambda-bootstrap.ts')],
    cwd: spec.codeDir,
    env: spec.environment,
    ipc: true,
  });
  forwardLines(child, onLine);
  const state: State = { spec, child, isAlive: true, running: undefined, killReason: undefined };
  // From the start on: what loading the code takes counts as what the handler takes.
  const watch = setInterval(() => enforceMemory(state), memoryCheckMs);
  void child.exited.then(({ code, signal }) => {
    clearInterval(watch);
    noteEnd(state, code, signal);
  });
  await untilReady(state);
  return {
    pid: child.pid,
    isAlive: () => state.isAlive,
    invoke: (invoke) => runInvocation(state, invoke),
    kill: () => kill(state, 'killed'),
    exited: child.exited,
  };
}

/** The shares that AWS's runtime gives V8 of the function's memory. */
export function heapLimits(memoryMb: number): string[] {
  return [
    `--max-old-space-size=${Math.floor(memoryMb * 0.9)}`,
    `--max-semi-space-size=${Math.max(1, Math.floor(memoryMb * 0.05))}`,
  ];
}

function forwardLines(child: GuardedChild, onLine: (line: string, isError: boolean) => void): void {
  const { stdout, stderr } = child.process;
  if (stdout !== null) createInterface({ input: stdout }).on('line', (line) => onLine(line, false));
  if (stderr !== null) createInterface({ input: stderr }).on('line', (line) => onLine(line, true));
}

function kill(state: State, reason: string): void {
  state.killReason ??= reason;
  state.isAlive = false;
  state.child.process.kill('SIGKILL');
}

function enforceMemory(state: State): void {
  const { memoryMb } = state.spec;
  if (readPeakMb(state.child.pid) <= memoryMb) return;
  kill(state, `more than ${memoryMb} MB of memory used (Runtime.OutOfMemory)`);
}

function noteEnd(state: State, code: number | null, signal: NodeJS.Signals | null): void {
  state.isAlive = false;
  const how = signal === null ? `exit status ${code}` : `signal ${signal}`;
  const reason = state.killReason ?? `Runtime exited with error: ${how} (Runtime.ExitError)`;
  state.running?.settle({ kind: 'failed', reason });
}

async function untilReady(state: State): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const patience = setTimeout(
    () => kill(state, 'the handler did not load in time'),
    startTimeoutMs,
  );
  state.child.process.on('message', (message) => {
    const report = message as Report;
    if (report.kind !== 'broken') enforceMemory(state);
    if (state.killReason !== undefined) return;
    if (report.kind === 'ready') resolve();
    else if (report.kind === 'broken') {
      reject(new Error(`${report.error.errorType}: ${report.error.errorMessage}`));
      kill(state, 'the handler did not load');
    } else noteReport(state, report);
  });
  void state.child.exited.then(({ code, signal }) =>
    reject(new Error(state.killReason ?? `ended at start (${signal ?? `exit status ${code}`})`)),
  );
  try {
    await promise;
  } finally {
    clearTimeout(patience);
  }
}

function noteReport(state: State, report: Report & { requestId: string }): void {
  if (state.running?.requestId !== report.requestId) return;
  if (report.kind === 'failed') {
    const { errorType, errorMessage, stackTrace } = report.error;
    const reason = [`${errorType}: ${errorMessage}`, ...stackTrace].join('\n    ');
    state.running.settle({ kind: 'failed', reason });
    return;
  }
  const { payload } = report as Extract<Report, { kind: 'answered' }>;
  state.running.settle(
    Buffer.byteLength(payload) > answerBytesMax
      ? { kind: 'failed', reason: 'the answer exceeds 6 MB (Function.ResponseSizeTooLarge)' }
      : { kind: 'answered', payload: JSON.parse(payload) as unknown },
  );
}

async function runInvocation(
  state: State,
  invoke: Omit<Invoke, 'kind' | 'deadlineMs'>,
): Promise<InvocationOutcome> {
  const { timeoutMs } = state.spec;
  const { promise, resolve } = Promise.withResolvers<InvocationOutcome>();
  state.running = { requestId: invoke.requestId, settle: resolve };
  const late = `Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`;
  const timer = setTimeout(() => kill(state, late), timeoutMs);
  const message: Invoke = { ...invoke, kind: 'invoke', deadlineMs: Date.now() + timeoutMs };
  // A failure to send means that the process has just ended, which settles the invocation.
  if (state.isAlive) state.child.process.send(message, () => undefined);
  else resolve({ kind: 'failed', reason: state.killReason ?? 'the environment has ended' });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    state.running = undefined;
  }
}

/** The most it has ever held in memory, so that no peak between two looks is missed; zero when it is gone. */
function readPeakMb(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}
