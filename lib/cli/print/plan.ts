/** A plan in words: what would be done and how often, a few of each, what brakes would hold, and what to say next. */
import type { PlanGroup, PlanKind, Sample } from '../../plan/tally.ts';
import type { SyncPlan } from '../../plan/plan-sync.ts';
import { shorten, wrap, type Ink, type Shade } from './ink.ts';
import { formatPairs } from './table.ts';
import { countOf, formatCount, formatDuration, quoteValue } from './words.ts';

const WORDS: Readonly<Record<PlanKind, readonly [text: string, shade: Shade]>> = {
  'create-app': ['create in APP', 'green'],
  'create-crm': ['create in the CRM', 'green'],
  'revive-app': ['bring back in APP', 'green'],
  'write-app': ['write to APP', 'cyan'],
  'write-crm': ['write to the CRM', 'cyan'],
  'subscribe-app': ['subscribe in APP', 'yellow'],
  'subscribe-crm': ['subscribe in the CRM', 'yellow'],
  'refuse-app': ['refuse in APP', 'yellow'],
  'refuse-crm': ['refuse in the CRM', 'yellow'],
  'unsubscribe-app': ['unsubscribe in APP', 'red'],
  'unsubscribe-crm': ['unsubscribe in the CRM', 'yellow'],
  'archive-app': ['archive in APP', 'red'],
  'delete-app': ['delete in APP', 'red'],
  'delete-crm': ['delete in the CRM', 'red'],
  'mark-crm': ['mark in the CRM', 'cyan'],
  link: ['link', 'green'],
  conflict: ['conflict', 'yellow'],
  consent: ['consent without proof', 'yellow'],
  refused: ['cannot be written', 'yellow'],
  blocked: ['in the way of each other', 'yellow'],
  ambiguous: ['ambiguous', 'yellow'],
  waiting: ['waiting', 'yellow'],
  'only-app': ['only in APP, stays so', 'dim'],
  'only-crm': ['only in the CRM, stays so', 'dim'],
  excluded: ['excluded by the filter', 'dim'],
  erased: ['erased', 'dim'],
  'in-step': ['in step already', 'dim'],
};

/** Of these a count says enough. */
const QUIET: ReadonlySet<PlanKind> = new Set(['link', 'excluded', 'erased', 'in-step']);

export function formatPlan(
  ink: Ink,
  plan: SyncPlan,
  { app, file }: { readonly app: string; readonly file: string | null },
): readonly string[] {
  return [
    `${ink.paint('bold', plan.sync)}  plan of ${countOf(plan.records, 'record', 'records')}, made in ${formatDuration(plan.tookMs)}; nothing was written`,
    ...mapLines(ink, plan),
    '',
    ...(plan.groups.length === 0 ? ['There is nobody at either end.'] : []),
    ...plan.groups.flatMap((group) => formatGroup(ink, group, app)),
    '',
    ...formatPairs(ink, [...brakePairs(plan), ['calls', formatCalls(plan, app)]]),
    ...(file === null
      ? []
      : ['', `Kept in ${file}, with people’s values in it: npx trivet apply ${file}`]),
  ];
}

function mapLines(ink: Ink, { sync, change, code, round, writes }: SyncPlan): readonly string[] {
  const first =
    round === null ? ['The sync has never worked: this is what its first round would do.'] : [];
  const looks = writes
    ? []
    : ['The sync only looks (write: false): none of it is done before it may write.'];
  const other =
    change === null
      ? []
      : [
          `${ink.paint('yellow', 'Another map')} than the one in use: ${change}.`,
          `If this is what it shall do: npx trivet resume ${sync} --accept ${code}`,
        ];
  return [...first, ...looks, ...other];
}

function formatGroup(ink: Ink, group: PlanGroup, app: string): readonly string[] {
  const { kind, field, count, samples } = group;
  const [text, shade] = WORDS[kind];
  const name = `${text.replace('APP', app)}${field === null ? '' : `: ${field}`}`;
  const head = `${ink.paint(shade, formatCount(count).padStart(9))}  ${name}`;
  return QUIET.has(kind) ? [head] : [head, ...samples.flatMap((each) => formatSample(ink, each))];
}

const INDENT = ' '.repeat(13);

function formatSample(ink: Ink, { record, name, from, to, reason }: Sample): readonly string[] {
  const who = name === null ? record : `${record} ${name}`;
  const before = from === undefined ? '' : quoteValue(from);
  const after = to === undefined ? '' : `${before === '' ? '' : ' → '}${quoteValue(to)}`;
  const values = before === '' && after === '' ? '' : ` ${before}${after}`;
  const [line = '', ...more] = wrap(
    `${shorten(`${who}${values}`, ink.width - INDENT.length)} (${reason})`,
    ink.width - INDENT.length,
    '  ',
  );
  return [line, ...more].map((text) => ink.paint('dim', `${INDENT}${text}`));
}

function brakePairs({ brakes }: SyncPlan): readonly (readonly [string, string])[] {
  return brakes
    .filter(({ held }) => held > 0)
    .map(({ class: name, wanted, held }) => {
      const count = `${formatCount(held)} of ${formatCount(wanted)}`;
      return ['brakes', `${name}: ${count} would be held in one run`];
    });
}

function formatCalls({ calls }: SyncPlan, app: string): string {
  const { total, listing, looks, writes, aboutMs } = calls;
  return `${countOf(total, 'call', 'calls')} to ${app}: ${formatCount(listing)} to list, ${formatCount(looks)} to look before a write, ${formatCount(writes)} to write; about ${formatDuration(aboutMs)}`;
}
