/**
 * Recognises a chain function → queue → same function → … and counts its rounds, as Lambda does: the
 * count travels in the trace header, which the AWS SDK copies from `_X_AMZN_TRACE_ID` into every
 * request and SQS keeps with the message as AWSTraceHeader. Functions need no code for it.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
import { createHash } from 'node:crypto';

/** "Approximately 16 times" in the same chain; the next invocation is not made. */
export const hopsMax = 16;

export interface Trace {
  readonly root: string;
  /** Invocations of each function in this chain so far, by the hash of its ARN. */
  readonly hops: Readonly<Record<string, number>>;
}

/** Tolerant: a header that is missing or another's begins a new chain. */
export function parseTrace(header: string | undefined): Trace | undefined {
  const parts = new Map<string, string>();
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0) parts.set(part.slice(0, at), part.slice(at + 1));
  }
  const root = parts.get('Root');
  if (root === undefined) return undefined;
  const hops: Record<string, number> = {};
  for (const entry of (parts.get('Lineage') ?? '').split('|')) {
    const [hash, count] = entry.split(':');
    if (hash !== undefined && Number.isInteger(Number(count))) hops[hash] = Number(count);
  }
  return { root, hops };
}

export function formatTrace(trace: Trace, parent: string): string {
  const lineage = Object.entries(trace.hops).map(([hash, count]) => `${hash}:${count}`);
  const tail = lineage.length === 0 ? '' : `;Lineage=${lineage.join('|')}`;
  return `Root=${trace.root};Parent=${parent};Sampled=0${tail}`;
}

export function countHops(trace: Trace | undefined, functionArn: string): number {
  return trace?.hops[hashArn(functionArn)] ?? 0;
}

/** The trace of an invocation: the longest chain of those that led to it, one round longer. */
export function continueTrace(
  traces: readonly (Trace | undefined)[],
  functionArn: string,
  newRoot: string,
): Trace {
  const hops: Record<string, number> = {};
  for (const trace of traces) {
    for (const [hash, count] of Object.entries(trace?.hops ?? {})) {
      hops[hash] = Math.max(hops[hash] ?? 0, count);
    }
  }
  const own = hashArn(functionArn);
  hops[own] = (hops[own] ?? 0) + 1;
  return { root: traces.find((trace) => trace !== undefined)?.root ?? newRoot, hops };
}

function hashArn(arn: string): string {
  return createHash('sha256').update(arn).digest('hex').slice(0, 8);
}
