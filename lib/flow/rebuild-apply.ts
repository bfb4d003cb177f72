/**
 * One page of a session that replaces everybody. The first batch empties the object at the app and must come once;
 * so it is noted before it is sent, and after a crash the app is asked whether it arrived.
 */
import { isTimeUp, type SyncContext } from './context.ts';
import type { LedgerPlan, LedgerRow } from '../engine/ledger.ts';
import type { Budget } from '../ports/clock.ts';
import type { Ledger, Replace, ReplaceOutcome } from '../ports/ledger.ts';
import type { BackfillTag } from '../ports/messages.ts';
import type { Health, Rebuild } from '../ports/state.ts';
import type { Delivered } from './apply-open.ts';
import { changeHealth, type Trouble } from './health.ts';
import { judgeRow } from './judge-row.ts';
import { noteAll, settleAll, tellSingly, type Telling } from './ledger-apply.ts';
import { dropGivenUp, enterHolders } from './ledger-holders.ts';
import { crmSide } from './sides.ts';
import type { Work } from './work.ts';

/** Room for the last batches: the app ends a session by its own clock. */
const ROOM_MS = 5 * 60_000;

export interface RebuildPage {
  readonly replace: Replace;
  readonly rebuild: Rebuild & { readonly session: number };
  readonly tag: BackfillTag;
  readonly isEnd: boolean;
}

/** Pages of the session under way, and what else came with them; null: nobody is being replaced. */
export function splitRebuild(
  { app }: SyncContext,
  { rebuild }: Health,
  delivered: readonly Delivered[],
): {
  readonly page: RebuildPage | null;
  readonly ours: readonly Delivered[];
  readonly others: readonly Delivered[];
} | null {
  const replace = app.ledger?.replace;
  if (rebuild === null || replace === undefined || rebuild.stage === 'done') return null;
  const { session } = rebuild;
  if (session === null) return null;
  const isOurs = ({ message }: Delivered): boolean =>
    message.backfill?.rebuild?.session === session;
  const ours = delivered.filter(isOurs);
  const others = delivered.filter((each) => !isOurs(each));
  const tag = ours.at(-1)?.message.backfill;
  const isEnd = ours.some(({ message }) => message.backfill?.rebuild?.isEnd === true);
  const page = tag === undefined ? null : { replace, rebuild: { ...rebuild, session }, tag, isEnd };
  return { page, ours, others };
}

/** Whoever is to be in is sent; whoever is not is in no batch, and so out. */
export async function workRebuild(
  context: SyncContext,
  { ledger, page }: { readonly ledger: Ledger; readonly page: RebuildPage },
  works: readonly Work[],
): Promise<Trouble | null> {
  const entering: Telling[] = [];
  const leaving: Telling[] = [];
  for (const work of works.filter(({ progress }) => progress === 'open')) {
    const verdict = judgeRow(context.sync, ledger, {
      state: work.state,
      crm: work.crm,
      again: true,
      now: context.clock.now(),
    });
    work.verdict = verdict;
    const { plan } = verdict;
    if (plan?.put != null) entering.push({ work, plan, take: [] });
    else {
      work.progress = 'done';
      const gone = goneWithAll(work, plan);
      if (gone !== null) leaving.push({ work, plan: gone, take: [] });
    }
  }
  const noted = await noteAll(context, entering);
  await enterHolders(context, noted);
  const rows = noted.flatMap(({ plan }) => plan.put ?? []);
  const outcome = await sendBatch(context, { ledger, page }, rows);
  switch (outcome.kind) {
    case 'applied':
      // The first batch emptied the object: whoever is in none is out.
      if (page.rebuild.stage === 'open' || rows.length > 0) await settle(context, leaving);
      if (outcome.isClean) await settle(context, noted);
      // Which of them was refused nobody knows: they stay entered, and the backfill that follows tells them again.
      for (const { work } of noted) work.progress = 'done';
      return null;
    case 'over':
      return tellSingly(context, ledger, noted);
    case 'retry':
      return outcome.scope === 'budget' ? { ...outcome, scope: 'app', afterMs: 0 } : outcome;
    case 'halted':
      return outcome;
  }
}

/** Also whom the configuration would leave; but who is to go from the whole account is still to be told so. */
function goneWithAll({ state }: Work, plan: LedgerPlan | null): LedgerPlan | null {
  if (state.ledger === null || plan?.everywhere === true) return null;
  return { take: state.ledger.ids, everywhere: false, put: null };
}

