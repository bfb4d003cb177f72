/** What brakes hold, in words: how many of what, a few of each, and the commands that settle it. */
import { isDestroying } from '../../engine/caps.ts';
import type { BrakeClass } from '../../engine/model.ts';
import type { HeldBatch, HeldSample } from '../../flow/held.ts';
import type { CarryExcuse } from '../../plan/carry-out.ts';
import type { Settled } from '../../plan/send-pages.ts';
import type { HeldOrder } from '../../plan/settle-held.ts';
import { shorten, wrap, type Ink } from './ink.ts';
import { formatPairs } from './table.ts';
import { asSentence, countOf, formatCount, formatTime, formatValue, quoteValue } from './words.ts';

const WHAT: Readonly<Record<BrakeClass, readonly [one: string, more: string]>> = {
  delete: ['record to be deleted for good', 'records to be deleted for good'],
  unsubscribe: ['person to be unsubscribed', 'people to be unsubscribed'],
  archive: ['record to be archived', 'records to be archived'],
  refuse: [
    'person who refuses, and is not told of yet',
    'people who refuse, and are not told of yet',
  ],
  subscribe: ['person to be subscribed', 'people to be subscribed'],
  create: ['record to be made', 'records to be made'],
  overwrite: [
    'record of which values would be replaced',
    'records of which values would be replaced',
  ],
};

export function formatBatch(ink: Ink, held: HeldBatch, now: number): readonly string[] {
  const { batch, count, since, reason, samples, isConsent } = held;
  const shade = isDestroying(held.class) ? 'red' : 'yellow';
  const what = countOf(count, ...WHAT[held.class]);
  return [
    `${ink.paint('bold', batch)}  ${ink.paint(shade, what)}`,
    ...formatPairs(ink, [
      ['since', `${formatTime(since, now)}${held.run === null ? '' : `, run ${held.run}`}`],
      ['why', shorten(reason.replace(/;.*/, ''), ink.width - 14)],
      ...samples.map(
        (each, index) => [index === 0 ? 'such as' : '', sampleLine(ink, each)] as const,
      ),
      ...(count > samples.length
        ? [['', `and ${formatCount(count - samples.length)} more`] as const]
        : []),
      ['do', `npx trivet approve ${batch}`],
      ['or', isConsent ? 'put the right word back where it is wrong' : `npx trivet drop ${batch}`],
    ]).map((line) => `  ${line}`),
  ];
}

function sampleLine(ink: Ink, { key, name, deeds, values }: HeldSample): string {
  const told = deeds.map(({ kind, column }) => {
    const ends = column === null ? undefined : values[column];
    return ends === undefined
      ? kind
      : `${kind} ${column} (CRM ${quoteValue(ends.crm)}, app ${quoteValue(ends.app)})`;
  });
  return shorten(`${key} ${formatValue(name)}  ${told.join(', ')}`, ink.width - 14);
}

export function formatSettled(
  ink: Ink,
  { verb, name }: { readonly verb: HeldOrder['verb']; readonly name: string },
  settled: Settled,
  excuses: readonly CarryExcuse[],
): readonly string[] {
  const { orders, applied, already, moved, failed, stopped } = settled;
  const parts = [
    `${formatCount(applied)} ${verb === 'approve' ? 'let go' : 'dropped'}`,
    ...(already === 0 ? [] : [`${formatCount(already)} had nothing left to do`]),
    ...(moved === 0
      ? []
      : [ink.paint('yellow', `${formatCount(moved)} moved since: judged anew, and still held`)]),
    ...(failed === 0 ? [] : [ink.paint('red', `${formatCount(failed)} failed`)]),
  ];
  return [
    `${ink.paint('bold', name)}  ${countOf(orders, 'held record', 'held records')}: ${parts.join(' · ')}`,
    ...excuses.flatMap(({ kind, key, reason }) =>
      wrap(`  ${key}  ${kind}: ${reason}`, ink.width, '      '),
    ),
    ...(stopped === null
      ? []
      : [`${ink.paint('red', 'Not finished')}: ${asSentence(stopped)} The same command goes on.`]),
  ];
}
