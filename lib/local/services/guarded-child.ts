/**
 * A child process that cannot outlive its parent, whatever kills the parent.
 *
 * A signal handler is not enough: after SIGKILL nothing of ours runs. So every child is started by
 * a two-line shell script that leaves a watcher behind and then *becomes* the child (same pid). The
 * watcher blocks on a pipe whose other end only we hold; the kernel closes it when we die, however
 * we die. It costs one sleeping `sh` per child and needs nothing that a bare machine lacks.
 */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import type { Writable } from 'node:stream';

/** The pipe is the last of the five descriptors, so that fd 3 stays free for Node's IPC channel. */
const watchFd = 4;

/** A line on the pipe says the child ended by itself; the end of the pipe says that we ended. */
const script = `
(
  if ! read -r line <&${watchFd}; then
    kill -s "$1" $$
    tries=0
    while [ -e /proc/$$/exe ] && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
    kill -s KILL $$
    [ -z "$2" ] || rm -rf -- "$2"
  fi
) </dev/null >/dev/null 2>&1 ${watchFd}<&${watchFd} &
shift 2
exec "$@" ${watchFd}<&-`;

export interface GuardedChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Run as this user and group; only root can ask for it. */
  readonly userId?: number;
  /** Open Node's IPC channel to the child. @default false */
  readonly ipc?: boolean;
  /** What the watcher sends when we are gone; SIGKILL follows after five seconds. @default 'KILL' */
  readonly orphanSignal?: 'KILL' | 'QUIT' | 'TERM';
  /** A directory that goes with the child when we are gone. */
  readonly orphanRemoves?: string;
}

export interface GuardedChild {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Resolves when the child has ended; never rejects. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Sends each signal in turn until the child has ended. */
  stop(signals?: readonly NodeJS.Signals[], patienceMs?: number): Promise<void>;
}

/** Starts the child in its own session, so a Ctrl-C at the terminal reaches only us. */
export function spawnGuarded(options: GuardedChildOptions): GuardedChild {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', options.ipc ? 'ipc' : 'ignore', 'pipe'];
  const guard = [options.orphanSignal ?? 'KILL', options.orphanRemoves ?? ''];
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...guard, options.command, ...options.args], {
    stdio,
    detached: true,
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.userId === undefined ? {} : { uid: options.userId, gid: options.userId }),
  });
  // Without a listener the event would end us; what failed shows in the pid or the exit.
  child.on('error', () => undefined);
  if (child.pid === undefined) {
    throw new Error(`cannot start ${options.command} in ${options.cwd ?? process.cwd()}`);
  }
  const exited = watchExit(child);
  return {
    process: child,
    pid: child.pid,
    exited,
    stop: (signals = ['SIGTERM', 'SIGKILL'], patienceMs = 5_000) =>
      stopInTurn(child, exited, signals, patienceMs),
  };
}

function watchExit(child: ChildProcess): GuardedChild['exited'] {
  const pipe = child.stdio[watchFd] as Writable;
  // The watcher may be gone already (somebody killed the whole tree); that is not our failure.
  pipe.on('error', () => undefined);
  const { promise, resolve } = Promise.withResolvers<Awaited<GuardedChild['exited']>>();
  child.once('exit', (code, signal) => {
    pipe.end('ended\n');
    resolve({ code, signal });
  });
  return promise;
}

async function stopInTurn(
  child: ChildProcess,
  exited: Promise<unknown>,
  signals: readonly NodeJS.Signals[],
  patienceMs: number,
): Promise<void> {
  for (const signal of signals) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    if (await endsWithin(exited, patienceMs)) return;
  }
}

async function endsWithin(exited: Promise<unknown>, patienceMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, patienceMs, false);
  });
  try {
    return await Promise.race([exited.then(() => true), patience]);
  } finally {
    clearTimeout(timer);
  }
}
