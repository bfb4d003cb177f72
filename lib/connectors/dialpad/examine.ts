/**
 * A company looked at before a sync relies on it: whose key it is and what it may do, the webhooks, what contacts and
 * the lists of numbers cannot hold of the fields that are mapped, and Dialpad's clock. One page of each is read, and
 * nothing is written. There is nothing to be made: contacts have the fields they have.
 */
import type { Budget } from '../../ports/clock.ts';
import type { AppExamination, AppExaminer, ExaminedField } from '../../ports/examine.ts';
import type { Finding } from '../../ports/finding.ts';
import type { Failure } from '../../ports/outcome.ts';
import type { WebhookRegistry } from '../../ports/webhooks.ts';
import type { Turn } from './client.ts';
import { failureOf, otherCompany, type Company, type Result } from './company.ts';

type Found = Omit<Finding, 'sync'>;

export interface ExaminerTools {
  readonly company: Company;
  readonly webhooks: WebhookRegistry;
}

export function createExaminer(tools: ExaminerTools): AppExaminer {
  const { company } = tools;
  return {
    examine: async (fields, budget) => {
      const turn = company.turn(budget, { company: 8 });
      const seen = await company.about(turn);
      if (seen.kind !== 'ok') return unreached(company, failureOf(seen));
      const { value, beganAt, vendorAt = null } = seen;
      if (value.id !== company.id) return refused(company, otherCompany(company.id, value.id));
      return {
        findings: [
          ...stateFindings(company, value.state),
          ...(await rightFindings(tools, fields, turn)),
          ...(await webhookFindings(tools, budget)),
          ...fieldFindings(fields),
        ],
        fixes: [],
        clockAheadMs: vendorAt === null ? null : vendorAt - beganAt,
      };
    },
  };
}

const advice = (text: string): Finding['remedy'] => ({ kind: 'advice', text });

const placeOf = ({ id }: Pick<Company, 'id'>): string => `company ${id}`;

const only = (found: Found): AppExamination => ({
  findings: [found],
  fixes: [],
  clockAheadMs: null,
});

function unreached(company: Company, failure: Failure): AppExamination {
  if (failure.kind === 'halted') return refused(company, failure.reason);
  return only({
    severity: 'error',
    code: 'app.unreachable',
    where: placeOf(company),
    found: failure.reason,
    remedy: advice('Try again; if it stays so, look at status.dialpad.com and at the network.'),
  });
}

const refused = (company: Company, reason: string): AppExamination =>
  only({
    severity: 'error',
    code: 'app.refused',
    where: placeOf(company),
    found: reason,
    remedy: advice('Correct the key in the secret, or the company in the configuration.'),
  });

/** https://developers.dialpad.com/reference/companyget */
function stateFindings(company: Company, state: string): readonly Found[] {
  if (state === '' || state === 'active') return [];
  return [
    {
      severity: state === 'pending' ? 'warning' : 'error',
      code: 'app.company-state',
      where: placeOf(company),
      found: `Dialpad says that the company is ${state}, and may refuse any call.`,
      remedy: advice('Ask the company’s admin, or Dialpad.'),
    },
  ];
}

/** A key has scopes: what it may not read would halt the sync in the middle of its first walk. */
async function rightFindings(
  { company }: ExaminerTools,
  fields: readonly ExaminedField[],
  turn: Turn,
): Promise<readonly Found[]> {
  const isMapped = (path: string): boolean => fields.some((field) => field.path === path);
  const questions: readonly [string, boolean, () => Promise<Result<unknown>>][] = [
    ['contacts', true, () => company.page(null, turn)],
    ['blocked numbers', isMapped('blocked'), () => company.blockedPage(null, turn)],
    ['SMS opt-outs', isMapped('sms_consent'), () => company.optOutPage('opted_out', null, turn)],
  ];
  const found: Found[] = [];
  for (const [what, isNeeded, ask] of questions) {
    const answer = isNeeded ? await ask() : null;
    if (answer === null || answer.kind === 'ok') continue;
    const failure = failureOf(answer);
    const isForPerson = failure.kind === 'halted';
    found.push({
      severity: 'error',
      code: isForPerson ? 'app.permission' : 'app.unreachable',
      where: what,
      found: `The ${what} cannot be read. ${failure.reason}`,
      remedy: advice(
        isForPerson
          ? 'Make a key with the scope, as a company admin, and put it into the secret.'
          : 'Try again; if it stays so, look at status.dialpad.com and at the network.',
      ),
    });
  }
  return found;
}

