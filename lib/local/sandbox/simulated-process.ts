/** A simulated app as a child process: started with options, ready when it has said so in one line, told things over HTTP. */
import { createInterface } from 'node:readline';
import { spawnGuarded } from '../services/guarded-child.ts';

export interface SimulatedProcess<Ready> {
  /** What it said when it was ready. */
  readonly ready: Ready;
  readonly pid: number;
  readonly exited: Promise<unknown>;
  stop(): Promise<void>;
}

export interface SimulatedProcessOptions {
  /** For people: `the simulated Mailchimp`. */
  readonly name: string;
  /** Path of its `serve.ts`. */
  readonly script: string;
  readonly options: object;
  readonly onLog: (line: string) => void;
}

export async function startSimulatedProcess<Ready>({
  name,
  script,
  options,
  onLog,
}: SimulatedProcessOptions): Promise<SimulatedProcess<Ready>> {
  const child = spawnGuarded({
    command: process.execPath,
    args: [script, JSON.stringify(options)],
    orphanSignal: 'TERM',
  });
  const { stdout, stderr } = child.process;
  if (stdout === null || stderr === null) throw new Error(`${name} has no output`);
  createInterface({ input: stderr }).on('line', onLog);
  const line = new Promise<string>((resolve) =>
    createInterface({ input: stdout }).once('line', resolve),
  );
  const ended = child.exited.then(({ code }) => {
    throw new Error(`${name} ended at its start (code ${code})`);
  });
  const ready = JSON.parse(await Promise.race([line, ended])) as Ready;
  return { ready, pid: child.pid, exited: child.exited, stop: () => child.stop() };
}

export async function postJson(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`POST ${url} answered ${answer.status}: ${text}`);
  return text === '' ? null : (JSON.parse(text) as unknown);
}
