/**
 * Taking decisions of one record back, planned on what both ends show now: field by field what would be written, and
 * what is refused and why. Writes nothing; what comes out is an order that travels in the record's own lane.
 */
import { deedsOf } from '../engine/deeds.ts';
import { judge, type Verdict } from '../engine/judge.ts';
import { whyNotUndone } from '../engine/orders.ts';
import type { AppSide, CrmKey, CrmSide, FieldSpec, RecordState } from '../engine/model.ts';
import { NO_RETIREMENT, forgetRetired } from '../engine/retirement.ts';
import { isEmpty, isEquivalent, type Value } from '../engine/value.ts';
import { lookAtRecord, type ExplainContext } from '../flow/explain.ts';
import { appLeg, crmLeg, stateLeg } from '../flow/legs.ts';
import { appSide, crmSide } from '../flow/sides.ts';
import { existenceOrder, fieldOrders } from '../flow/work.ts';
import type { UndoneField, UndoOrder } from '../ports/messages.ts';
import type { PlannedRecord } from './planned-record.ts';
import type { UndoWish } from './undo-wish.ts';

export interface UndoRefusal {
  readonly key: CrmKey;
  /** Null: the record as a whole. */
  readonly field: string | null;
  readonly reason: string;
}

export interface UndoPlan {
  /** To be sent; null: nothing of it can be taken back. */
  readonly record: PlannedRecord | null;
  readonly refused: readonly UndoRefusal[];
  /** Fields that both ends hold as before: an undo that was stopped is given again. */
  readonly already: number;
}

export interface UndoBy {
  readonly by: string;
  readonly braked: boolean;
}

/** Why the sync as a whole takes nothing back; null: it does. */
export function whyNoUndo({ sync, app }: Pick<ExplainContext, 'sync' | 'app'>): string | null {
  if (!sync.write) return 'This sync only looks (write: false): nothing is taken back.';
  return app.ledger === undefined
    ? null
    : `${sync.app} shows nobody and is told what the CRM says: change it in the CRM.`;
}

export async function planUndo(
  context: ExplainContext,
  key: CrmKey,
  wish: UndoWish,
  { by, braked }: UndoBy,
): Promise<UndoPlan> {
  const seen = await lookAtRecord(context, key);
  const { sync, clock, state: store } = context;
  const nothing = (reason: string): UndoPlan => ({
    record: null,
    refused: [{ key, field: null, reason }],
    already: 0,
  });
  if (!seen.isKnown) return nothing('nobody knows the record any more');
  if (seen.observation === null)
    return nothing(`the app cannot be asked: ${seen.appProblem ?? 'no answer'}`);
  const now = clock.now();
  const retirement = (await store.loadCheckpoint(sync.spec.name))?.retirement ?? NO_RETIREMENT;
  const state = forgetRetired(seen.state, retirement, now);
  // As apply will make them of the same look.
  const crm = crmSide(sync, seen.row, null, state.shadow);
  const app = appSide(sync.spec, seen.observation, state.shadow);
  const stand: Stand = { key, state, crm, app };
  const whole = wish.existence === null ? null : judgeExistence(context, wish, stand);
  if (whole !== null && whole.refusal !== null) return nothing(whole.refusal);
  const fields = judgeFields(sync.spec.fields, wish, stand);
  const undo: UndoOrder = {
    by,
    what: wish.what,
    fields: fields.taken,
    existence: whole?.action ?? null,
    braked,
  };
  const { refused, already } = fields;
  if (undo.fields.length === 0 && undo.existence === null)
    return { record: null, refused, already };
  const verdict = judge({
    spec: sync.spec,
    state,
    crm,
    app,
    proof: 'fresh',
    cautious: false,
    orders: fieldOrders(sync, undo),
    existenceOrder: existenceOrder(undo),
    now,
  });
  return { record: recordOf(sync.spec.fields, stand, { verdict, undo }), refused, already };
}

interface Stand {
  readonly key: CrmKey;
  readonly state: RecordState;
  readonly crm: CrmSide;
  readonly app: AppSide;
}

interface Whole {
  readonly action: 'archive-app' | 'revive-app' | null;
  readonly refusal: string | null;
}

