/**
 * Between the judgement and its writes: a sync that only looks writes nothing, and brakes hold what would be
 * too much at once. What is withheld is noted in its record; everything else of the page goes on.
 */
import { isDeepStrictEqual } from 'node:util';
import { isInDoubt } from '../engine/adoption.ts';
import { dayOf, grantOver, isCapped, isDestroying, type Counts } from '../engine/brakes.ts';
import { classOf, deedsOf, type JudgedDeed } from '../engine/deeds.ts';
import type { BrakeClass, Decision, Deed, Withheld } from '../engine/model.ts';
import { withhold } from '../engine/withhold.ts';
import { reservePassage } from './book.ts';
import type { SyncContext } from './context.ts';
import { isAccepted } from './planned-orders.ts';
import { appSideOf, type Work } from './work.ts';

export async function restrain(context: SyncContext, works: readonly Work[]): Promise<void> {
  if (context.sync.write) await brake(context, works);
  else for (const work of works) onlyLook(context, work);
}

export function deedsIn({ sync }: SyncContext, work: Work): readonly JudgedDeed[] {
  const shown = { crm: work.crm, app: appSideOf(sync, work) };
  return work.verdict === null ? [] : deedsOf(sync.spec.fields, work.verdict, shown);
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

/** A person's order is a person's: no brake stands before it, nor before what they accepted in a plan. */
function ask(context: SyncContext, work: Work): Asking | null {
  if (work.commands.length > 0) return null;
  const { withheld, passed } = work.state;
  const deeds = deedsIn(context, work);
  if (isAccepted(work, deeds)) return null;
  const known = withheld?.by === 'brake' ? withheld.deeds.map(classOf) : [];
  const wanted = [...new Set(deeds.flatMap((deed) => deed.class ?? []))];
  const isDoubted = (one: BrakeClass): boolean =>
    isInDoubt(work.state) && (isDestroying(one) || one === 'create');
  const mayStop = (one: BrakeClass): boolean =>
    isCapped(context.sync.brakes, one) || isDoubted(one);
  const open = wanted.filter((one) => mayStop(one) && !passed.includes(one));
  // What passed before and could not be carried out is still under way; it is not counted twice.
  letThrough(
    work,
    wanted.filter((one) => passed.includes(one)),
  );
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
  const why = isInDoubt(work.state) ? whyDoubted : whyHeld;
  note(context, work, { by: 'brake', deeds: withheld, reason: why(context, withheld) });
}

const WHAT: Record<BrakeClass, string> = {
  delete: 'deletions',
  unsubscribe: 'unsubscriptions',
  archive: 'archivings',
  create: 'new records',
  overwrite: 'overwritten values',
};

function whyHeld({ sync }: SyncContext, deeds: readonly JudgedDeed[]): string {
  const classes = [...new Set(deeds.flatMap((deed) => deed.class ?? []))];
  const names = [...new Set(classes.map(grantOver))];
  const option = names.map((name) => `--yes-${name} N`).join(' ');
  const what = classes.map((one) => WHAT[one]).join(' and ');
  return `more ${what} at once than the brakes allow; npx trivet sync ${sync.spec.name} ${option} lets N through`;
}

/** Whoever came after the backup looks deleted, and whoever was deleted after it is there again. */
function whyDoubted({ sync }: SyncContext, deeds: readonly JudgedDeed[]): string {
  const isTaking = deeds.some((deed) => deed.class !== null && isDestroying(deed.class));
  return isTaking
    ? `it would be taken away for what one end says since the sync lost its place, which may be a restore’s doing; npx trivet sync ${sync.spec.name} --yes-destroy N lets N through`
    : 'it is there again since the sync lost its place, which may be a restore’s doing; nobody is brought back before a person says so';
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
  const old = state.withheld;
  const at = by === 'brake' && old?.by === by ? old.at : context.clock.now();
  const plain = deeds.map(({ kind, column }) => ({ kind, column }));
  const withheld: Withheld = { by, deeds: plain, reason, at, run };
  const isKnown = isDeepStrictEqual(old?.deeds, plain) && old?.by === by;
  if (by === 'brake' && !isKnown) work.decisions.push(...plain.map(heldDecision(reason)));
  work.verdict = withhold(context.sync.spec.fields, verdict, withheld, state);
}
