/** What a sweep proved, for people. Pure. */
import type { Proof, WhyCounts } from '../../engine/proof.ts';
import type { SyncPulse } from '../../flow/status.ts';
import type { SweepProgress } from '../../flow/follow-sweep.ts';
import type { Ink } from './ink.ts';
import { countOf, formatCount, formatDuration, formatTime } from './words.ts';

/** What the words mean, where they do not say it themselves. */
const MEANINGS: Readonly<Record<string, string>> = {
  drifted: 'differs from what both agreed on, and no change was announced; looked at and repaired',
  changing: 'changed while the sweep ran; looked at',
  unseen: 'the app’s list does not show all of it',
  missing: 'the app does not list it any more; looked at',
  new: 'nobody had told of it; on its way now',
  excluded: 'the filter keeps it from the app',
  archived: 'archived at the app',
  left: 'gone at the other end, and left here by the rules',
  'nobody’s': 'has no row, and the rules make none',
};

const totalOf = (counts: WhyCounts): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

const whysOf = (counts: WhyCounts): string => {
  const whys = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  return whys.map(([why, count]) => `${why} ${formatCount(count)}`).join(', ');
};

function part(counts: WhyCounts, what: string): readonly string[] {
  const total = totalOf(counts);
  return total === 0 ? [] : [`${formatCount(total)} ${what} (${whysOf(counts)})`];
}

/** In one line: records equal, differing, only here, only there. */
export const summaryOf = ({ equal, differing, onlyCrm, onlyApp, members }: Proof): string =>
  [
    `${formatCount(equal)} equal`,
    ...part(differing, 'differing'),
    ...part(onlyCrm, 'only in the CRM'),
    ...part(onlyApp, 'only in the app'),
    ...(members === null ? ['compared with what the app was told: nobody can read it'] : []),
  ].join(' · ');

/** Each word that occurs and needs it, explained once; then some of the records that are not equal. */
export function formatProof(ink: Ink, sync: string, proof: Proof): readonly string[] {
  const whys = new Set([proof.differing, proof.onlyCrm, proof.onlyApp].flatMap(Object.keys));
  const explained = [...whys].flatMap((why) =>
    MEANINGS[why] === undefined ? [] : [`  ${ink.paint('dim', `${why}: ${MEANINGS[why]}`)}`],
  );
  const samples = proof.samples.map(
    ({ key, why }) => `  ${why}  npx trivet explain ${sync} ${key}`,
  );
  return [`  ${summaryOf(proof)}`, ...explained, ...samples];
}

/** For `status`: how old the last full proof is, and what it said. */
export function formatSweep(
  ink: Ink,
  { sweep, adoption }: Pick<SyncPulse, 'sweep' | 'adoption'>,
  now: number,
): readonly (readonly [string, string])[] {
  if (sweep === null) return [];
  const { proof, walk } = sweep;
  const age = proof === null ? null : formatDuration(Math.max(0, now - proof.startedAt));
  return [
    ...(adoption === null
      ? []
      : [['met anew', ink.paint('yellow', formatAdoption(adoption, now))] as const]),
    ['proof', proof === null ? 'none yet: npx trivet sweep' : `${age} old: ${summaryOf(proof)}`],
    ...(walk === null ? [] : [['sweeping', `${walk.reason}: ${describeWalk(walk)}`] as const]),
  ];
}

const formatAdoption = ({ at, reason }: NonNullable<SyncPulse['adoption']>, now: number): string =>
  `${formatTime(at, now)}: ${reason.replace(/\.$/, '')}. Nobody is taken away or brought back for that: whoever would be is held`;

const describeWalk = (
  walk: Pick<SweepProgress, 'members' | 'rows'> & { readonly phase: string },
) =>
  walk.phase === 'compare'
    ? 'comparing'
    : `reading the ${walk.phase === 'app' ? 'app' : 'CRM'}, ${countOf(walk.phase === 'app' ? (walk.members ?? 0) : walk.rows, 'record', 'records')} so far`;

export function formatSweepProgress(ink: Ink, name: string, progress: SweepProgress): string {
  const head = ink.paint('bold', name);
  const { stage, depth } = progress;
  if (stage === 'waiting') return `${head}  waiting for the round`;
  if (stage === 'lanes')
    return `${head}  repairing: ${countOf(depth, 'message', 'messages')} in the lanes`;
  return `${head}  ${describeWalk({ ...progress, phase: stage })}`;
}
