/**
 * Between the judgement and its writes: a sync that only looks writes nothing, and brakes hold what would be
 * too much at once. What is withheld is noted in its record; everything else of the page goes on.
 */
import { isDeepStrictEqual } from 'node:util';
import { isInDoubt } from '../engine/adoption.ts';
import { dayOf, type Counts } from '../engine/brakes.ts';
import { isCapped, isConsent, isDestroying } from '../engine/caps.ts';
import { classOf, type JudgedDeed } from '../engine/deeds.ts';
import type { BrakeClass, Decision, Deed, Withheld } from '../engine/model.ts';
import { withhold } from '../engine/withhold.ts';
import { reservePassage } from './book.ts';
import type { SyncContext } from './context.ts';
import { deedsIn } from './deeds-in.ts';
import { stakesOf } from './stakes.ts';
import { approvedOf } from './held-orders.ts';
import { isAccepted } from './planned-orders.ts';
import type { Work } from './work.ts';

export async function restrain(context: SyncContext, works: readonly Work[]): Promise<void> {
  if (context.sync.write) await brake(context, works);
  else for (const work of works) onlyLook(context, work);
}

function onlyLook(context: SyncContext, work: Work): void {
  const deeds = deedsIn(context, work);
  if (deeds.length === 0) return;
  note(context, work, { by: 'mode', deeds, reason: 'the sync only looks (write: false)' });
}

/** A record and the brakes it must pass: fresh at some, held by others before. */
interface Asking {
  readonly work: Work;
  readonly deeds: readonly JudgedDeed[];
  readonly fresh: ReadonlySet<BrakeClass>;
  readonly held: ReadonlySet<BrakeClass>;
}

async function brake(context: SyncContext, works: readonly Work[]): Promise<void> {
  const asking = works.flatMap((work) => ask(context, work) ?? []);
  if (asking.length === 0) return;
  for (const run of new Set(asking.map(({ work }) => work.run))) {
    const ofRun = asking.filter(({ work }) => work.run === run);
    await passOrHold(context, run, ofRun);
  }
}

/** A person's order is a person's: no brake stands before it, nor before what they accepted in a plan or let go. */
function ask(context: SyncContext, work: Work): Asking | null {
  if (work.commands.length > 0) return null;
  const { withheld, passed } = work.state;
  const deeds = deedsIn(context, work);
  if (isAccepted(work, deeds)) return null;
  const known = withheld?.by === 'brake' ? withheld.deeds.map(classOf) : [];
  const wanted = [...new Set(deeds.flatMap((deed) => deed.class ?? []))];
  const approved = approvedOf(work);
  const isFree = (one: BrakeClass): boolean => passed.includes(one) || approved.has(one);
  const isDoubted = (one: BrakeClass): boolean =>
    isInDoubt(work.state) && (isDestroying(one) || one === 'refuse' || one === 'create');
  const mayStop = (one: BrakeClass): boolean =>
    isCapped(context.sync.brakes, one) || isDoubted(one);
  const open = wanted.filter((one) => mayStop(one) && !isFree(one));
  // What passed before and could not be carried out is still under way; it is not counted twice.
  letThrough(work, wanted.filter(isFree));
  if (open.length === 0) return null;
  // In doubt only a person's word lets it through.
  const isHeld = (one: BrakeClass): boolean => known.includes(one) || isDoubted(one);
  return {
    work,
    deeds,
    fresh: new Set(open.filter((one) => !isHeld(one))),
    held: new Set(open.filter(isHeld)),
  };
}

function letThrough(work: Work, classes: readonly BrakeClass[]): void {
  const { verdict } = work;
  if (verdict === null || classes.length === 0) return;
  const passed = [...new Set([...verdict.state.passed, ...classes])];
  work.verdict = { ...verdict, state: { ...verdict.state, passed } };
}

async function passOrHold(
  context: SyncContext,
  run: string | null,
  asking: readonly Asking[],
): Promise<void> {
  const { state, sync, clock } = context;
  const at = clock.now();
  const passage = await reservePassage(state, sync.spec.name, sync.brakes, {
    // Whoever has no run shares one with all those of the day.
    run: run ?? `none ${dayOf(at)}`,
    at,
    fresh: countOf(asking.map(({ fresh }) => fresh)),
    held: countOf(asking.map(({ held }) => held)),
  });
  const left = { fresh: { ...passage.fresh }, held: { ...passage.held } };
  for (const each of asking) decide(context, each, left);
  // A first sync may hold a hundred thousand: said once, it is read.
  if (passage.isFirstStop) context.log.warn('held', { reason: whyHeld(context, passage.stopped) });
}