/**
 * Those of others are their own business, except that an event of a webhook without a secret is plain JSON, and may
 * well be meant for us. Whether ours is there is found by whoever knows our address.
 * https://developers.dialpad.com/docs/event-subscriptions
 */
async function webhookFindings(
  { webhooks }: ExaminerTools,
  budget: Budget,
): Promise<readonly Found[]> {
  const listed = await webhooks.list(budget);
  if (listed.kind !== 'ok') {
    return [
      {
        severity: 'warning',
        code: 'app.webhooks-unknown',
        where: 'webhooks',
        found: `The webhooks and subscriptions cannot be read, so none can be made either. ${listed.reason}`,
        remedy: advice(
          'Make a key of a company admin with the scope for webhooks; until then the listing finds what changes.',
        ),
      },
    ];
  }
  const bare = listed.value.filter(({ events, isSigned }) => events.length > 0 && !isSigned);
  return bare.map(({ id, url }) => ({
    severity: 'note',
    code: 'app.webhook-unsigned',
    where: `webhook ${id}`,
    found: `It sends events of contacts to ${hostOf(url)} without a signature; Trivet believes none of that kind.`,
    remedy: advice('If it is meant for Trivet, remove it, and run: npx trivet webhooks register'),
  }));
}

/** What is behind the host may be a key. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an address that is none';
}

/** What is mapped against what contacts and the two lists can hold. */
function fieldFindings(fields: readonly ExaminedField[]): readonly Found[] {
  const byPath = new Map(fields.map((field) => [field.path, field]));
  const findings: Found[] = [];
  const add = (
    severity: Finding['severity'],
    code: string,
    where: string,
    rest: readonly [string, string],
  ): void => void findings.push({ severity, code, where, found: rest[0], remedy: advice(rest[1]) });
  const unnamed = ['first_name', 'last_name'].filter((path) => !byPath.has(path));
  if (unnamed.length > 0) {
    add('note', 'app.name-filler', unnamed.join(', '), [
      `Nothing is mapped to ${unnamed.join(' and ')}, which Dialpad wants of every contact: those that Trivet makes have “-” there.`,
      'Map a column to it, or let it be.',
    ]);
  }
  const phone = byPath.get('phones.primary');
  const isNational = phone?.type.name === 'phone' && !hasCountry(phone.type.options);
  if (phone !== undefined && (phone.type.name === 'text' || isNational)) {
    add('note', 'app.phone-country', 'phones.primary', [
      `Dialpad takes numbers with their country code only. Those of ${phone.column} that have none are parked.`,
      `Map it by phone({ defaultCountry: 'DE' }), with the country in which most of them are.`,
    ]);
  }
  const numbered = ['blocked', 'sms_consent'].filter((path) => byPath.has(path));
  if (numbered.length > 0 && phone === undefined) {
    add('warning', 'app.number-unmapped', numbered.join(', '), [
      'It goes by the contact’s primary number, and none is mapped: contacts that Trivet makes have no number, and cannot be blocked.',
      'Map a column to phones.primary.',
    ]);
  }
  if (byPath.has('blocked')) {
    add('note', 'app.blocked-unlisted', 'blocked', [
      'Dialpad lists the numbers that were blocked by its API. One that people block in the app is found when the contact is looked at next, not by the listing.',
      'Where it matters at once, set the column in the CRM.',
    ]);
  }
  return findings;
}

const hasCountry = (options: unknown): boolean =>
  typeof options === 'object' && options !== null && 'defaultCountry' in options;
