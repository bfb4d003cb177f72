/**
 * The laws of consent, tried on every case there is: both words × both agreed words (or none) × owner ×
 * evidence. It only tightens by itself; loosening needs the owner and a newer opt-in.
 */
import {
  consentForCreate,
  consentForRevival,
  isLoosening,
  isWithdrawn,
  mayOrder,
  mergeConsent,
  type ConsentEvidence,
  type ConsentMerge,
} from '../../lib/engine/consent.ts';
import type { FieldVerdict } from '../../lib/engine/merge.ts';
import type { End, Owner, Pair } from '../../lib/engine/model.ts';
import { CONSENTS, type Consent } from '../../lib/engine/types/consent.ts';
import type { Value } from '../../lib/engine/value.ts';
import { STATUS } from './fields.ts';

interface Case extends ConsentMerge {
  readonly crm: Consent;
  readonly app: Consent;
  readonly owner: Owner;
}

const OWNERS: readonly Owner[] = ['crm', 'app', 'shared'];
const PAIRS: readonly (Pair | undefined)[] = [
  undefined,
  ...CONSENTS.flatMap((c) => CONSENTS.map((r) => ({ c, r }))),
];
const WITHDRAWN_AT = 2;
const EVIDENCE: readonly ConsentEvidence[] = [null, 1, 3].flatMap((crmOptInAt) =>
  [null, 1, 3].flatMap((appOptInAt) =>
    [null, WITHDRAWN_AT].map((withdrawnAt) => ({ crmOptInAt, appOptInAt, withdrawnAt })),
  ),
);

function* casesOf(evidences: readonly ConsentEvidence[] = EVIDENCE): Generator<Case> {
  for (const owner of OWNERS)
    for (const pair of PAIRS)
      for (const crm of CONSENTS)
        for (const app of CONSENTS)
          for (const evidence of evidences)
            yield { field: { ...STATUS, owner }, owner, pair, crm, app, evidence };
}

const CASES = [...casesOf()];

const named = ({ owner, pair, crm, app, evidence }: Case): string =>
  `owner ${owner}, base ${JSON.stringify(pair)}, CRM ${crm}, app ${app}, opt-ins ${evidence.crmOptInAt}/${evidence.appOptInAt}, withdrawn ${evidence.withdrawnAt}`;

/** The cases that break a law, named; at most a handful, for a person to read. */
const breaking = (isLawful: (one: Case, verdict: FieldVerdict) => boolean): string[] =>
  CASES.filter((one) => !isLawful(one, mergeConsent(one)))
    .slice(0, 5)
    .map(named);

interface Sent {
  readonly to: End;
  readonly word: Value;
  readonly shown: Consent;
}

function sentBy(one: Case, verdict: FieldVerdict): Sent[] {
  if (verdict.kind !== 'write') return [];
  const { crm, app } = verdict;
  return [
    ...(crm === undefined ? [] : [{ to: 'crm' as const, word: crm, shown: one.crm }]),
    ...(app === undefined ? [] : [{ to: 'app' as const, word: app, shown: one.app }]),
  ];
}

const hasProof = ({ owner, evidence }: Case): boolean => {
  const optInAt = owner === 'crm' ? evidence.crmOptInAt : evidence.appOptInAt;
  return optInAt !== null && optInAt > (evidence.withdrawnAt ?? 0);
};

const wasAgreed = ({ pair, evidence }: Case): boolean =>
  pair?.c === 'subscribed' && pair.r === 'subscribed' && evidence.withdrawnAt === null;

