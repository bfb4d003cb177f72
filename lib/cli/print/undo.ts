/** An undo about to be carried out, and what became of it, in words. */
import type { PlannedRecord } from '../../plan/planned-record.ts';
import type { UndoRefusal } from '../../plan/plan-undo.ts';
import type { Undone } from '../../plan/undo-orders.ts';
import { wrap, type Ink } from './ink.ts';
import { asSentence, countOf, formatCount, quoteValue } from './words.ts';

interface SeenUndo {
  readonly records: readonly PlannedRecord[];
  readonly refused: readonly UndoRefusal[];
  readonly already: number;
  /** Nothing more of it is to be found. */
  readonly isWhole: boolean;
}

/** Told one by one; of more there is the count, and --json. */
const SHOWN = 20;

export function formatUndo(
  ink: Ink,
  { records, refused, already, isWhole }: SeenUndo,
  app: string,
): readonly string[] {
  const what = records.flatMap(({ key, deeds }) =>
    deeds.map(({ kind, column, from = null, to = null }) =>
      column === null
        ? `record ${key}: ${kind.replace('-app', ` in ${app}`).replace('-crm', ' in the CRM')}`
        : `record ${key}: ${column} ${quoteValue(from)} → ${quoteValue(to)} ${kind === 'write-crm' ? 'in the CRM' : `in ${app}`}`,
    ),
  );
  const head =
    records.length === 0
      ? `There is nothing to take back${isWhole ? '.' : ' so far.'}`
      : `To be taken back in ${countOf(records.length, 'record', 'records')}:`;
  const rest = isWhole
    ? []
    : [
        'The run wrote to more records than were looked at yet; they are judged as they are reached.',
      ];
  const back =
    already === 0 ? [] : [`${countOf(already, 'value is', 'values are')} as before already.`];
  return [head, ...few(ink, what), ...back, ...rest, ...formatRefusals(ink, refused)];
}

export function formatUndone(
  ink: Ink,
  sync: string,
  refused: readonly UndoRefusal[],
  { run, orders, applied, already, moved, failed, stopped }: Undone,
): readonly string[] {
  const parts = [
    `${formatCount(applied)} of ${countOf(orders, 'record', 'records')} taken back`,
    ...(already === 0 ? [] : [`${formatCount(already)} had nothing left to take back`]),
  ];
  return [
    `${ink.paint('bold', sync)}  ${parts.join(' · ')}  ${ink.paint('dim', `(run ${run})`)}`,
    ...formatRefusals(ink, [...refused, ...moved, ...failed]),
    ...(stopped === null ? [] : [ink.paint('red', `Stopped: ${asSentence(stopped)}`)]),
  ];
}

function formatRefusals(ink: Ink, refused: readonly UndoRefusal[]): readonly string[] {
  if (refused.length === 0) return [];
  const lines = refused.map(
    ({ key, field, reason }) =>
      `record ${key}${field === null ? '' : `, ${field}`}: ${asSentence(reason)}`,
  );
  return [ink.paint('yellow', 'Left as it is:'), ...few(ink, lines)];
}

function few(ink: Ink, lines: readonly string[]): readonly string[] {
  const shown = lines
    .slice(0, SHOWN)
    .flatMap((line) => wrap(line, ink.width - 2, '  ').map((each) => `  ${each}`));
  const more = lines.length - SHOWN;
  return more > 0 ? [...shown, `  … and ${formatCount(more)} more (--json tells all)`] : shown;
}
