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
  const landed = landedExistence(intent, crm, app);
  const existence = landed ?? base.existence;
  const isStillUnknown =
    state.shadow === null && landed === null && Object.keys(pairs).length === 0;
  return {
    ...state,
    shadow: isStillUnknown ? null : { existence, pairs },
    // Both ends exist now: if one is gone at the next look, somebody took it away.
    link: landed !== null && isAtBoth(landed) ? 'linked' : state.link,
    archivedByUs: state.archivedByUs || isOurRemoval(intent, landed),
  };
}

const isOurRemoval = (intent: Intent, landed: Shadow['existence'] | null): boolean =>
  intent.existence?.end === 'app' && landed !== null && landed.r !== 'present';

const isAtBoth = ({ c, r }: Shadow['existence']): boolean => c === 'present' && r === 'present';

function settleField(
  field: FieldSpec,
  intent: Intent,
  old: Pair | undefined,
  { crm, app }: { readonly crm: CrmSide; readonly app: AppSide },
): Pair | undefined {
  const name = field.fingerprint;
  const atApp = fateOf(field, intent.toApp[name], app.fields[name], old?.r);
  const atCrm = fateOf(field, intent.toCrm[name], crm.fields[name], old?.c);
  if (atApp !== 'landed' && atCrm !== 'landed') return old;
  if (isHalfDone(field, atApp, atCrm)) return old;
  const sent = atApp === 'landed' ? intent.toApp[name] : intent.toCrm[name];
  // A value sent one way is what the other end held when we decided: that is its base.
  const c = atCrm === 'changed' ? old?.c : (intent.toCrm[name] ?? sent);
  const r = atApp === 'changed' ? old?.r : (intent.toApp[name] ?? sent);
  return c === undefined || r === undefined ? undefined : { c, r };
}

/**
 * Sent to both ends, arrived at one. Nobody was at the other since, so the old base makes the merge do
 * the rest; a set’s other end may hold the edit that was being united, which only the old base tells.
 */
function isHalfDone(field: FieldSpec, atApp: Fate, atCrm: Fate): boolean {
  const fates = [atApp, atCrm];
  if (fates.includes('not-sent') || fates.every((fate) => fate === 'landed')) return false;
  return fates.includes('untouched') || field.role === 'set';
}

type Fate = 'not-sent' | 'landed' | 'untouched' | 'changed';

function fateOf(
  field: FieldSpec,
  sent: Value | undefined,
  now: Value | undefined,
  before: Value | undefined,
): Fate {
  if (sent === undefined) return 'not-sent';
  if (now === undefined) return 'changed';
  if (isEquivalent(field.type, sent, now)) return 'landed';
  return before !== undefined && isEquivalent(field.type, before, now) ? 'untouched' : 'changed';
}

/** The existence an open intent was to make, if the end it went to shows it. */
function landedExistence(intent: Intent, crm: CrmSide, app: AppSide): Shadow['existence'] | null {
  if (intent.existence === null) return null;
  const { end, to } = intent.existence;
  const hasLanded = end === 'app' ? app.existence === to.r : crm.existence === to.c;
  return hasLanded ? to : null;
}