describe('Consent', () => {
  test('is never loosened by the sync itself: a grant has the owner’s newer opt-in, or gives an agreed word back', () => {
    const isGrant = ({ word, shown }: Sent): boolean =>
      isLoosening(shown, word) && (word === 'subscribed' || isWithdrawn(shown));
    expect(
      breaking((one, verdict) =>
        sentBy(one, verdict).every((sent) => {
          if (!isGrant(sent)) return true;
          const isOwners = one.owner !== sent.to && one.owner !== 'shared';
          return isOwners && (hasProof(one) || (wasAgreed(one) && !isWithdrawn(sent.shown)));
        }),
      ),
    ).toEqual([]);
  });

  test('lets every new withdrawal travel, whoever owns the field', () => {
    const isNews = (base: Value | undefined, word: Consent): boolean =>
      isWithdrawn(word) && base !== word;
    expect(
      breaking((one, verdict) => {
        const { pair, crm, app } = one;
        const fromCrm = isNews(pair?.c, crm) && !isWithdrawn(app);
        const fromApp = isNews(pair?.r, app) && !isWithdrawn(crm);
        const [sent] = sentBy(one, verdict);
        if (fromCrm) return sent?.to === 'app' && sent.word === crm;
        if (fromApp) return sent?.to === 'crm' && sent.word === app;
        return true;
      }),
    ).toEqual([]);
  });

  test('leaves no end subscribed in silence while the other says the person is out', () => {
    expect(
      breaking(({ crm, app }, { kind }) => {
        const isSplit = isWithdrawn(crm) !== isWithdrawn(app);
        return !isSplit || kind === 'write' || kind === 'park';
      }),
    ).toEqual([]);
  });

  test('never sends “pending” to the app, which would write to the person', () => {
    expect(
      breaking((one, verdict) =>
        sentBy(one, verdict).every(({ to, word }) => to === 'crm' || word !== 'pending'),
      ),
    ).toEqual([]);
  });

  test('writes one end, with a word one of the ends shows, or “transactional” for a “pending”', () => {
    expect(
      breaking((one, verdict) => {
        const sent = sentBy(one, verdict);
        const words: readonly Value[] = [one.crm, one.app];
        return (
          sent.length <= 1 &&
          sent.every(
            ({ word }) =>
              words.includes(word) || (word === 'transactional' && words.includes('pending')),
          )
        );
      }),
    ).toEqual([]);
  });

  test('converges: carried out, the next merges say nothing, or agree, within two rounds', () => {
    expect(
      breaking((one) => {
        const [first, second] = [carriedOut(one), carriedOut(carriedOut(one))];
        return (
          mergeConsent(second).kind === 'nothing' ||
          [one, first, second].some((each) => mergeConsent(each).kind === 'park')
        );
      }),
    ).toEqual([]);
  });

  test('says nothing when both ends say what was agreed', () => {
    expect(
      breaking(({ pair, crm, app }, { kind }) => {
        const isSame = pair?.c === crm && pair.r === app && crm === app;
        return !isSame || kind === 'nothing';
      }),
    ).toEqual([]);
  });

  test('takes nobody’s consent away at a first meeting because the CRM was never told', () => {
    expect(
      breaking((one, verdict) => {
        const isUntold = one.pair === undefined && one.crm === 'transactional';
        return (
          !isUntold ||
          sentBy(one, verdict).every(({ to, shown }) => to === 'crm' || shown !== 'subscribed')
        );
      }),
    ).toEqual([]);
  });
});

/** The ends and the pair once the verdict was carried out and both ends store what they are given. */
function carriedOut(one: Case): Case {
  const verdict = mergeConsent(one);
  if (verdict.kind === 'nothing' || verdict.kind === 'park') return one;
  const { crm = one.crm, app = one.app } = verdict.kind === 'write' ? verdict : {};
  const isAgreed = crm === app || verdict.kind === 'agree';
  return {
    ...one,
    crm: crm as Consent,
    app: app as Consent,
    pair: isAgreed ? { c: crm, r: app } : one.pair,
  };
}

