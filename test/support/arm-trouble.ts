/** The suite's troubles as faults of a simulated app that answers like any HTTP API. */
import type { Trouble, TroubleName } from '../../lib/conformance/harness.ts';
import { control, type Controlled } from './simulator-control.ts';

const WRITES = ['POST /', 'PUT /', 'PATCH /', 'DELETE /'];

const FAULTS: Readonly<Record<Exclude<TroubleName, 'unreachable'>, object>> = {
  '401': { kind: 'status', status: 401 },
  '403': { kind: 'status', status: 403 },
  '404': { kind: 'status', status: 404 },
  '409': { kind: 'status', status: 409 },
  '429': { kind: 'status', status: 429 },
  '500': { kind: 'status', status: 500 },
  '503': { kind: 'status', status: 503 },
  'html-502': { kind: 'page', status: 502 },
  'html-200': { kind: 'page', status: 200 },
  'timeout-before': { kind: 'timeout-before' },
  'timeout-after': { kind: 'timeout-after' },
  reset: { kind: 'reset' },
};

export async function armTrouble(
  simulator: Controlled,
  { name, on, times }: Trouble,
): Promise<void> {
  if (name === 'unreachable') throw new Error('the server is stopped for that');
  // A lasting silence that held its connections for long would soon have all that a vendor allows.
  const count = times === null ? { ms: 400 } : { count: times, ms: 60_000 };
  const matches = on === 'writes' ? WRITES.map((match) => ({ match })) : [{}];
  for (const match of matches) {
    await control(simulator, 'POST', '/faults', { ...FAULTS[name], ...count, ...match });
  }
}
