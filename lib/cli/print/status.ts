/** `trivet status` for people. */
import { BRAKE_CLASSES, isConsent } from '../../engine/caps.ts';
import { RECORD_LABELS } from '../../engine/record-label.ts';
import type { SyncStatus } from '../../flow/status.ts';
import type { Ink, Shade } from './ink.ts';
import { formatSweep } from './proof.ts';
import { formatPairs } from './table.ts';
import { formatCount, formatDuration, formatTime } from './words.ts';

const SHADES: Readonly<Record<string, Shade>> = {
  'in step': 'green',
  pending: 'cyan',
  waiting: 'yellow',
  conflict: 'red',
  quarantined: 'red',
  held: 'yellow',
};

const REASONS_MAX = 8;

export function formatStatus(
  ink: Ink,
  name: string,
  status: SyncStatus,
  now: number,
): readonly string[] {
  const { records, parked, unmatched } = status;
  const counts = RECORD_LABELS.filter((label) => records[label] > 0 || label === 'in step').map(
    (label) => `${ink.paint(SHADES[label] ?? 'dim', formatCount(records[label]))} ${label}`,
  );
  const reasons = formatReasons(parked).map(
    (line, index) => [index === 0 ? 'parked' : '', line] as const,
  );
  return [
    `${ink.paint('bold', name)}  ${formatCount(records.total)} records`,
    ...formatPairs(ink, [
      ['records', counts.join(' · ')],
      ['round', formatRound(status, now)],
      ...formatSweep(ink, status, now),
      ...formatTimestamps(status, now),
      ...formatOnlyLooking(ink, status),
      ...formatRest(ink, status, now),
      ...formatErasures(ink, status, now),
      ...formatHeld(ink, name, status),
      ...reasons,
      ...(unmatched > 0
        ? [['unmatched', `${formatCount(unmatched)} app records without a CRM key`] as const]
        : []),
    ]).map((line) => `  ${line}`),
  ];
}

/** A person waits for each of these, and often a law: what is still there is said of every one that fits. */
function formatErasures(
  ink: Ink,
  { erasing }: SyncStatus,
  now: number,
): readonly (readonly [string, string])[] {
  const told = erasing.slice(0, REASONS_MAX).map(({ key, order, at, by, missing, problem }) => {
    const who = key === null ? 'a person without a row' : `record ${key}`;
    const left = missing.length === 0 ? '' : `; still to do: ${missing.map(nameStep).join(', ')}`;
    const why = problem === null ? '' : ` (${problem})`;
    const name = order === null ? '' : ` ${order}`;
    return `${who}, order${name} of ${formatTime(at, now)} by ${by}${left}${why}`;
  });
  const rest = erasing.length - told.length;
  const lines = rest === 0 ? told : [...told, `${formatCount(rest)} more: --json tells all`];
  return lines.map((line, index) => [index === 0 ? 'erasing' : '', ink.paint('yellow', line)]);
}

const nameStep = (step: SyncStatus['erasing'][number]['missing'][number]): string =>
  ({ app: 'the app', crm: 'the CRM’s row', memory: 'our memory' })[step];

/** Consent is named first and in red: it is what people are hurt by. */
function formatHeld(
  ink: Ink,
  name: string,
  { held }: SyncStatus,
): readonly (readonly [string, string])[] {
  const classes = BRAKE_CLASSES.filter((one) => (held[one] ?? 0) > 0);
  if (classes.length === 0) return [];
  const told = classes
    .toSorted((a, b) => Number(isConsent(b)) - Number(isConsent(a)))
    .map((one) =>
      ink.paint(isConsent(one) ? 'red' : 'yellow', `${one} ${formatCount(held[one] ?? 0)}`),
    );
  return [['held', `${told.join(' · ')}: npx trivet held ${name}`]];
}

