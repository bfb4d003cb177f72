/**
 * One record on its way through an apply call: what we remember, what both ends show, what was decided
 * and how far it got. The only mutable thing in the flow; it lives for one call.
 */
import type { SyncConfig } from '../config/model.ts';
import type { Order } from '../engine/judge-fields.ts';
import { judge, type Case, type Verdict } from '../engine/judge.ts';
import type { AppSide, CrmKey, CrmSide, Decision, RecordState, RemoteId } from '../engine/model.ts';
import type { ExistenceOrder } from '../engine/orders.ts';
import type { AppObservation } from '../ports/app.ts';
import type { CrmRow } from '../ports/crm.ts';
import type { PlannedOrder, Reference, ResolveCommand, UndoOrder } from '../ports/messages.ts';
import type { StoredRecord } from '../ports/state.ts';
import type { SyncContext } from './context.ts';
import { appSide, crmSide } from './sides.ts';

/** Our clock and the app's, and two of our own hosts, differ by less than this. */
export const FENCE_MS = 5_000;

export type Progress =
  /** There may be more to do. */
  | 'open'
  /** Nothing left to do; to be saved if changed. */
  | 'done'
  /** Somebody else wrote the record meanwhile, or time is up: look again later, from the start. */
  | 'again';

/** A person's order of a plan, or about what a brake holds. */
export interface Planned {
  readonly order: PlannedOrder;
  /** Why it is not done: the record has moved since. */
  excuse: string | null;
  isChecked: boolean;
  /** What was held counts as agreed now. */
  isDropped?: boolean;
}

export interface Work {
  readonly key: CrmKey;
  readonly ref: Reference;
  /** What brakes count it under; null: a message of earlier code, or a person’s order. */
  readonly run: string | null;
  /** The queue's name of the last message that names the record. */
  readonly message: string | null;
  /** What a person ordered; empty once carried out. */
  commands: readonly ResolveCommand[];
  /** The record as this call found it, to tell what changed. */
  readonly opened: RecordState;
  /** What the store holds by now: an intent noted in this call is in it. */
  stored: StoredRecord;
  state: RecordState;
  row: CrmRow | undefined;
  crm: CrmSide;
  observation: AppObservation | null;
  proof: 'fresh' | 'seen' | 'assumed';
  /** Both ends must be looked at in this call, whatever the shadow says. */
  mustLook: boolean;
  /** The app's record of nobody that may be this person; null: none is known. Undefined: not asked yet. */
  stranger?: RemoteId | null;
  /** The message was delivered before: look before any write. */
  cautious: boolean;
  verdict: Verdict | null;
  decisions: Decision[];
  progress: Progress;
  /** It was judged to the end, on what it showed. */
  isAtRest: boolean;
  /** Another holder wrote the record in between. */
  isLost: boolean;
  isDirty: boolean;
  /** References to send to other lanes (or our own) once this record is saved. */
  follow: Reference[];
  /** What an accepted plan says of it, and why it is not done. */
  planned?: Planned;
  /** What a person takes back of it; none once it was carried out. */
  undo?: UndoOrder | null;
  /** The fields (null: the record as a whole) that were taken back in this call. */
  undone?: readonly (string | null)[];
  /** The record gave up its match value or left: whoever it blocked may look again. */
  movedAway: boolean;
}

/** Another holder wrote the record meanwhile: it is worked again from the start. */
export function loseTo(work: Work): void {
  work.progress = 'again';
  work.isLost = true;
}

/** A record nobody has met yet. */
export function newState(key: CrmKey): RecordState {
  return {
    key,
    remoteId: null,
    link: 'planned',
    shadow: null,
    intent: null,
    parked: {},
    parking: null,
    fights: {},
    withdrawnAt: null,
    wroteAt: null,
    appVersion: null,
    archivedByUs: false,
    deletedAt: null,
    withheld: null,
    passed: [],
    renewal: 0,
    ledger: null,
  };
}

/** What the app side is worth: an observation begun before our last write had surely ended proves nothing. */
export function isFenced(state: RecordState, observation: AppObservation): boolean {
  const isTooEarly = state.wroteAt !== null && observation.beganAt < state.wroteAt + FENCE_MS;
  return isTooEarly || isNoNewer(state, observation);
}

/** A version of the same second may be the older or the newer of the two, unless it was seen after a look that led to no write. */
function isNoNewer(
  { appVersion, withheld }: RecordState,
  { version, beganAt }: AppObservation,
): boolean {
  if (version === null || appVersion === null || version > appVersion) return false;
  const isLater = withheld?.by === 'mode' && beganAt > withheld.at + FENCE_MS;
  return version < appVersion || !isLater;
}

export function appSideOf(sync: SyncConfig, work: Work): AppSide | null {
  return work.observation === null ? null : appSide(sync.spec, work.observation, work.state.shadow);
}

export function judgeWork(sync: SyncConfig, work: Work, now: number): Verdict {
  const app = appSideOf(sync, work);
  // Looking again is for those who are about to overwrite something.
  const isEnough = !sync.write && work.proof === 'seen' && work.state.intent === null;
  return judge({
    spec: sync.spec,
    state: work.state,
    crm: work.crm,
    app,
    proof: isEnough ? 'fresh' : work.proof,
    cautious: work.cautious,
    ...(sync.write ? ordersOf(sync, work) : { orders: {} }),
    now,
  });
}

function ordersOf(
  sync: SyncConfig,
  { commands, undo = null }: Pick<Work, 'commands' | 'undo'>,
): Pick<Case, 'orders' | 'existenceOrder'> {
  const orders: Record<string, Order> = undo === null ? {} : fieldOrders(sync, undo);
  for (const { field, take, by } of commands) {
    const spec = sync.spec.fields.find((each) => each.column === field);
    if (spec !== undefined) orders[spec.fingerprint] = { take, by };
  }
  return undo === null ? { orders } : { orders, existenceOrder: existenceOrder(undo) };
}

/** Of an undo: each field back, and the record out or in again. */
export function fieldOrders(sync: SyncConfig, { by, what, fields }: UndoOrder) {
  const orders: Record<string, Order> = {};
  for (const { field, wrote, back } of fields) {
    const spec = sync.spec.fields.find((each) => each.column === field);
    if (spec === undefined) continue;
    orders[spec.fingerprint] = {
      take: { side: 'value', value: back },
      by,
      undoes: { wrote, what },
    };
  }
  return orders;
}

export const existenceOrder = ({ existence, by, what }: UndoOrder): ExistenceOrder | null =>
  existence === null ? null : { action: existence, by, what };

export function showRow({ sync, clock }: SyncContext, work: Work, row: CrmRow | undefined): void {
  const ref = work.row === undefined ? work.ref : { ...work.ref, hadRow: true };
  work.row = row;
  work.crm = crmSide(sync, row, crmTime(ref, row, clock.now()), work.state.shadow);
}

/**
 * When the row changed, as the log says. One that is missing now and was there when it was named was deleted since,
 * which is to say now: the time of an older change would let somebody pass who came before the deletion.
 */
export function crmTime(
  { crmAt, goneAt, hadRow }: Reference,
  row: CrmRow | undefined,
  now: number,
): number | null {
  if (row !== undefined) return crmAt ?? null;
  return goneAt ?? (crmAt !== undefined || hadRow === true ? now : null);
}

/** An undo is carried out once: what is judged from here on is judged by the rules. */
export function tookBack(work: Work, decisions: readonly Decision[]): void {
  if (work.undo === undefined || work.undo === null) return;
  work.undone = decisions.flatMap(({ field, reason }) => (reason.rule === 'undo' ? [field] : []));
  work.undo = null;
}
