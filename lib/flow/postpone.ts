/**
 * What can wait for the walk of the CRM, or must. While a backfill lists the app, a record met for the first
 * time may need nothing but values that the CRM owns. Sent at once they would go in as many small batches as
 * the listing has pages, and each would move its record to the end of the very listing that is being read.
 *
 * So the app's own value becomes what both agreed on. To the walk of the CRM, which follows in the same
 * backfill, the row then shows a change of the CRM, and goes out in full batches without another look.
 *
 * An app that takes a second record of one person without a word is known by its listing alone: before the first one
 * has come to its end nobody is made there, or whoever stands on a later page would be there twice.
 */
import type { Verdict } from '../engine/judge.ts';
import type { FieldSpec, Pair } from '../engine/model.ts';
import type { Checkpoint } from '../ports/state.ts';
import type { SyncContext } from './context.ts';
import { isListed } from './is-listed.ts';
import { appSideOf, type Work } from './work.ts';

/** The backfill that is still listing the app, or null. Its walk of the CRM is yet to come, in every lane. */
export const listingOf = (checkpoint: Checkpoint | null): string | null =>
  checkpoint?.backfill?.phase === 'app' ? checkpoint.backfill.id : null;

/** Nobody has listed all of the app yet, since the sync began or since it was given other ends. */
function isUnlisted(context: SyncContext, checkpoint: Checkpoint | null): boolean {
  if (!isListed(context) || checkpoint === null) return false;
  const { sweptAt, adoption, backfill } = checkpoint;
  const isFirst = sweptAt === undefined || (adoption !== undefined && adoption.at > sweptAt);
  return isFirst && (backfill?.phase === 'match-values' || backfill?.phase === 'app');
}

/** Those that are to be worked now; whoever is to be made at an app that was never listed is named by the walk. */
export function withoutUnlisted(
  context: SyncContext,
  works: readonly Work[],
  checkpoint: Checkpoint | null,
): readonly Work[] {
  if (!context.sync.write || !isUnlisted(context, checkpoint)) return works;
  const isNew = ({ verdict, state }: Work): boolean =>
    verdict?.action === 'create-app' && state.intent === null && state.shadow === null;
  for (const work of works) if (isNew(work)) work.progress = 'done';
  return works.filter((work) => !isNew(work));
}

/** Leaves these writes to the walk; everything else of the judgement stands. */
export function postpone(
  context: SyncContext,
  works: readonly Work[],
  listing: string | null,
): void {
  if (listing === null || !context.sync.write) return;
  for (const work of works) {
    if (work.run === listing) postponeWork(context, work);
  }
}

function postponeWork(context: SyncContext, work: Work): void {
  const { verdict } = work;
  if (verdict === null || !mayWait(work, verdict)) return;
  const fields = context.sync.spec.fields.filter(
    ({ fingerprint }) => verdict.toApp[fingerprint] !== undefined,
  );
  const shown = appSideOf(context.sync, work)?.fields ?? {};
  const pairs: Record<string, Pair> = {};
  for (const field of fields) {
    const value = shown[field.fingerprint];
    if (value === undefined || !isFirstMeeting(work, field)) return;
    pairs[field.fingerprint] = { c: value, r: value };
  }
  const columns = new Set(fields.map(({ column }) => column));
  const { shadow } = verdict.state;
  if (columns.size === 0 || shadow === null) return;
  work.isDirty = true;
  work.verdict = {
    ...verdict,
    toApp: {},
    decisions: verdict.decisions.filter(({ field }) => field === null || !columns.has(field)),
    state: {
      ...verdict.state,
      shadow: { ...shadow, pairs: { ...shadow.pairs, ...pairs } },
      // Nothing was written yet that anybody could undo.
      fights: work.state.fights,
    },
  };
}

/** Of a message that came again the walk may be over; and what a person ordered is done at once. */
function mayWait({ ref, proof, cautious, commands, state }: Work, verdict: Verdict): boolean {
  const isListed = ref.observed !== undefined && proof === 'seen' && !cautious;
  const isPlain = verdict.action === 'merge' && !verdict.needsIntent && state.intent === null;
  return isListed && isPlain && commands.length === 0 && Object.keys(verdict.toCrm).length === 0;
}

const isFirstMeeting = ({ state }: Work, { fingerprint, owner, role }: FieldSpec): boolean =>
  owner === 'crm' && role === 'plain' && state.shadow?.pairs[fingerprint] === undefined;
