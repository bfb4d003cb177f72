/**
 * Where a running sandbox can be found: one file per sandbox in `.trivet/running` of the directory it was
 * started in, for its owner's eyes only (it holds the database's password), gone when the sandbox stops.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { identifyProcess, isRunning } from '../services/process-identity.ts';
import type { Sandbox } from './sandbox.ts';

const text = z.string().min(1);

const runningSandbox = z.object({
  mode: z.literal('sandbox'),
  process: z.object({ pid: z.int(), startTicks: text }),
  startedAt: text,
  /** The user's config module that was synthesized. */
  configPath: text,
  description: z.object({
    crm: z.object({ url: text }),
    mailchimp: z.object({ baseUrl: text, apiKey: text, audienceId: text, control: text }),
    webhooks: z.object({
      mailchimp: text,
      crm: z.object({ url: text, secret: text, header: text }),
    }),
    aws: z.object({ dynamodb: text, sqs: text, region: text }),
    control: text,
  }),
  stateTable: text,
  historyTable: text,
  pullsQueueUrl: text,
  /** By sync. */
  laneQueueUrls: z.record(text, text),
});

export type RunningSandbox = z.output<typeof runningSandbox>;

const FOLDER = join('.trivet', 'running');

/** Writes the file; the answer takes it away again. */
export function announceSandbox(sandbox: Sandbox, dir: string): () => void {
  const { runtime, description } = sandbox;
  const owner = identifyProcess(process.pid);
  if (owner === undefined) throw new Error('this system has no /proc, which Trivet needs');
  const { values } = runtime.outputs;
  const running: RunningSandbox = {
    mode: 'sandbox',
    process: owner,
    startedAt: new Date().toISOString(),
    configPath: sandbox.configPath,
    description,
    stateTable: values['StateTable'] ?? '',
    historyTable: values['HistoryTable'] ?? '',
    pullsQueueUrl: values['PullsQueue'] ?? '',
    laneQueueUrls: JSON.parse(values['LaneQueues'] ?? '{}') as Record<string, string>,
  };
  const folder = join(dir, FOLDER);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Sandboxes that were killed could not clean up after themselves.
  readFolder(folder);
  const path = join(folder, `${owner.pid}.json`);
  writeFileSync(`${path}.new`, `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return () => rmSync(path, { force: true });
}

/** The sandboxes running in the nearest directory, from here upwards, that has any. */
export function findSandboxes(fromDir: string): readonly RunningSandbox[] {
  for (let dir = resolve(fromDir); ; dir = dirname(dir)) {
    const found = readFolder(join(dir, FOLDER));
    if (found.length > 0 || dir === dirname(dir)) return found;
  }
}

export type ReadSandbox =
  | { readonly kind: 'running'; readonly sandbox: RunningSandbox }
  /** Its process has ended without taking the file away. */
  | { readonly kind: 'stale'; readonly pid: number }
  | { readonly kind: 'unreadable'; readonly reason: string };

export function readSandbox(path: string): ReadSandbox {
  const parsed = parseSandbox(path);
  if (typeof parsed === 'string') return { kind: 'unreadable', reason: parsed };
  return isRunning(parsed.process)
    ? { kind: 'running', sandbox: parsed }
    : { kind: 'stale', pid: parsed.process.pid };
}

function readFolder(folder: string): readonly RunningSandbox[] {
  return listFolder(folder).flatMap((name) => {
    const path = join(folder, name);
    const read = readSandbox(path);
    if (read.kind === 'stale') rmSync(path, { force: true });
    return read.kind === 'running' ? [read.sandbox] : [];
  });
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+\.json$/.test(name));
  } catch {
    // Nobody started a sandbox here.
    return [];
  }
}

function parseSandbox(path: string): RunningSandbox | string {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const parsed = runningSandbox.safeParse(json);
  return parsed.success ? parsed.data : z.prettifyError(parsed.error);
}
