/** What an end refused for good, in words: whose words, how often, since when; and what is in the dead-letter queues. */
import type { Quarantine, QuarantineItem } from '../../flow/quarantine.ts';
import type { DeadLetter } from '../../ports/dead-letters.ts';
import type { Settled } from '../../plan/send-pages.ts';
import type { CarryExcuse } from '../../plan/carry-out.ts';
import { shorten, wrap, type Ink } from './ink.ts';
import { formatPairs } from './table.ts';
import {
  asSentence,
  countOf,
  formatCount,
  formatTime,
  formatValue,
  quoteValue,
  shellWord,
} from './words.ts';

/** As `quarantine list` shows one sync. */
export interface Ward extends Quarantine {
  readonly sync: string;
  /** Messages in its dead-letter queue, about. */
  readonly dead: number;
  readonly letters: readonly DeadLetter[];
}

const REASONS_MAX = 8;
const KEYS_MAX = 12;

export function formatWard(ink: Ink, ward: Ward, now: number): readonly string[] {
  const { sync, total, reasons, items } = ward;
  const counts = reasons
    .slice(0, REASONS_MAX)
    .map(
      ([reason, count]) =>
        `  ${formatCount(count).padStart(6)} × ${shorten(reason, ink.width - 12)}`,
    );
  const more = total - items.length;
  return [
    `${ink.paint('bold', sync)}  ${total === 0 ? 'nothing is quarantined' : countOf(total, 'refusal', 'refusals')}`,
    ...(reasons.length > 1 ? counts : []),
    ...items.flatMap((item) => ['', ...formatRefusal(ink, item, now)]),
    ...(more > 0 ? ['', `${formatCount(more)} more: --limit ${items.length * 10}`] : []),
    ...formatLetters(ink, ward),
  ];
}

function formatRefusal(ink: Ink, item: QuarantineItem, now: number): readonly string[] {
  const { sync, key, field, name, values, attempts, firstAt, lastAt } = item;
  const last = attempts > 1 ? `, last ${formatTime(lastAt, now)}` : '';
  const why = wrap(item.reason, ink.width - 14).map(
    (line, index) => [index === 0 ? 'why' : '', line] as const,
  );
  return [
    `${ink.paint('bold', `${sync} ${key}`)}  ${field ?? 'the record'}  ${formatValue(name)}`,
    ...formatPairs(ink, [
      ...why,
      ['since', `${formatTime(firstAt, now)}, ${countOf(attempts, 'attempt', 'attempts')}${last}`],
      ...(values === null
        ? []
        : ([['values', `CRM ${quoteValue(values.crm)}, app ${quoteValue(values.app)}`]] as const)),
      ...(item.blockedBy === null ? [] : ([['behind', `record ${item.blockedBy}`]] as const)),
      ['do', `npx trivet quarantine retry ${sync} --key ${shellWord(key)}`],
    ]).map((line) => `  ${line}`),
  ];
}

function formatLetters(ink: Ink, { sync, dead, letters }: Ward): readonly string[] {
  if (dead === 0) return [];
  const keys = [...new Set(letters.flatMap((letter) => letter.keys))];
  const named = keys.slice(0, KEYS_MAX).join(', ') + (keys.length > KEYS_MAX ? ', …' : '');
  return [
    '',
    ink.paint('red', `${countOf(dead, 'message', 'messages')} in the dead-letter queue`) +
      (named === '' ? '' : `, about records ${named}`),
    `  npx trivet redrive ${sync}`,
  ];
}

export function formatWord(
  ink: Ink,
  { verb, sync }: { readonly verb: 'retry' | 'drop'; readonly sync: string },
  settled: Settled,
  excuses: readonly CarryExcuse[],
): readonly string[] {
  const { orders, applied, already, moved, failed, stopped } = settled;
  const parts = [
    `${formatCount(applied)} ${verb === 'retry' ? 'taken' : 'dropped'}`,
    ...(already === 0 ? [] : [`${formatCount(already)} had nothing left to do`]),
    ...(moved + failed === 0
      ? []
      : [
          ink.paint(
            'yellow',
            `${formatCount(moved + failed)} ${verb === 'retry' ? 'refused again' : 'left'}`,
          ),
        ]),
  ];
  return [
    `${ink.paint('bold', sync)}  ${countOf(orders, 'record', 'records')}: ${parts.join(' · ')}`,
    ...excuses.flatMap(({ key, reason }) => wrap(`  ${key}  ${reason}`, ink.width, '      ')),
    ...(stopped === null
      ? []
      : [`${ink.paint('red', 'Not finished')}: ${asSentence(stopped)} The same command goes on.`]),
  ];
}
