/** A plan about to be carried out, and what became of it, in words. */
import type { DeedKind } from '../../engine/model.ts';
import type { Carried, CarryExcuse } from '../../plan/carry-out.ts';
import { wrap, type Ink } from './ink.ts';
import { formatPairs } from './table.ts';
import { asSentence, countOf, formatCount, formatTime } from './words.ts';

export interface PlanSum {
  readonly sync: string;
  readonly madeAt: number;
  readonly orders: number;
  readonly links: number;
  /** Records by what would be done with them. */
  readonly deeds: Readonly<Partial<Record<DeedKind, number>>>;
}

const WORDS: Readonly<Record<DeedKind, string>> = {
  'create-app': 'created in APP',
  'create-crm': 'created in the CRM',
  'revive-app': 'brought back in APP',
  'write-app': 'written to in APP',
  'write-crm': 'written to in the CRM',
  'subscribe-app': 'subscribed in APP',
  'subscribe-crm': 'subscribed in the CRM',
  'refuse-app': 'refused in APP',
  'refuse-crm': 'refused in the CRM',
  'unsubscribe-app': 'unsubscribed in APP',
  'unsubscribe-crm': 'unsubscribed in the CRM',
  'archive-app': 'archived in APP',
  'delete-app': 'deleted in APP',
  'delete-crm': 'deleted in the CRM',
  'mark-crm': 'marked in the CRM',
};

export function formatIntent(ink: Ink, sum: PlanSum, app: string): readonly string[] {
  const { sync, madeAt, orders, links, deeds } = sum;
  const pairs = Object.entries(WORDS).flatMap(([kind, text]) => {
    const count = deeds[kind as DeedKind] ?? 0;
    return count === 0 ? [] : [[formatCount(count), text.replace('APP', app)] as const];
  });
  const all = [...pairs, ...(links === 0 ? [] : [[formatCount(links), 'linked'] as const])];
  return [
    `${ink.paint('bold', sync)}  plan of ${formatTime(madeAt, Date.now())}: ${countOf(orders, 'record', 'records')}`,
    ...formatPairs(ink, all).map((line) => `  ${line}`),
  ];
}

export function formatCarried(
  ink: Ink,
  sync: string,
  carried: Carried,
  excuses: readonly CarryExcuse[],
): readonly string[] {
  const { orders, applied, already, moved, failed, stopped } = carried;
  const head = ink.paint('bold', sync);
  if (orders === 0) return [`${head}  the plan says that there is nothing to do`];
  const parts = [
    `${formatCount(applied)} done`,
    ...(already === 0 ? [] : [`${formatCount(already)} had nothing left to do`]),
    ...(moved === 0
      ? []
      : [ink.paint('yellow', `${formatCount(moved)} moved since, and left alone`)]),
    ...(failed === 0 ? [] : [ink.paint('red', `${formatCount(failed)} failed`)]),
  ];
  const left = orders - applied - already - moved - failed;
  return [
    `${head}  ${countOf(orders, 'record', 'records')} of the plan: ${parts.join(' · ')}`,
    ...excuses.flatMap((excuse) => formatExcuse(ink, excuse)),
    ...(moved + failed > excuses.length
      ? [`  and ${formatCount(moved + failed - excuses.length)} more`]
      : []),
    ...(stopped === null
      ? []
      : [
          `${ink.paint('red', 'Not finished')}: ${asSentence(stopped)} ${countOf(left, 'record is', 'records are')} left; the same command goes on.`,
        ]),
  ];
}

const INDENT = '  ';

const formatExcuse = (ink: Ink, { kind, key, reason }: CarryExcuse): readonly string[] =>
  wrap(`${INDENT}${key}  ${kind}: ${reason}`, ink.width, `${INDENT}    `);