describe('The rows of SPEC.md', () => {
  const isOut = isWithdrawn;
  const tighter = ({ crm, app }: Case): End => (isLoosening(crm, app) ? 'crm' : 'app');
  const looser = (one: Case): End => (tighter(one) === 'crm' ? 'app' : 'crm');
  const agreed = ({ pair }: Case, end: End): Value | undefined =>
    end === 'crm' ? pair?.c : pair?.r;
  const isAgreed = ({ pair, crm, app }: Case): boolean => pair?.c === crm && pair.r === app;
  const isSame = ({ crm, app }: Case): boolean => crm === app;
  const areOut = ({ crm, app }: Case): boolean => isOut(crm) && isOut(app);
  const isSplit = ({ crm, app }: Case): boolean => isOut(crm) !== isOut(app);
  const says = (one: Case, word: Consent): boolean => one[looser(one)] === word;
  const isOwners = (one: Case): boolean => one.owner === looser(one);
  const isUntold = ({ owner, pair, crm, app }: Case): boolean =>
    owner !== 'app' && pair === undefined && crm === 'transactional' && app === 'subscribed';

  /** First row that fits, top down. */
  const ROWS: readonly [when: (one: Case) => boolean, rule: string][] = [
    [(one) => isSame(one) && isAgreed(one), '–'],
    [isSame, 'agree'],
    [(one) => areOut(one) && isAgreed(one), '–'],
    [areOut, 'withdraw'],
    [(one) => isSplit(one) && agreed(one, tighter(one)) !== one[tighter(one)], 'withdraw'],
    [(one) => isSplit(one) && !isOwners(one), 'put-back'],
    [(one) => isSplit(one) && says(one, 'subscribed') && hasProof(one), 'grant'],
    [isSplit, 'hold'],
    [isAgreed, '–'],
    [isUntold, 'hold'],
    [(one) => says(one, 'subscribed') && !isOwners(one), 'put-back'],
    [(one) => says(one, 'subscribed') && (hasProof(one) || wasAgreed(one)), 'grant'],
    [(one) => says(one, 'subscribed'), 'hold'],
    [({ owner, crm }) => owner === 'crm' && crm === 'pending', 'pending'],
    [() => true, 'owner'],
  ];
  const ruleOf = (verdict: FieldVerdict): string =>
    verdict.kind === 'nothing' ? '–' : verdict.reason.rule.replace('consent/', '');

  test('decide every case there is', () => {
    expect(
      breaking((one, verdict) => ROWS.find(([when]) => when(one))?.[1] === ruleOf(verdict)),
    ).toEqual([]);
  });

  test('are all needed', () => {
    const used = new Set(CASES.map((one) => ROWS.findIndex(([when]) => when(one))));
    expect([...used].toSorted((a, b) => a - b)).toEqual(ROWS.map((_row, index) => index));
  });
});

describe('The consent of a record we make', () => {
  const owners = OWNERS.map((owner) => ({ ...STATUS, owner }));

  test('a new record carries a withdrawal, a proven grant, or “never asked”', () => {
    for (const field of owners)
      for (const crm of CONSENTS)
        for (const evidence of EVIDENCE) {
          const isProven = hasProof({
            field,
            owner: field.owner,
            crm,
            app: crm,
            pair: undefined,
            evidence,
          });
          const expected = isWithdrawn(crm)
            ? crm
            : crm === 'subscribed' && field.owner === 'crm' && isProven
              ? 'subscribed'
              : 'transactional';
          expect(consentForCreate(field, crm, evidence)).toBe(expected);
        }
  });

  test('a revived one is never looser than what was agreed or what the CRM says, and grants nothing after a withdrawal without proof', () => {
    for (const field of owners)
      for (const pair of PAIRS)
        for (const crm of CONSENTS)
          for (const evidence of EVIDENCE) {
            if (pair === undefined) continue;
            const word = consentForRevival(field, pair, crm, evidence);
            const isTight = [pair.c, pair.r, crm].every((each) => !isLoosening(each, word));
            const one = { field, owner: field.owner, crm, app: crm, pair, evidence };
            const isFree = evidence.withdrawnAt === null || hasProof(one);
            expect([isTight || word === 'transactional', word !== 'subscribed' || isFree]).toEqual([
              true,
              true,
            ]);
            expect(word).not.toBe('pending');
          }
  });
});

describe('A person’s order about consent', () => {
  test('tightens freely and loosens only with the owner’s newer opt-in', () => {
    const none = { crmOptInAt: null, appOptInAt: null, withdrawnAt: WITHDRAWN_AT };
    const proven = { ...none, appOptInAt: 3 };
    expect(mayOrder(STATUS, 'unsubscribed', 'subscribed', none)).toBe(true);
    expect(mayOrder(STATUS, 'unsubscribed', 'cleaned', none)).toBe(true);
    expect(mayOrder(STATUS, 'subscribed', 'unsubscribed', none)).toBe(false);
    expect(mayOrder(STATUS, 'transactional', 'unsubscribed', none)).toBe(false);
    expect(mayOrder(STATUS, 'subscribed', 'transactional', none)).toBe(false);
    expect(mayOrder(STATUS, 'subscribed', 'unsubscribed', proven)).toBe(true);
    expect(mayOrder(STATUS, 'subscribed', 'subscribed', none)).toBe(true);
  });
});
