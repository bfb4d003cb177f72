/** `trivet watch` for people: a screen of so many columns and rows, or a line per sync. Pure. */
import type { RecordLabel } from '../../engine/record-label.ts';
import type { SyncSnapshot } from '../watch-snapshot.ts';
import { nameAction } from './deeds.ts';
import { padEnd, widthOf, type Ink, type Shade } from './ink.ts';
import { fitLine } from './live-lines.ts';
import { formatTable } from './table.ts';
import { formatCount, formatDuration, formatTime } from './words.ts';

export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

const SHADES: Readonly<Record<SyncSnapshot['state'], Shade>> = {
  new: 'cyan',
  halted: 'red',
  resting: 'yellow',
  backfill: 'cyan',
  live: 'green',
};

/** Out of traffic: exact by the index. Of the others the background count tells. */
const EXACT: readonly RecordLabel[] = ['waiting', 'conflict', 'quarantined', 'held'];
const COUNTED: readonly RecordLabel[] = ['in step', 'pending', 'excluded', 'erased'];

/** Never more lines than rows, nor wider than the columns: what is cut is what happened longest ago. Null: not looked yet. */
export function formatScreen(
  ink: Ink,
  head: string,
  syncs: readonly SyncSnapshot[] | null,
  { screen, now }: { readonly screen: Screen; readonly now: number },
): readonly string[] {
  const clock = formatTime(now, now);
  const gap = ' '.repeat(Math.max(1, screen.columns - widthOf(head) - widthOf(clock)));
  const top = [ink.paint('dim', `${head}${gap}${clock}`), ''];
  if (syncs === null) return fit([...top, 'looking …'], screen);
  const blocks = syncs.flatMap((sync) => [...formatSync(ink, sync, now), '']);
  const room = screen.rows - top.length - blocks.length - 1;
  const lines = [...top, ...blocks, ...formatRecent(ink, syncs, { rows: room, screen, now })];
  return fit(lines, screen);
}

const fit = (lines: readonly string[], { columns, rows }: Screen): readonly string[] =>
  lines.slice(0, rows).map((line) => fitLine(line, columns));

function formatSync(ink: Ink, sync: SyncSnapshot, now: number): readonly string[] {
  const { name, state, halted, cooling, backfill, lag, timestamps } = sync;
  const trouble = halted?.reason ?? (state === 'resting' ? cooling?.reason : undefined);
  const walk =
    backfill === null
      ? []
      : [`  backfill (${backfill.reason}): ${backfill.phase} page ${backfill.page}`];
  const held =
    lag.horizon === null
      ? []
      : [
          `  ${timestamps === null ? 'the CRM’s log' : 'the CRM'} is held for ${formatDuration(lag.horizon.ageMs)}`,
        ];
  return [
    `${ink.paint('bold', name)}  ${ink.paint(SHADES[state], state)} · ${formatPace(sync)}`,
    `  ${formatCounts(ink, sync, now)}`,
    ...(trouble === undefined ? [] : [`  ${ink.paint(SHADES[state], trouble)}`]),
    ...walk,
    ...held.map((line) => ink.paint('yellow', line)),
  ];
}

function formatPace({ round, lag, lanes, decidedPerMinute }: SyncSnapshot): string {
  const last =
    round === null || lag.sinceRoundMs === null
      ? 'no round yet'
      : `round ${formatCount(round.number)}, ${formatDuration(Math.max(0, lag.sinceRoundMs))} ago`;
  const queued = lanes.waiting + lanes.inWork;
  return `${last} · ${formatCount(queued)} in the lanes · ${formatCount(decidedPerMinute)} decided a minute`;
}

function formatCounts(ink: Ink, { parked, counted, unmatched }: SyncSnapshot, now: number): string {
  const out = (count: number, word: string): readonly string[] =>
    count === 0 ? [] : [ink.paint('yellow', `${formatCount(count)} ${word}`)];
  const exact = [
    ...EXACT.flatMap((label) => (parked === null ? [] : out(parked[label] ?? 0, label))),
    ...out(unmatched, 'unmatched'),
  ];
  if (counted === null) return [...exact, ink.paint('dim', 'the rest not counted yet')].join(' · ');
  const { records, at } = counted;
  const aged = [
    ...COUNTED.flatMap((label) =>
      records[label] > 0 || label === 'in step' ? [`${formatCount(records[label])} ${label}`] : [],
    ),
    ...EXACT.flatMap((label) => (parked === null ? out(records[label], label) : [])),
  ];
  return [...exact, `${aged.join(' · ')} ${ink.paint('dim', `(${formatAge(at, now)})`)}`].join(
    ' · ',
  );
}

/** Approximate only by being old. */
const formatAge = (at: number, now: number): string =>
  `counted ${formatDuration(Math.max(0, now - at))} ago`;

/** What is said last gives way first. */
const LATELY = [
  ['lately', 8],
  ['sync', 8],
  ['record', 4],
  ['field', 4],
  ['decided', 8],
  ['because', 4],
] as const;

function formatRecent(
  ink: Ink,
  syncs: readonly SyncSnapshot[],
  { rows, screen, now }: { readonly rows: number; readonly screen: Screen; readonly now: number },
): readonly string[] {
  const all = syncs
    .flatMap(({ name, recent }) => recent.map((told) => ({ name, ...told })))
    .toSorted((a, b) => b.at - a.at)
    .slice(0, Math.max(0, rows - 1));
  if (all.length === 0) return [];
  const cells = all.map(({ name, at, key, field, action, text }) => [
    formatTime(at, now),
    name,
    key,
    field ?? '',
    nameAction(action),
    text,
  ]);
  const columns = LATELY.map(([head, widthMin]) => ({ head, widthMin }));
  return formatTable({ ...ink, width: screen.columns }, columns, cells);
}

/** For logs: one line, told the same way at each look. */
export function formatLine(ink: Ink, sync: SyncSnapshot, now: number): string {
  const { name, state, halted, cooling } = sync;
  const trouble = halted?.reason ?? (state === 'resting' ? cooling?.reason : undefined);
  const parts = [
    formatTime(now, now),
    padEnd(name, 14),
    state,
    formatPace(sync),
    formatCounts(ink, sync, now),
  ];
  return `${parts.join('  ')}${trouble === undefined ? '' : `  ${trouble}`}`;
}
