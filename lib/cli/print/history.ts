/** One entry of a record's history for people: when and by what, then each decision with its values and its reason. */
import type { Decision } from '../../engine/model.ts';
import type { HistoryEntry } from '../../ports/state.ts';
import { wrap, type Ink } from './ink.ts';
import { formatTime, formatValue, quoteValue } from './words.ts';

const INDENT = '  ';

export function formatEntry(
  ink: Ink,
  { at, cause, run, message, decisions }: HistoryEntry,
  now: number,
): readonly string[] {
  const origin = [
    cause,
    ...(run === undefined || cause.includes(run) ? [] : [`run ${run}`]),
    ...(message === undefined ? [] : [`message ${message}`]),
  ].join(' · ');
  return [
    '',
    `${formatTime(at, now)}  ${ink.paint('dim', origin)}`,
    ...decisions.flatMap((decision) => formatDecision(ink, decision)),
  ];
}

function formatDecision(ink: Ink, decision: Decision): readonly string[] {
  const { field, action, reason } = decision;
  const what = [`${field ?? 'record'}: ${action}`, ...valuesOf(decision)].join(' ');
  const why = `${reason.text} (${reason.rule})`;
  const width = ink.width - INDENT.length;
  return [
    ...wrap(what, width, INDENT),
    ...wrap(why, width, INDENT).map((line) => ink.paint('dim', line)),
  ].map((line) => `${INDENT}${line}`);
}

/** Both values and the base; of a parked field the two stand against each other. */
function valuesOf({ action, before, after, base }: Decision): readonly string[] {
  const isParked = action === 'park' || action === 'wait';
  const values =
    before !== undefined && after !== undefined
      ? [`${quoteValue(before)} ${isParked ? '|' : '→'} ${quoteValue(after)}`]
      : after === undefined
        ? []
        : [quoteValue(after)];
  if (base === undefined) return values;
  const [c, r] = [formatValue(base.c), formatValue(base.r)];
  return [...values, `[agreed before: ${c === r ? c : `${c} | ${r}`}]`];
}
