/**
 * Reading a half-finished write. An intent names what we were about to send; whatever an end shows now
 * that equals it is ours and becomes that end's base. What differs is either not written yet (the end
 * still shows its old base) or somebody's edit; both are ordinary deltas from here on.
 */
import type {
  AppSide,
  CrmSide,
  FieldSpec,
  Intent,
  Pair,
  RecordState,
  Shadow,
  SyncSpec,
} from './model.ts';
import { isEquivalent, type Value } from './value.ts';

const NOTHING_YET: Shadow = { existence: { c: 'absent', r: 'absent' }, pairs: {} };

/** The record with its open intent read against what both ends show now. The intent stays open: a redo may follow. */
export function settleIntent(
  spec: SyncSpec,
  state: RecordState,
  crm: CrmSide,
  app: AppSide,
): RecordState {
  const { intent } = state;
  if (intent === null) return state;
  const base = state.shadow ?? NOTHING_YET;
  const pairs: Record<string, Pair> = { ...base.pairs };
  for (const field of spec.fields) {
    const pair = settleField(field, intent, base.pairs[field.fingerprint], { crm, app });
    if (pair !== undefined) pairs[field.fingerprint] = pair;
  }
  const existence = settleExistence(intent, crm, app) ?? base.existence;
  const isStillUnknown =
    state.shadow === null && existence === base.existence && Object.keys(pairs).length === 0;
  return { ...state, shadow: isStillUnknown ? null : { existence, pairs } };
}

function settleField(
  field: FieldSpec,
  intent: Intent,
  old: Pair | undefined,
  { crm, app }: { readonly crm: CrmSide; readonly app: AppSide },
): Pair | undefined {
  const name = field.fingerprint;
  const sentApp = intent.toApp[name];
  const sentCrm = intent.toCrm[name];
  const shows = (sent: Value | undefined, now: Value | undefined): boolean =>
    sent !== undefined && now !== undefined && isEquivalent(field.type, sent, now);
  const landedApp = shows(sentApp, app.fields[name]);
  const landedCrm = shows(sentCrm, crm.fields[name]);
  // A value sent one way is what the other end held when we decided: that is its base.
  const c = landedCrm ? sentCrm : landedApp && sentCrm === undefined ? sentApp : old?.c;
  const r = landedApp ? sentApp : landedCrm && sentApp === undefined ? sentCrm : old?.r;
  return c === undefined || r === undefined ? undefined : { c, r };
}

function settleExistence(intent: Intent, crm: CrmSide, app: AppSide): Shadow['existence'] | null {
  if (intent.existence === null) return null;
  const { end, to } = intent.existence;
  const landed = end === 'app' ? app.existence === to.r : crm.existence === to.c;
  return landed ? to : null;
}
