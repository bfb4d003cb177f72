/** Orders of a plan on their way: one page to each lane, and the next when all have told what became of this one. */
import { laneOf } from '../engine/hash.ts';
import type { CrmKey } from '../engine/model.ts';
import type { SyncContext } from '../flow/context.ts';
import type { LaneMessage, PlannedOrder, Reference } from '../ports/messages.ts';
import type { PlanExcuse, PlanResult } from '../ports/state.ts';
import type { PlannedRecord } from './planned-record.ts';

export interface SendOptions {
  readonly planId: string;
  /** Of this attempt at it: results of another are not taken for its own. */
  readonly attempt: string;
  /** The code of the plan's map. */
  readonly code: string;
  readonly pollMs: number;
  /** How long nothing may be heard of a page. */
  readonly silenceMaxMs: number;
  readonly signal?: AbortSignal;
}

/** An order, and the reference it travels with; its key is the record's by now. */
export interface Dispatch {
  readonly seq: number;
  readonly ref: Reference;
  readonly record: Pick<PlannedRecord, 'key' | 'legs' | 'deeds'> &
    Pick<PlannedOrder, 'held' | 'quarantined' | 'undo'>;
}

export interface Answered {
  readonly applied: number;
  readonly already: number;
  readonly moved: readonly PlanExcuse[];
  readonly failed: readonly PlanExcuse[];
}

/** What stops the carrying out before its end, in a sentence. */
export class Stopped extends Error {}

export type SendOrders = (dispatches: readonly Dispatch[]) => Promise<Answered>;

/** So often a page is sent in vain: for about a minute. */
const STALLED_MAX = 6;
const REST_MS = 1_000;

export function createSender(context: SyncContext, options: SendOptions): SendOrders {
  let pages = 0;
  const nextName = (): string => `${options.planId}/${options.attempt}/${(pages += 1)}`;
  return async (dispatches) => {
    const all: Answered[] = [];
    let open = dispatches;
    for (let stalled = 0; open.length > 0; ) {
      const answers = await sendOnce(context, options, pack(context, options, { open, nextName }));
      const refusal = answers.map(({ result }) => result).find(isRefusal);
      if (refusal !== undefined && !refusal.mayRetry) throw new Stopped(refusal.reason);
      const again = new Set(answers.flatMap(leftOver));
      all.push(...answers.flatMap(({ result }) => (result.kind === 'worked' ? [result] : [])));
      const left = open.filter(({ ref }) => again.has(ref.key));
      stalled = left.length < open.length ? 0 : stalled + 1;
      open = left;
      if (stalled === STALLED_MAX)
        throw new Stopped(refusal?.reason ?? 'the lanes do not come to an end with it');
      if (stalled > 0) await context.clock.sleep(REST_MS * 2 ** (stalled - 1));
    }
    return unite(all);
  };
}

const isRefusal = (result: PlanResult): result is Extract<PlanResult, { kind: 'refused' }> =>
  result.kind === 'refused';

function unite(all: readonly Answered[]): Answered {
  const sum = (count: (each: Answered) => number): number =>
    all.reduce((total, each) => total + count(each), 0);
  return {
    applied: sum(({ applied }) => applied),
    already: sum(({ already }) => already),
    moved: all.flatMap(({ moved }) => moved),
    failed: all.flatMap(({ failed }) => failed),
  };
}

interface Answer {
  readonly message: LaneMessage;
  readonly result: PlanResult;
}

const leftOver = ({ message, result }: Answer): readonly CrmKey[] =>
  result.kind === 'refused' ? ordersIn(message).map(({ ref }) => ref.key) : result.unfinished;

const ordersIn = ({ plan }: LaneMessage): readonly PlannedOrder[] => plan?.orders ?? [];

async function sendOnce(
  { state, queue, clock, sync }: SyncContext,
  { pollMs, silenceMaxMs, signal }: SendOptions,
  messages: ReadonlyMap<string, LaneMessage>,
): Promise<readonly Answer[]> {
  await queue.sendLane([...messages.values()]);
  const endsAt = clock.now() + silenceMaxMs;
  for (;;) {
    const results = await state.readPlanResults(sync.spec.name, [...messages.keys()]);
    if (results.size === messages.size)
      return [...results].map(([name, result]) => ({
        message: messages.get(name) as LaneMessage,
        result,
      }));
    if (signal?.aborted === true)
      throw new Stopped('stopped by you; what is in the lanes is still carried out');
    if (clock.now() >= endsAt)
      throw new Stopped(
        'the lanes do not answer: does the stack run? What was sent is still there',
      );
    await clock.sleep(pollMs);
  }
}

const BYTES_MAX = 60_000;

interface Packing {
  readonly open: readonly Dispatch[];
  readonly nextName: () => string;
}

/** One message to a lane, or more where they would be too large for one; by the name under which each is answered. */
function pack(
  { sync }: SyncContext,
  options: SendOptions,
  { open, nextName }: Packing,
): ReadonlyMap<string, LaneMessage> {
  const messages = new Map<string, LaneMessage>();
  for (let lane = 0; lane < sync.lanes; lane += 1) {
    const ofLane = open.filter(({ ref }) => laneOf(ref.key, sync.lanes) === lane);
    for (const part of cut(ofLane)) {
      const name = nextName();
      const orders = part.map(orderOf);
      messages.set(name, {
        sync: sync.spec.name,
        lane,
        refs: [],
        position: {},
        run: options.planId,
        plan: { name, code: options.code, orders },
      });
    }
  }
  return messages;
}

const orderOf = ({
  ref,
  record: { legs, deeds, held, quarantined, undo },
}: Dispatch): PlannedOrder => ({
  ref,
  legs,
  ...(held === undefined ? {} : { held }),
  ...(quarantined === undefined ? {} : { quarantined }),
  ...(undo === undefined ? {} : { undo }),
  deeds: deeds.map(({ kind, column }) => ({ kind, column })),
});

const sizeOf = (dispatch: Dispatch): number =>
  Buffer.byteLength(JSON.stringify(orderOf(dispatch))) + 1;

/** What is too large to travel is looked at where it arrives. */
function lookInstead({ ref: { observed: _tooMuch, ...ref }, ...dispatch }: Dispatch): Dispatch {
  return { ...dispatch, ref: { ...ref, look: true } };
}

function cut(dispatches: readonly Dispatch[]): readonly (readonly Dispatch[])[] {
  const parts: Dispatch[][] = [];
  let bytes = BYTES_MAX;
  for (const whole of dispatches) {
    const each = sizeOf(whole) > BYTES_MAX ? lookInstead(whole) : whole;
    const size = sizeOf(each);
    const last = parts.at(-1);
    if (last === undefined || bytes + size > BYTES_MAX) {
      parts.push([each]);
      bytes = size;
    } else {
      last.push(each);
      bytes += size;
    }
  }
  return parts;
}
