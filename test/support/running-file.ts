/** Files by which stacks on this machine tell where they are, without any stack. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RunningStack } from '../../lib/local/running-stack.ts';
import {
  identifyProcess,
  type ProcessIdentity,
} from '../../lib/local/services/process-identity.ts';

export function ownIdentity(): ProcessIdentity {
  const own = identifyProcess(process.pid);
  if (own === undefined) throw new Error('this system has no /proc');
  return own;
}

/** Of a process that had our number and ended. */
export const endedIdentity = (): ProcessIdentity => ({ ...ownIdentity(), startTicks: '1' });

export function writeRunningFile(path: string, more: Partial<RunningStack> = {}): string {
  const stack: RunningStack = {
    mode: 'sandbox',
    process: ownIdentity(),
    startedAt: '2025-03-01T10:00:00.000Z',
    configPath: '/somewhere/trivet.config.ts',
    control: 'http://127.0.0.1:5',
    endpoint: null,
    aws: {
      dynamodb: 'http://127.0.0.1:1',
      sqs: 'http://127.0.0.1:2',
      secretsManager: 'http://127.0.0.1:3',
      region: 'us-east-1',
    },
    outputs: {},
    ...more,
  };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(stack));
  return path;
}
