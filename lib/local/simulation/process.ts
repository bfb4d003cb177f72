/**
 * A simulated app as a process of its own, so that load on it shares no event loop with its callers. Options are
 * JSON in the first argument; one JSON line on stdout says it is ready. SIGTERM and SIGINT end it, and so does
 * the end of stdin when `endsWithStdin` is set: a parent that was killed cannot send a signal, but its pipe closes.
 */
import { appendFileSync, closeSync, openSync } from 'node:fs';
import type { Exchange } from './exchange.ts';

export interface ProcessOptions {
  /** Every API exchange is appended to this file as a JSON line. */
  readonly exchangeLogPath?: string | undefined;
  readonly endsWithStdin?: boolean | undefined;
}

export interface Running {
  /** What the line on stdout says. */
  readonly ready: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

export async function runAsProcess(
  { exchangeLogPath, endsWithStdin }: ProcessOptions,
  start: (onExchange: ((exchange: Exchange) => void) | null) => Promise<Running>,
): Promise<void> {
  const log = exchangeLogPath === undefined ? null : openSync(exchangeLogPath, 'a');
  const running = await start(log === null ? null : logTo(log));
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    void running.stop().then(() => {
      if (log !== null) closeSync(log);
      process.exit(0);
    });
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (endsWithStdin === true) process.stdin.resume().once('end', stop).once('close', stop);
  process.stdout.write(`${JSON.stringify(running.ready)}\n`);
}

function logTo(file: number): (exchange: Exchange) => void {
  return (exchange) => {
    appendFileSync(file, `${JSON.stringify(exchange)}\n`);
  };
}