/** What the rules would put back at once is refused here, with the rule. */
function judgeExistence(
  { sync, app: replica }: ExplainContext,
  { existence }: UndoWish,
  { crm, app, state }: Stand,
): Whole {
  const refuse = (refusal: string): Whole => ({ action: null, refusal });
  if (existence === null || existence.action === null)
    return refuse(existence?.refusal ?? 'nothing was decided about it');
  if (crm.existence === 'absent') return refuse('the row is gone; insert it in the CRM');
  if (crm.existence === 'excluded')
    return refuse('the filter excludes the row; it comes back when the filter takes it in');
  const { action } = existence;
  if (action === 'revive-app') {
    if (app.existence !== 'archived')
      return refuse(`the app’s record is ${app.existence} now, not archived`);
    return state.archivedByUs
      ? { action, refusal: null }
      : refuse('somebody in the app archived the record since; it stays so');
  }
  if (app.existence !== 'present') return refuse(`the app’s record is ${app.existence} already`);
  if (replica.capabilities.archives === false && sync.spec.onAppDelete === 'recreate')
    return refuse(`${sync.app} archives nothing, and onAppDelete: 'recreate' would make it anew`);
  return { action, refusal: null };
}

interface Judged {
  readonly taken: readonly UndoneField[];
  readonly refused: readonly UndoRefusal[];
  readonly already: number;
}

function judgeFields(specs: readonly FieldSpec[], wish: UndoWish, stand: Stand): Judged {
  const taken: UndoneField[] = [];
  const refused: UndoRefusal[] = [];
  let already = 0;
  for (const { field, wrote, back, refusal } of wish.fields) {
    const spec = specs.find(({ column }) => column === field);
    const reason = refusal ?? (spec === undefined ? null : whyNot(spec, { wrote, back }, stand));
    if (reason === null) taken.push({ field, wrote, back });
    else if (reason === IS_BACK) already += 1;
    else refused.push({ key: stand.key, field, reason });
  }
  return { taken, refused, already };
}

/** No refusal: it is where it was to go. */
const IS_BACK = 'both ends hold the value from before already';

function whyNot(
  field: FieldSpec,
  { wrote, back }: { readonly wrote: Value; readonly back: Value },
  { state, crm, app }: Stand,
): string | null {
  if (crm.existence !== 'present' || app.existence !== 'present')
    return `the record is not at both ends (CRM: ${crm.existence}, app: ${app.existence})`;
  const { fingerprint, role, type } = field;
  const crmValue = crm.fields[fingerprint];
  const appValue = app.fields[fingerprint];
  if (crmValue === undefined || appValue === undefined)
    return crm.broken[fingerprint] ?? app.broken[fingerprint] ?? 'an end does not show it';
  if (role === 'match' && isEmpty(back)) return 'it names the person, so it cannot be empty';
  if (isEquivalent(type, crmValue, back) && isEquivalent(type, appValue, back)) return IS_BACK;
  const look = { field, crmValue, appValue, pair: state.shadow?.pairs[fingerprint] };
  const evidence = {
    crmOptInAt: crm.optInAt,
    appOptInAt: app.optInAt,
    withdrawnAt: state.withdrawnAt,
  };
  return whyNotUndone(look, back, { wrote }, evidence);
}

function recordOf(
  fields: readonly FieldSpec[],
  { key, state, crm, app }: Stand,
  { verdict, undo }: { readonly verdict: Verdict; readonly undo: UndoOrder },
): PlannedRecord {
  const reason = `${undo.by} undid ${undo.what}`;
  const deeds = deedsOf(fields, verdict, { crm, app }).map(({ kind, column }) => {
    const spec = fields.find((field) => field.column === column);
    const isApp = kind.endsWith('-app');
    const name = spec?.fingerprint ?? '';
    const [from, to] = isApp
      ? [app.fields[name], verdict.toApp[name]]
      : [crm.fields[name], verdict.toCrm[name]];
    return {
      kind,
      column,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      reason,
    };
  });
  return {
    key,
    remoteId: state.remoteId,
    name: null,
    legs: { crm: crmLeg(crm), state: stateLeg(state), app: appLeg(app) },
    deeds,
    link: false,
    left: { label: 'in step', reason: null },
    undo,
  };
}
