/** Whether a kept plan may be carried out here and now: one sentence that says why not, or null. Pure. */
import { compareMaps, describeChange, mapCode, mapOf } from '../engine/sync-map.ts';
import type { SyncConfig } from '../config/model.ts';
import type { Checkpoint, Health } from '../ports/state.ts';
import type { PlanHead } from './plan-file.ts';

export interface PlanPlace {
  readonly target: PlanHead['target'];
  readonly sync: SyncConfig;
  readonly ends: Checkpoint['ends'];
  readonly checkpoint: Checkpoint | null;
  readonly health: Health;
  /** The app shows nobody: what it was told stands in a ledger. */
  readonly hasLedger?: boolean;
  readonly now: number;
}

/** What was decided longer ago says little about what people want now. */
export const PLAN_AGE_MAX_MS = 7 * 86_400_000;
const DAY_MS = 86_400_000;

export function whyNotAdmitted(head: PlanHead, place: PlanPlace): string | null {
  return whyOther(head, place) ?? whyOld(head, place) ?? whyResting(place);
}

/** It belongs to another stack, to other ends, or to another map. */
function whyOther(head: PlanHead, { target, ends, sync, checkpoint }: PlanPlace): string | null {
  const { name } = sync.spec;
  const anew = `Make it anew: npx trivet plan ${name} -o FILE`;
  // A sandbox has another address each time it is started on the same data.
  const isElsewhere = target.mode !== head.target.mode || isOtherName(head.target, target);
  if (isElsewhere)
    return `This plan was made for ${head.target.mode} ${head.target.name}, and this is ${target.mode} ${target.name}.`;
  for (const [end, what] of [
    ['app', 'the app’s object'],
    ['crm', 'the CRM’s table'],
  ] as const) {
    if (head.ends[end] !== ends[end])
      return `${what} was “${head.ends[end]}” when this plan was made, and is “${ends[end]}” now. ${anew}`;
  }
  const map = mapOf(sync.spec, sync.functions);
  if (mapCode(map) !== head.code)
    return `This plan was made by another map (${head.code}) than the one deployed (${mapCode(map)}). ${anew}`;
  const change = checkpoint === null ? null : compareMaps(checkpoint.map, map);
  if (change === null) return null;
  return `${name} works by another map still: ${describeChange(change)}. Accept this one first: npx trivet resume ${name} --accept ${head.code}`;
}

const isOtherName = (a: PlanHead['target'], b: PlanHead['target']): boolean =>
  b.mode !== 'sandbox' && a.name !== b.name;

function whyOld({ madeAt, sync }: PlanHead, { now }: PlanPlace): string | null {
  const days = Math.floor((now - madeAt) / DAY_MS);
  return now - madeAt > PLAN_AGE_MAX_MS
    ? `This plan is ${days} days old, and a plan is good for 7. Make it anew: npx trivet plan ${sync} -o FILE`
    : null;
}

function whyResting({ sync, health, hasLedger }: PlanPlace): string | null {
  const { name } = sync.spec;
  if (hasLedger === true)
    return `${sync.app} shows nobody, so only the rounds of its sync tell it: npx trivet sync ${name} --once`;
  if (health.paused !== null)
    return `${name} is paused by ${health.paused.by}. Let it go on first: npx trivet resume ${name}`;
  if (health.halted !== null) return `${name} is halted: ${health.halted.reason}`;
  return sync.write ? null : `${name} only looks (write: false): nothing is carried out.`;
}
