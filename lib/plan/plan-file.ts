/**
 * A plan that is kept: JSON, one document to a line, so that a million records are written and read as a stream.
 *
 *   {"trivet":"plan", …what it belongs to}   {"key":…, …one record} …   {"end":…}
 *
 * People's values are in it, so nobody but its owner may read it. A file without its last line was never finished.
 */
import { createReadStream, openSync, writeSync, closeSync, renameSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Checkpoint } from '../ports/state.ts';
import type { PlannedRecord } from './planned-record.ts';

const VERSION = 1;

/** What a plan belongs to: nothing else is carried out by it. */
export interface PlanHead {
  readonly id: string;
  /** The stack: its mode and name. */
  readonly target: { readonly mode: string; readonly name: string };
  readonly sync: string;
  readonly ends: Checkpoint['ends'];
  /** The code of its map. */
  readonly code: string;
  readonly madeAt: number;
}

export interface PlanWriter {
  add(record: PlannedRecord): void;
  /** Complete: only now the file has its name. */
  finish(): void;
  /** Nothing is left of it. */
  discard(): void;
}

const OWNER_ONLY = 0o600;
const BUFFER_CHARS = 256 * 1024;

export function createPlanFile(path: string, head: PlanHead): PlanWriter {
  const draft = `${path}.${process.pid}.draft`;
  const file = openDraft(path, draft);
  let waiting = '';
  let records = 0;
  const flush = (): void => {
    if (waiting !== '') writeSync(file, waiting);
    waiting = '';
  };
  const line = (document: object): void => {
    waiting += `${JSON.stringify(document)}\n`;
    if (waiting.length >= BUFFER_CHARS) flush();
  };
  line({ trivet: 'plan', version: VERSION, ...head });
  return {
    add: (record) => {
      records += 1;
      line(record);
    },
    finish: () => {
      line({ end: true, records });
      flush();
      closeSync(file);
      renameSync(draft, path);
    },
    discard: () => {
      closeSync(file);
      rmSync(draft, { force: true });
    },
  };
}

function openDraft(path: string, draft: string): number {
  try {
    return openSync(draft, 'wx', OWNER_ONLY);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new Error(`${path} cannot be written: ${said}`);
  }
}

export interface OpenedPlan {
  readonly head: PlanHead;
  /** Throws when the file ends before its last line. */
  readonly records: () => AsyncIterable<PlannedRecord>;
}

/** Throws a sentence for whatever is no plan. */
export async function openPlanFile(path: string): Promise<OpenedPlan> {
  const first = await readFirst(path);
  return { head: requireHead(path, first), records: () => readRecords(path) };
}

async function readFirst(path: string): Promise<unknown> {
  for await (const line of linesOf(path)) return parseLine(path, line);
  throw new Error(`${path} is empty. npx trivet plan <sync> -o FILE writes one.`);
}

async function* linesOf(path: string): AsyncIterable<string> {
  const input = createReadStream(path);
  try {
    yield* createInterface({ input, crlfDelay: Infinity });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new Error(`${path} cannot be read: ${said}`);
  } finally {
    input.destroy();
  }
}

function parseLine(path: string, line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    throw new Error(`${path} is no plan: a line of it is no JSON. Was it cut or edited?`);
  }
}

function requireHead(path: string, found: unknown): PlanHead {
  const head = (found ?? {}) as Partial<PlanHead> & { trivet?: unknown; version?: unknown };
  if (head.trivet !== 'plan')
    throw new Error(`${path} is no plan. npx trivet plan <sync> -o FILE writes one.`);
  if (head.version !== VERSION) {
    throw new Error(
      `${path} was written by another version of Trivet (form ${String(head.version)}, this one knows ${VERSION}). Make the plan anew.`,
    );
  }
  return head as PlanHead;
}

async function* readRecords(path: string): AsyncIterable<PlannedRecord> {
  let count = -1;
  let end: { end?: unknown; records?: unknown } | null = null;
  for await (const line of linesOf(path)) {
    count += 1;
    if (count === 0) continue;
    const document = parseLine(path, line) as PlannedRecord & { end?: unknown; records?: unknown };
    if (document.end === true) end = document;
    else yield document;
  }
  if (end === null || end.records !== count - 1)
    throw new Error(
      `${path} is not complete: it has ${count} lines and no end. Make the plan anew.`,
    );
}
