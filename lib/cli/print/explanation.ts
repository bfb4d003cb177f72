/** `trivet explain` for people: the record as a table, one field as a page. */
import type { DatedDecision, Explanation, FieldExplanation, Shown } from '../../flow/explain.ts';
import type { Pair } from '../../engine/model.ts';
import { wrap, type Ink } from './ink.ts';
import { formatPairs, formatTable } from './table.ts';
import { formatRaw, formatTime, formatValue, quoteValue } from './words.ts';

const DECISIONS_SHOWN = 8;

export function formatExplanation(ink: Ink, told: Explanation, now: number): readonly string[] {
  const { existence, app } = told;
  const { agreed } = existence;
  return [
    `${ink.paint('bold', `${told.sync} · record ${told.key}`)}  ${paintState(ink, told.state)}`,
    ...formatPairs(ink, [
      [
        'link',
        told.remoteId === null
          ? 'no id in the app yet'
          : `CRM ${told.key} ↔ ${app} ${told.remoteId}`,
      ],
      ['CRM', existence.crm],
      [app, existence.app ?? `not asked: ${told.appProblem ?? 'no answer'}`],
      ['agreed', agreed === null ? 'nothing yet' : `CRM ${agreed.c}, ${app} ${agreed.r}`],
      ...(told.reason === null ? [] : [['why', told.reason] as const]),
    ]),
    '',
    ...formatTable(
      ink,
      [{ head: 'field' }, { head: 'owner' }, { head: 'CRM' }, { head: app }, { head: 'agreed' }],
      told.fields.map((field) => [
        field.field,
        field.policy === null ? field.owner : `shared, ${field.policy}`,
        formatShown(field.crm),
        formatShown(field.app),
        formatAgreed(field.agreed),
      ]),
      (text, row, column) => {
        const isParked = told.fields[row]?.parked !== null;
        return isParked && column !== 1 ? ink.paint('yellow', text) : text;
      },
    ),
    '',
    ...formatNext(ink, told.next),
    ...told.fields
      .filter(({ parked }) => parked !== null)
      .flatMap(({ field, next }) => formatNext(ink, `${field}: ${next}`)),
    ...formatDecisions(ink, told.decisions, now),
  ];
}

export function formatField(
  ink: Ink,
  told: Explanation,
  field: FieldExplanation,
  now: number,
): readonly string[] {
  const owner =
    field.policy === null
      ? field.owner === 'crm'
        ? 'the CRM'
        : told.app
      : `shared; when both ends changed: ${field.policy}`;
  const { parked } = field;
  return [
    `${ink.paint('bold', `${told.sync} · record ${told.key} · ${field.field}`)} ↔ ${field.path} (${field.type})`,
    ...formatPairs(ink, [
      ['CRM', formatShown(field.crm)],
      [told.app, formatShown(field.app)],
      ['agreed', formatAgreed(field.agreed)],
      ['owner', owner],
      [
        'state',
        parked === null
          ? `the record is ${paintState(ink, told.state)}`
          : ink.paint('yellow', `parked (${parked.kind}) since ${formatTime(parked.at, now)}`),
      ],
    ]),
    ...formatSaid(ink, 'here', field.here),
    ...(field.unwritten === null
      ? []
      : formatSaid(ink, 'kept', `${field.unwritten.word}: ${field.unwritten.text}`)),
    ...formatNext(ink, field.next),
    ...formatDecisions(ink, field.decisions, now),
  ];
}

const formatNext = (ink: Ink, text: string): readonly string[] => formatSaid(ink, 'next', text);

/** A word of four letters and what is said under it. */
function formatSaid(ink: Ink, word: string, text: string): readonly string[] {
  const [first = '', ...rest] = wrap(text, ink.width - 6, '');
  return [`${ink.paint('dim', word)}  ${first}`, ...rest.map((line) => `      ${line}`)];
}

/** Fields about which the same was said at the same time stand on one line. */
function formatDecisions(
  ink: Ink,
  decisions: readonly DatedDecision[],
  now: number,
): readonly string[] {
  if (decisions.length === 0) return ['', ink.paint('dim', 'No decisions yet.')];
  const said = new Map<string, { at: number; fields: string[]; what: string; why: string }>();
  for (const { at, cause, decision } of decisions) {
    const { field, action, reason, before, after } = decision;
    const hasValues = before !== undefined && after !== undefined;
    const what = `${action}${hasValues ? ` ${quoteValue(before)} → ${quoteValue(after)}` : ''}`;
    const why = `${reason.text} (${reason.rule}; ${cause})`;
    const same = said.get(`${at} ${what} ${why}`) ?? { at, fields: [], what, why };
    same.fields.push(field ?? 'record');
    said.set(`${at} ${what} ${why}`, same);
  }
  const lines = [...said.values()]
    .slice(0, DECISIONS_SHOWN)
    .flatMap(({ at, fields, what, why }) => {
      const head = wrap(`${fields.join(', ')}: ${what}`, ink.width - 10);
      const dim = wrap(why, ink.width - 10).map((line) => ink.paint('dim', line));
      return [...head, ...dim].map((line, index) =>
        index === 0 ? `${formatTime(at, now)}  ${line}` : `          ${line}`,
      );
    });
  return ['', ink.paint('dim', 'last decisions'), ...lines];
}

function formatShown({ value, problem, raw }: Shown): string {
  if (problem === null) return formatValue(value);
  return raw === undefined ? `(${problem})` : `${formatRaw(raw)} (${problem})`;
}

function formatAgreed(pair: Pair | null): string {
  if (pair === null) return '(never met)';
  const [c, r] = [formatValue(pair.c), formatValue(pair.r)];
  return c === r ? c : `${c} | ${r}`;
}

const paintState = (ink: Ink, state: Explanation['state']): string =>
  ink.paint(state === 'in step' ? 'green' : 'yellow', state);
