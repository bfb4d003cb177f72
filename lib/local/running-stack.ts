/**
 * A stack on this machine as a file tells of it: which process runs it, where its services listen, what it
 * calls its tables and queues. For its owner's eyes only: whoever can reach the services reaches the secrets.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import type { Runtime } from './runtime/runtime.ts';
import { identifyProcess, isRunning } from './services/process-identity.ts';
import type { AwsServices } from './services/services.ts';

const text = z.string().min(1);

const runningStack = z.object({
  mode: z.enum(['sandbox', 'local']),
  process: z.object({ pid: z.int(), startTicks: text, bootId: text }),
  /** ISO time. */
  startedAt: text,
  /** The user's config module that was synthesized. */
  configPath: text,
  /** The sandbox's control API. */
  control: text.nullable(),
  /** Where webhooks and doorbells reach the stack from outside; null where nobody outside can. */
  endpoint: text.nullable(),
  aws: z.object({ dynamodb: text, sqs: text, secretsManager: text, region: text }),
  /** The template's own outputs, as CloudFormation would tell them. */
  outputs: z.record(text, text),
});

export type RunningStack = z.output<typeof runningStack>;

export interface StackToTell {
  readonly mode: RunningStack['mode'];
  readonly configPath: string;
  readonly control: string | null;
  readonly endpoint: string | null;
  readonly services: AwsServices;
  readonly runtime: Pick<Runtime, 'outputs'>;
}

export function tellStack(path: string, stack: StackToTell): void {
  const { services, runtime, ...told } = stack;
  const owner = identifyProcess(process.pid);
  if (owner === undefined) throw new Error('this system has no /proc, which Trivet needs');
  const running: RunningStack = {
    ...told,
    process: owner,
    startedAt: new Date().toISOString(),
    aws: {
      dynamodb: services.dynamodb.endpoint,
      sqs: services.sqs.endpoint,
      secretsManager: services.secrets.endpoint,
      region: services.region,
    },
    outputs: runtime.outputs.values,
  };
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export type ReadStack =
  | { readonly kind: 'running'; readonly stack: RunningStack }
  /** Its process has ended without taking the file away. */
  | { readonly kind: 'ended'; readonly stack: RunningStack }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly reason: string };

export function readStack(path: string): ReadStack {
  if (!existsSync(path)) return { kind: 'missing' };
  const parsed = parseStack(path);
  if (typeof parsed === 'string') return { kind: 'unreadable', reason: parsed };
  return { kind: isRunning(parsed.process) ? 'running' : 'ended', stack: parsed };
}

function parseStack(path: string): RunningStack | string {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const parsed = runningStack.safeParse(json);
  return parsed.success ? parsed.data : z.prettifyError(parsed.error);
}
