/**
 * Why a field holds what it holds, and why a value that one end shows was not written to the other: each as a word
 * and a sentence. Pure; what happens next is explain-next.ts.
 */
import { dayOf } from '../engine/brakes.ts';
import type { Action, CrmSide, AppSide, FieldSpec, Pair, ParkedField } from '../engine/model.ts';
import { isEquivalent, type Value } from '../engine/value.ts';
import type { DatedDecision } from './explain.ts';
import { timeOf, within, type NextContext } from './explain-next.ts';
import { FENCE_MS } from './work.ts';

/** `looking`: the sync only looks. The others are words of SPEC.md. */
export type UnwrittenWord =
  | 'excluded'
  | 'quarantined'
  | 'waiting'
  | 'held'
  | 'parked'
  | 'looking'
  | 'fenced'
  | 'rewritten'
  | 'dropped'
  | 'echo';

export interface Unwritten {
  readonly word: UnwrittenWord;
  /** A sentence. */
  readonly text: string;
}

export interface WhyContext {
  readonly next: NextContext;
  /** About the field, or about the record as a whole; newest first. */
  readonly decisions: readonly DatedDecision[];
  readonly crm: CrmSide;
  readonly app: AppSide | null;
  readonly now: number;
}

/** What brought the value there that both last agreed on. */
export function whyHere(field: FieldSpec, { next, decisions }: WhyContext): string {
  const { app } = next;
  const made = decisions.find((each) => sourceOf(each, app) !== null);
  if (made !== undefined)
    return `${sourceOf(made, app) ?? ''} on ${dayOf(made.at)} at ${timeOf(made.at)}: ${within(made.decision.reason.text)}.`;
  return next.state.shadow?.pairs[field.fingerprint] === undefined
    ? 'Nothing was agreed on it yet; each end shows its own.'
    : 'Both ends have held it for longer than what history still has of it.';
}

const SOURCES: Readonly<Partial<Record<Action, string>>> = {
  'write-app': 'The CRM’s value went to {app}',
  'write-crm': '{app}’s value came to the CRM',
  'write-both': 'It was written to {app} and the CRM',
  agree: 'Both ends held it',
  'create-app': 'It went to {app} with the record',
  'revive-app': 'It came back to {app} with the record',
  'create-crm': 'It came to the CRM with the row',
};

const sourceOf = ({ decision: { action } }: DatedDecision, app: string): string | null =>
  SOURCES[action]?.replace('{app}', app) ?? null;

/** Null: there is nothing that would have to be written, or it is about to be. */
export function whyUnwritten(field: FieldSpec, context: WhyContext): Unwritten | null {
  const { next } = context;
  const { state, obstacle } = next;
  if (obstacle !== null) return told('excluded', obstacle);
  if (context.crm.existence === 'excluded') return told('excluded', 'the filter excludes the row');
  if (state.parking !== null) return told(state.parking.kind, state.parking.reason);
  const parked = state.parked[field.fingerprint];
  if (parked !== undefined) return told(wordFor(parked), `${parked.kind}: ${parked.reason}`);
  const { withheld } = state;
  const isWithheld = withheld?.deeds.some(
    ({ column }) => column === null || column === field.column,
  );
  if (withheld !== null && isWithheld === true)
    return told(withheld.by === 'brake' ? 'held' : 'looking', withheld.reason);
  return whyNothing(field, context);
}

const told = (word: UnwrittenWord, reason: string): Unwritten => ({
  word,
  text: `${within(reason)}.`,
});

/** Consent without proof is held for a person, as what a brake holds is. */
const wordFor = ({ kind }: ParkedField): UnwrittenWord =>
  kind === 'consent' ? 'held' : kind === 'waiting' ? 'waiting' : 'parked';

function whyNothing(
  field: FieldSpec,
  { next, decisions, crm, app, now }: WhyContext,
): Unwritten | null {
  const { state } = next;
  const pair = state.shadow?.pairs[field.fingerprint];
  const shown = { c: crm.fields[field.fingerprint], r: app?.fields[field.fingerprint] };
  if (pair === undefined || shown.c === undefined || shown.r === undefined) return null;
  if (!isAgreed(field, pair, { c: shown.c, r: shown.r })) {
    const until = (state.wroteAt ?? 0) + FENCE_MS;
    if (until <= now) return null;
    const text = `our last write of the record ended at ${timeOf(state.wroteAt ?? 0)}; what was seen within ${FENCE_MS / 1000} s of it proves nothing, so the record is looked at again`;
    return told('fenced', text);
  }
  if (!isEquivalent(field.type, pair.c, pair.r)) return whyApart(pair, next.app);
  const last = decisions.find(({ decision: { action } }) => action !== 'leave');
  const action = last?.decision.action;
  if (last === undefined || (action !== 'write-app' && action !== 'write-crm')) return null;
  const end = action === 'write-app' ? next.app : 'the CRM';
  const text = `what ${end} shows is our own write of ${dayOf(last.at)}, ${timeOf(last.at)}; coming back it moves nothing`;
  return told('echo', text);
}

/** Both ends hold what they held when they were agreed, and it is not the same: without this nobody could say why. */
function whyApart({ dropped, rewrittenBy }: Pair, app: string): Unwritten | null {
  if (dropped === true)
    return told(
      'dropped',
      'a person dropped the difference that a brake held; it stays until either end changes',
    );
  if (rewrittenBy === undefined) return null;
  const end = rewrittenBy === 'app' ? app : 'the CRM';
  const text = `${end} keeps its own form of the value, as its answer showed; the difference is agreed until either end changes`;
  return told('rewritten', text);
}

const isAgreed = (
  { type }: FieldSpec,
  pair: Pair,
  { c, r }: { readonly c: Value; readonly r: Value },
): boolean => isEquivalent(type, pair.c, c) && isEquivalent(type, pair.r, r);