function countOf(sets: readonly ReadonlySet<BrakeClass>[]): Counts {
  const counts: Partial<Record<BrakeClass, number>> = {};
  for (const one of sets.flatMap((set) => [...set])) counts[one] = (counts[one] ?? 0) + 1;
  return counts;
}

type Left = { [Part in 'fresh' | 'held']: Partial<Record<BrakeClass, number>> };

function decide(context: SyncContext, { work, deeds, ...asked }: Asking, left: Left): void {
  const stopped = new Set<BrakeClass>();
  for (const part of ['fresh', 'held'] as const) {
    for (const one of asked[part]) {
      const room = left[part][one] ?? 0;
      if (room > 0) {
        left[part][one] = room - 1;
        letThrough(work, [one]);
      } else stopped.add(one);
    }
  }
  const withheld = deeds.filter((deed) => deed.class !== null && stopped.has(deed.class));
  if (withheld.length === 0) return;
  const classes = [...new Set(withheld.flatMap((deed) => deed.class ?? []))];
  const why = isInDoubt(work.state) ? whyDoubted : whyHeld;
  note(context, work, { by: 'brake', deeds: withheld, reason: why(context, classes) });
}

const WHAT: Record<BrakeClass, string> = {
  delete: 'deletions',
  unsubscribe: 'unsubscriptions',
  archive: 'archivings',
  refuse: 'refusals',
  subscribe: 'subscriptions',
  create: 'new records',
  overwrite: 'overwritten values',
};

function whyHeld({ sync }: SyncContext, classes: readonly BrakeClass[]): string {
  const what = classes.map((one) => WHAT[one]).join(' and ');
  const { name } = sync.spec;
  return `more ${what} at once than the brakes allow; npx trivet held ${name} shows them, npx trivet approve ${name} lets them go`;
}

/** Whoever came after the backup looks deleted, and whoever was deleted after it is there again. */
function whyDoubted({ sync }: SyncContext, classes: readonly BrakeClass[]): string {
  const said = 'for what one end says since the sync lost its place';
  const what = classes.some(isDestroying)
    ? `it would be taken away ${said}`
    : classes.includes('refuse')
      ? `it would be refused ${said}`
      : 'it is there again since the sync lost its place';
  const { name } = sync.spec;
  return `${what}, which may be a restore’s doing; npx trivet held ${name} shows them, npx trivet approve ${name} lets them go`;
}

const heldDecision =
  (text: string) =>
  (deed: Deed): Decision => ({
    field: deed.column,
    action: 'park',
    reason: { rule: `brake/${classOf(deed)}`, text },
  });

/** Since when it is held, a person wants to know; when it was last looked at, the fence of a sync that only looks. */
function note(
  context: SyncContext,
  work: Work,
  {
    by,
    deeds,
    reason,
  }: Pick<Withheld, 'by' | 'reason'> & { readonly deeds: readonly JudgedDeed[] },
): void {
  const { verdict, state, run } = work;
  if (verdict === null) return;
  const old = state.withheld?.by === by ? state.withheld : null;
  const plain = deeds.map(({ kind, column }) => ({ kind, column }));
  const isKnown = isDeepStrictEqual(old?.deeds, plain);
  const withheld: Withheld =
    by === 'brake'
      ? heldSince(context, work, { old, plain, reason })
      : { by, deeds: plain, reason, at: context.clock.now(), run };
  if (by === 'brake' && !isKnown) {
    work.decisions.push(...plain.map(heldDecision(reason)));
    context.log.count('records.held', 1);
    if (plain.some((deed) => isConsent(classOf(deed)))) context.log.count('consent.held', 1);
  }
  work.verdict = withhold(context.sync.spec.fields, verdict, withheld, state);
}

interface Holding {
  readonly old: Withheld | null;
  readonly plain: readonly Deed[];
  readonly reason: string;
}

/** It stays in the batch in which it was held first; held for another value, it is held since now. */
function heldSince(
  { sync, clock }: SyncContext,
  { verdict, run }: Work,
  { old, plain, reason }: Holding,
): Withheld {
  const values = verdict === null ? [] : stakesOf(sync.spec.fields, verdict, plain);
  const isSame = isDeepStrictEqual([old?.deeds, old?.values], [plain, values]);
  const at = old !== null && isSame ? old.at : clock.now();
  return { by: 'brake', deeds: plain, values, reason, at, run: old === null ? run : old.run };
}
