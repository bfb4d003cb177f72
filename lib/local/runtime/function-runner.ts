/**
 * Runs a function's invocations in as many environments as there are at once, up to its limit; warm
 * environments are used again, the most recent first, so that a quiet function falls back to few.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import {
  startEnvironment,
  type ExecutionEnvironment,
  type InvocationOutcome,
} from './execution-environment.ts';
import type { FunctionSpec } from './functions.ts';
import { continueTrace, formatTrace, type Trace } from './lineage.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export interface Invocation {
  readonly functionName: string;
  readonly requestId: string;
  readonly startedAtMs: number;
  readonly pid: number;
}

export interface FunctionRunner {
  readonly spec: FunctionSpec;
  /** `traces` are those of the messages that led to this invocation. Never rejects. */
  invoke(event: unknown, traces?: readonly (Trace | undefined)[]): Promise<InvocationOutcome>;
  inFlight(): readonly Invocation[];
  /** SIGKILL for one running invocation, as a crash; false when none runs. */
  killOne(): boolean;
  stop(): Promise<void>;
}

interface Pool {
  readonly spec: FunctionSpec;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The longest idle first. */
  readonly idle: { environment: ExecutionEnvironment; sinceMs: number }[];
  readonly starting: Set<Promise<ExecutionEnvironment>>;
  readonly all: Set<ExecutionEnvironment>;
  readonly running: Map<ExecutionEnvironment, Invocation>;
  readonly waiting: (() => void)[];
  /** Environments being started or in use. */
  taken: number;
  isStopped: boolean;
}

/** An environment that nobody needed for so long goes. */
const idleMaxMs = 60_000;

export function createFunctionRunner(
  spec: FunctionSpec,
  log: Log,
  metrics: Metrics,
): FunctionRunner {
  const pool: Pool = {
    spec,
    log,
    metrics,
    idle: [],
    starting: new Set(),
    all: new Set(),
    running: new Map(),
    waiting: [],
    taken: 0,
    isStopped: false,
  };
  const sweeping = setInterval(() => endIdle(pool), idleMaxMs / 2);
  sweeping.unref();
  return {
    spec,
    invoke: (event, traces = []) => invoke(pool, event, traces),
    inFlight: () => [...pool.running.values()],
    killOne: () => killOne(pool),
    stop: async () => {
      clearInterval(sweeping);
      await stop(pool);
    },
  };
}

async function invoke(
  pool: Pool,
  event: unknown,
  traces: readonly (Trace | undefined)[],
): Promise<InvocationOutcome> {
  while (pool.taken >= pool.spec.concurrencyMax) {
    await new Promise<void>((resolve) => pool.waiting.push(resolve));
  }
  pool.taken += 1;
  try {
    const outcome = await runOnce(pool, event, traces);
    if (outcome.kind === 'failed') {
      pool.log({ source: pool.spec.name, level: 'error', line: outcome.reason });
    }
    return outcome;
  } finally {
    pool.taken -= 1;
    pool.waiting.shift()?.();
  }
}

async function runOnce(
  pool: Pool,
  event: unknown,
  traces: readonly (Trace | undefined)[],
): Promise<InvocationOutcome> {
  let environment: ExecutionEnvironment;
  try {
    environment = await takeEnvironment(pool);
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
  const requestId = randomUUID();
  const startedAtMs = Date.now();
  const { name, arn } = pool.spec;
  pool.running.set(environment, {
    functionName: name,
    requestId,
    startedAtMs,
    pid: environment.pid,
  });
  const outcome = await environment.invoke({
    requestId,
    event: JSON.stringify(event),
    traceHeader: formatTrace(
      continueTrace(traces, arn, newTraceRoot(startedAtMs)),
      randomBytes(8).toString('hex'),
    ),
    functionArn: arn,
  });
  pool.running.delete(environment);
  if (environment.isAlive()) pool.idle.push({ environment, sinceMs: Date.now() });
  return outcome;
}

async function takeEnvironment(pool: Pool): Promise<ExecutionEnvironment> {
  for (let warm = pool.idle.pop(); warm !== undefined; warm = pool.idle.pop()) {
    if (warm.environment.isAlive()) return warm.environment;
  }
  if (pool.isStopped) throw new Error('the runtime is stopping');
  const starting = startEnvironment(pool.spec, (line, isError) => {
    if (pool.metrics.take(line)) return;
    pool.log({ source: pool.spec.name, level: isError ? 'error' : 'info', line });
  });
  pool.starting.add(starting);
  try {
    const environment = await starting;
    pool.all.add(environment);
    void environment.exited.then(() => pool.all.delete(environment));
    return environment;
  } finally {
    pool.starting.delete(starting);
  }
}

function endIdle(pool: Pool): void {
  const oldest = Date.now() - idleMaxMs;
  const outdated = pool.idle.filter(({ sinceMs }) => sinceMs < oldest);
  pool.idle.splice(0, outdated.length);
  for (const { environment } of outdated) environment.kill();
}

/** https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids */
function newTraceRoot(nowMs: number): string {
  return `1-${Math.floor(nowMs / 1_000).toString(16)}-${randomBytes(12).toString('hex')}`;
}

function killOne(pool: Pool): boolean {
  const [environment] = pool.running.keys();
  environment?.kill();
  return environment !== undefined;
}

async function stop(pool: Pool): Promise<void> {
  pool.isStopped = true;
  await Promise.allSettled(pool.starting);
  const environments = [...pool.all];
  for (const environment of environments) environment.kill();
  await Promise.all(environments.map((environment) => environment.exited));
}
