/**
 * Runs inside a function's process, in place of AWS's own runtime: loads the handler from the bundled
 * asset, then answers one invocation after the other. It knows nothing of what it runs.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FunctionError, Invoke, Report } from './lambda-protocol.ts';

type Handler = (event: unknown, context: object) => Promise<unknown>;

// Without its runtime a function has nobody to answer to.
process.on('disconnect', () => process.exit(1));

await start();

async function start(): Promise<void> {
  try {
    const handler = await loadHandler();
    process.on('message', (message) => void answer(handler, message as Invoke));
    report({ kind: 'ready' });
  } catch (error) {
    report({ kind: 'broken', error: describeError(error) });
  }
}

async function loadHandler(): Promise<Handler> {
  const [, file, name] = /^(.+)\.([^.]+)$/.exec(process.env['_HANDLER'] ?? '') ?? [];
  const root = process.env['LAMBDA_TASK_ROOT'] ?? '';
  const path = ['.mjs', '.js', '.cjs']
    .map((extension) => join(root, `${file}${extension}`))
    .find((candidate) => existsSync(candidate));
  if (path === undefined || name === undefined) {
    throw new Error(`Cannot find module '${file}' in the bundled code`);
  }
  const loaded = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  const inner = loaded['default'] as Record<string, unknown> | undefined;
  const handler = loaded[name] ?? inner?.[name];
  if (typeof handler !== 'function')
    throw new Error(`${file}.${name} is undefined or not exported`);
  return handler as Handler;
}

async function answer(handler: Handler, invoke: Invoke): Promise<void> {
  const { requestId } = invoke;
  // Where the AWS SDK looks for it, to mark what this invocation causes.
  process.env['_X_AMZN_TRACE_ID'] = invoke.traceHeader;
  try {
    const payload = await handler(JSON.parse(invoke.event), contextOf(invoke));
    report({ kind: 'answered', requestId, payload: JSON.stringify(payload ?? null) });
  } catch (error) {
    report({ kind: 'failed', requestId, error: describeError(error) });
  }
}

function contextOf(invoke: Invoke): object {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'],
    functionVersion: process.env['AWS_LAMBDA_FUNCTION_VERSION'],
    invokedFunctionArn: invoke.functionArn,
    memoryLimitInMB: process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    awsRequestId: invoke.requestId,
    logGroupName: process.env['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: process.env['AWS_LAMBDA_LOG_STREAM_NAME'],
    getRemainingTimeInMillis: () => Math.max(0, invoke.deadlineMs - Date.now()),
  };
}

function describeError(error: unknown): FunctionError {
  if (!(error instanceof Error)) {
    return { errorType: typeof error, errorMessage: String(error), stackTrace: [] };
  }
  const stackTrace = (error.stack ?? '')
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
  return { errorType: error.name, errorMessage: error.message, stackTrace };
}

function report(message: Report): void {
  process.send?.(message);
}
