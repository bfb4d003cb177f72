/** References into lanes: a record always travels in the same one, at most 500 (1000 to a bulk app) or 60 kB to a message. */
import { laneOf } from '../engine/hash.ts';
import type { LaneMessage, Reference, SourcePosition } from '../ports/messages.ts';
import type { SyncContext } from './context.ts';

const REFS_MAX = 500;
/** So that ten messages, which is what one invocation is given, fill one call. */
const BULK_REFS_MAX = 1_000;
const BYTES_MAX = 60_000;

export interface Routing {
  readonly refs: readonly Reference[];
  readonly position: SourcePosition;
  /** What brakes count together; null: nobody's round asked for it. */
  readonly run: string | null;
}

type Receiver = Pick<SyncContext, 'app'>;

/** What the app takes in one call, where that is more than usual. */
export const pageRefs = ({ app }: Receiver): number => app.capabilities.rowsPerCall ?? REFS_MAX;

const messageRefs = ({ app }: Receiver): number =>
  app.capabilities.rowsPerCall === undefined ? REFS_MAX : BULK_REFS_MAX;

/** A reference, and the run it was asked for in. */
export interface RunReference {
  readonly ref: Reference;
  readonly run: string | null;
}

/** As `route`, for references of several runs. */
export async function routeEach(
  context: SyncContext,
  named: readonly RunReference[],
  position: SourcePosition,
): Promise<void> {
  for (const run of new Set(named.map((each) => each.run))) {
    const refs = named.filter((each) => each.run === run).map(({ ref }) => ref);
    await route(context, { refs, position, run });
  }
}

/** Sends references to their lanes; returns only when every message was accepted. */
export async function route(context: SyncContext, routing: Routing): Promise<number> {
  const messages = laneMessages(context, routing);
  if (messages.length > 0) await context.queue.sendLane(messages);
  return routing.refs.length;
}

export function laneMessages(context: SyncContext, routing: Routing): LaneMessage[] {
  const { spec, lanes } = context.sync;
  const run = routing.run === null ? {} : { run: routing.run };
  const byLane = new Map<number, Reference[]>();
  for (const ref of routing.refs) {
    const lane = laneOf(ref.key, lanes);
    const waiting = byLane.get(lane);
    if (waiting === undefined) byLane.set(lane, [ref]);
    else waiting.push(ref);
  }
  return [...byLane].flatMap(([lane, refs]) =>
    chunk(context, refs).map((part) => ({
      sync: spec.name,
      lane,
      refs: part,
      position: routing.position,
      ...run,
    })),
  );
}

const sizeOf = (ref: Reference): number => Buffer.byteLength(JSON.stringify(ref)) + 1;

/** What is too large to travel is looked at again where it arrives: one record must not stop the sync. */
function lookInstead({ observed: _tooMuch, ...ref }: Reference): Reference {
  return { ...ref, look: true };
}

/** Cuts by count and by size: an SQS message is billed per 64 kB. */
export function chunk(receiver: Receiver, refs: readonly Reference[]): Reference[][] {
  const refsMax = messageRefs(receiver);
  const chunks: Reference[][] = [];
  let current: Reference[] = [];
  let bytes = 0;
  for (const whole of refs) {
    const wholeSize = sizeOf(whole);
    const ref = wholeSize > BYTES_MAX ? lookInstead(whole) : whole;
    const size = ref === whole ? wholeSize : sizeOf(ref);
    if (current.length > 0 && (current.length >= refsMax || bytes + size > BYTES_MAX)) {
      chunks.push(current);
      current = [];
      bytes = 0;
    }
    current.push(ref);
    bytes += size;
  }
  if (current.length > 0) chunks.push(current);
  return chunks;
}