/** The most frequent first. Vendors quote the value they refuse, so there may be one reason per record. */
function formatReasons(parked: SyncStatus['parked']): readonly string[] {
  const all = Object.entries(parked).toSorted(([, a], [, b]) => b - a);
  const told = all.slice(0, REASONS_MAX).map(([reason, count]) => `${count} × ${reason}`);
  const rest = all.slice(REASONS_MAX).reduce((sum, [, count]) => sum + count, 0);
  return rest === 0 ? told : [...told, `${formatCount(rest)} more: npx trivet conflicts`];
}

function formatRound({ round, lag, backfill }: SyncStatus, now: number): string {
  if (round === null || round.number === 0) return 'the first has not ended yet';
  const ended = round.endedAt === null ? 'under way' : `ended ${formatTime(round.endedAt, now)}`;
  const ago = lag.sinceRoundMs === null ? '' : `, ${formatDuration(lag.sinceRoundMs)} ago`;
  const walk =
    backfill === null
      ? ''
      : ` · backfill (${backfill.reason}): ${backfill.phase} page ${backfill.page}`;
  return `${formatCount(round.number)} ${ended}${ago}, ${formatCount(round.routed)} references${walk}`;
}

function formatTimestamps(
  { timestamps }: SyncStatus,
  now: number,
): readonly (readonly [string, string])[] {
  if (timestamps === null) return [];
  const { reached, sweptAt } = timestamps;
  const swept =
    sweptAt === null
      ? 'which has not come to its end yet'
      : `last begun ${formatDuration(Math.max(0, now - sweptAt))} ago`;
  const read = `read by timestamp up to ${formatTime(reached, now)}`;
  return [['CRM', `${read}; deleted rows are found by the sweep, ${swept}`]];
}

/** Also after it was told to write: until what it withheld is made up for. */
function formatOnlyLooking(
  ink: Ink,
  { writes, wouldDo }: SyncStatus,
): readonly (readonly [string, string])[] {
  const { byRecord = {}, byField = {} } = wouldDo ?? {};
  const deeds = [
    ...Object.entries(byRecord).map(([kind, count]) => `${kind} ${formatCount(count)}`),
    ...Object.entries(byField).map(([kind, columns]) => {
      const counts = Object.entries(columns).map(
        ([name, count]) => `${name} ${formatCount(count)}`,
      );
      return `${kind} (${counts.join(', ')})`;
    }),
  ];
  return [
    ...(writes === false
      ? [['mode', ink.paint('yellow', 'only looks (write: false): nothing is written')] as const]
      : []),
    ...(deeds.length === 0
      ? []
      : [[writes === false ? 'would do' : 'still to do', deeds.join(' · ')] as const]),
  ];
}

export function formatPause(
  { since, by, reason }: NonNullable<SyncStatus['paused']>,
  now: number,
): string {
  return `since ${formatTime(since, now)} by ${by}${reason === null ? '' : `: ${reason}`}`;
}

function formatRest(
  ink: Ink,
  { paused, grant, halted, cooling, lag, timestamps }: SyncStatus,
  now: number,
): readonly (readonly [string, string])[] {
  const { horizon } = lag;
  const holder =
    horizon === null
      ? null
      : `held for ${formatDuration(horizon.ageMs)} by ` +
        (horizon.gid === null
          ? `process ${horizon.pid ?? '?'} in database ${horizon.database ?? '?'}`
          : `the prepared transaction ${horizon.gid}`);
  return [
    ...(paused === null
      ? []
      : [['paused', ink.paint('yellow', formatPause(paused, now))] as const]),
    ...(grant === null
      ? []
      : ([
          [
            'allowed',
            `${formatCount(grant.count)} × ${grant.name} in the next run, by ${grant.by}`,
          ],
        ] as const)),
    ...(halted === null
      ? []
      : [
          [
            'halted',
            ink.paint('red', `${formatTime(halted.since, now)}: ${halted.reason}`),
          ] as const,
        ]),
    ...(cooling === null
      ? []
      : [
          [
            'cooling',
            ink.paint('yellow', `until ${formatTime(cooling.until, now)}: ${cooling.reason}`),
          ] as const,
        ]),
    ...(holder === null
      ? []
      : [[timestamps === null ? 'CRM’s log' : 'CRM is', ink.paint('yellow', holder)] as const]),
  ];
}