async function settle(context: SyncContext, told: readonly Telling[]): Promise<void> {
  await dropGivenUp(context, told);
  settleAll(context, told);
}

async function sendBatch(
  context: SyncContext,
  { ledger, page }: { readonly ledger: Ledger; readonly page: RebuildPage },
  own: readonly LedgerRow[],
): Promise<ReplaceOutcome> {
  const { rebuild, isEnd } = page;
  if (rebuild.stage === 'over') return endEarly(context, page, 'the session is over');
  const rows = own.length === 0 && isEnd ? await anybody(context, ledger) : own;
  if (rows.length === 0) {
    if (isEnd) await note(context, page, { stage: 'done' });
    return { kind: 'applied', isClean: true, invalid: rebuild.invalid };
  }
  const isLate =
    rebuild.openedAt !== null &&
    context.clock.now() - rebuild.openedAt > page.replace.sessionMs - ROOM_MS;
  if (isLate) return endEarly(context, page, 'the session has lasted too long');
  const opened = await open(context, page, context.budget);
  if (opened.kind === 'over') return endEarly(context, page, opened.reason);
  if (opened.kind !== 'ok') return opened;
  const outcome = await page.replace.send(
    {
      session: rebuild.session,
      seq: opened.value,
      isLast: isEnd,
      rows,
      invalidBefore: rebuild.invalid,
    },
    context.budget,
  );
  if (outcome.kind === 'over') return endEarly(context, page, outcome.reason);
  if (outcome.kind === 'applied')
    await note(context, page, { stage: isEnd ? 'done' : 'open', invalid: outcome.invalid });
  // Refused for good: nothing was replaced, and single changes go on.
  if (outcome.kind === 'halted') await note(context, page, { stage: 'over' });
  return outcome;
}

/** The number of the batch. 1 goes out once, and only when the app says that it did not arrive. */
async function open(context: SyncContext, page: RebuildPage, budget: Budget) {
  const { rebuild, replace, tag } = page;
  if (rebuild.stage === 'open') return { kind: 'ok', value: tag.page + 1 } as const;
  if (rebuild.stage === 'opening') {
    const begun = await replace.hasBegun(rebuild.session, budget);
    if (begun.kind !== 'ok') return begun;
    if (begun.value) return { kind: 'ok', value: tag.page + 1 } as const;
  }
  const may = await replace.mayBegin(budget);
  if (may.kind !== 'ok') return may;
  if (!may.value) return { kind: 'over', reason: 'the app replaces nobody as it is now' } as const;
  await note(context, page, { stage: 'opening', openedAt: context.clock.now() });
  return { kind: 'ok', value: 1 } as const;
}

async function endEarly(
  context: SyncContext,
  page: RebuildPage,
  reason: string,
): Promise<ReplaceOutcome> {
  context.log.warn('the session that replaces everybody ended early', { reason });
  await note(context, page, { stage: page.isEnd ? 'done' : 'over' });
  return { kind: 'over', reason };
}

async function note(
  context: SyncContext,
  { rebuild }: RebuildPage,
  change: Partial<Rebuild>,
): Promise<void> {
  await changeHealth(context, (health) =>
    health.rebuild?.session === rebuild.session
      ? { ...health, rebuild: { ...health.rebuild, ...change } }
      : health,
  );
}

const SCAN_PAGE = 100;

/** A batch must not be empty, so the last one of a page with nobody in it repeats somebody. */
async function anybody(context: SyncContext, ledger: Ledger): Promise<readonly LedgerRow[]> {
  const { state, sync, crm, clock } = context;
  let cursor: string | null = null;
  do {
    const page = await state.scan(sync.spec.name, cursor, SCAN_PAGE);
    const told = page.records.filter((record) => record.state.ledger?.row != null);
    const rows = await crm.read(told.map((record) => record.state.key));
    for (const { state: record } of told) {
      const side = crmSide(sync, rows.get(record.key), null);
      const row = { state: record, crm: side, again: true, now: clock.now() };
      const put = judgeRow(sync, ledger, row).plan?.put ?? null;
      if (put !== null) return [put];
    }
    ({ cursor } = page);
  } while (cursor !== null && !isTimeUp(context.budget));
  return [];
}
