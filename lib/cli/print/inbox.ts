/** `trivet conflicts` for people: per item the values, why, and the command that settles it. */
import type { End } from '../../engine/model.ts';
import type { InboxItem, ParkedItem, RecordItem, UnmatchedItem } from '../../flow/inbox.ts';
import { wrap, type Ink } from './ink.ts';
import { formatPairs } from './table.ts';
import { formatRaw, formatTime, formatValue, shellWord, takeWords } from './words.ts';

export function formatItem(ink: Ink, item: InboxItem, now: number): readonly string[] {
  switch (item.kind) {
    case 'field':
      return formatParked(ink, item, now);
    case 'record':
      return formatRecord(ink, item, now);
    case 'unmatched':
      return formatUnmatched(ink, item, now);
  }
}

/** What a person can do about it, as commands or a sentence. */
export function remedyOf(item: InboxItem): string {
  const { sync } = item;
  switch (item.kind) {
    case 'field':
      return `npx trivet resolve ${sync} ${shellWord(item.key)} ${item.field} --take ${takeWords(item.unreadable === null ? [] : [item.unreadable.end])}`;
    case 'record':
      if (item.state === 'held') return `npx trivet held ${sync}`;
      return `npx trivet explain ${sync} ${shellWord(item.key)}`;
    case 'unmatched':
      return item.candidates.length > 0
        ? `Leave one of the CRM rows ${item.candidates.join(', ')} with this address; the next change or round matches it.`
        : 'Change the record in the app or its row in the CRM so that the two can be matched.';
  }
}

function formatParked(ink: Ink, item: ParkedItem, now: number): readonly string[] {
  const { agreed } = item;
  const head = `${item.sync} ${item.key}  ${item.field}`;
  return [
    `${ink.paint('bold', head)}  ${formatValue(item.name)}  ${ink.paint('yellow', item.parked)}`,
    ...indent(
      formatPairs(ink, [
        ['CRM', formatEnd(item, 'crm')],
        ['app', formatEnd(item, 'app')],
        ['agreed', agreed === null ? '(never met)' : formatValue(agreed.c)],
        ['since', formatTime(item.at, now)],
        ...formatWhy(ink, item.reason),
        ['do', remedyOf(item)],
      ]),
    ),
  ];
}

function formatEnd({ unreadable, ...item }: ParkedItem, end: End): string {
  if (unreadable?.end !== end) return formatValue(item[end]);
  return unreadable.raw === null ? '(cannot be read)' : formatRaw(unreadable.raw);
}

function formatRecord(ink: Ink, item: RecordItem, now: number): readonly string[] {
  const head = `${item.sync} ${item.key}`;
  const isWaiting = item.state === 'waiting';
  const when = isWaiting
    ? ['again at', `${formatTime(item.at, now)} (attempt ${(item.attempts ?? 0) + 1})`]
    : ['since', formatTime(item.at, now)];
  const values = Object.entries(item.values).map(
    ([field, { crm, agreed }]) =>
      [
        field,
        `CRM ${formatValue(crm)}, agreed ${agreed === null ? '(never met)' : formatValue(agreed.c)}`,
      ] as const,
  );
  return [
    `${ink.paint('bold', head)}  ${formatValue(item.name)}  ${ink.paint('yellow', item.state)}`,
    ...indent(
      formatPairs(ink, [
        [when[0] ?? '', when[1] ?? ''],
        ...formatWhy(ink, item.reason),
        ...(item.deeds.length === 0 ? [] : [['held', formatDeeds(item.deeds)] as const]),
        ...values,
        ['do', isWaiting ? 'nothing: it is tried again by itself' : remedyOf(item)],
      ]),
    ),
  ];
}

const formatDeeds = (deeds: RecordItem['deeds']): string =>
  deeds.map(({ kind, column }) => (column === null ? kind : `${kind} ${column}`)).join(', ');

function formatUnmatched(ink: Ink, item: UnmatchedItem, now: number): readonly string[] {
  const head = `${item.sync} (app record ${item.remoteId})`;
  return [
    `${ink.paint('bold', head)}  ${formatValue(item.name)}  ${ink.paint('yellow', 'unmatched')}`,
    ...indent(
      formatPairs(ink, [
        ['since', formatTime(item.at, now)],
        ...formatWhy(ink, item.reason),
        ...(item.candidates.length > 0 ? [['CRM rows', item.candidates.join(', ')] as const] : []),
        ...formatWhy(ink, remedyOf(item), 'do'),
      ]),
    ),
  ];
}

const formatWhy = (
  ink: Ink,
  reason: string,
  name = 'why',
): readonly (readonly [string, string])[] =>
  wrap(reason, ink.width - 14).map((line, index) => [index === 0 ? name : '', line] as const);

const indent = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);
