/** The verdicts about consent as two tables a person can read, and the reasons that go with them. */
import { consentWord, mergeConsent, type ConsentEvidence } from '../../lib/engine/consent.ts';
import type { FieldVerdict } from '../../lib/engine/merge.ts';
import type { Pair } from '../../lib/engine/model.ts';
import { CONSENTS, type Consent } from '../../lib/engine/types/consent.ts';
import { STATUS } from './fields.ts';

describe('The table of consent in words', () => {
  type Did = '–' | 'agree' | 'hold' | `app := ${string}` | `CRM := ${string}`;
  type Table = Record<Consent, Record<Consent, Did>>;
  /** Rows: the CRM's word. Columns: the app's. Nothing was agreed before, the app owns consent, nobody shows an opt-in. */
  const FIRST_MEETING: Table = {
    transactional: {
      transactional: 'agree',
      pending: 'CRM := pending',
      subscribed: 'hold',
      unsubscribed: 'CRM := unsubscribed',
      cleaned: 'CRM := cleaned',
      complained: 'CRM := complained',
    },
    pending: {
      transactional: 'CRM := transactional',
      pending: 'agree',
      subscribed: 'hold',
      unsubscribed: 'CRM := unsubscribed',
      cleaned: 'CRM := cleaned',
      complained: 'CRM := complained',
    },
    subscribed: {
      transactional: 'CRM := transactional',
      pending: 'CRM := pending',
      subscribed: 'agree',
      unsubscribed: 'CRM := unsubscribed',
      cleaned: 'CRM := cleaned',
      complained: 'CRM := complained',
    },
    unsubscribed: {
      transactional: 'app := unsubscribed',
      pending: 'app := unsubscribed',
      subscribed: 'app := unsubscribed',
      unsubscribed: 'agree',
      cleaned: 'CRM := cleaned',
      complained: 'CRM := complained',
    },
    cleaned: {
      transactional: 'app := cleaned',
      pending: 'app := cleaned',
      subscribed: 'app := cleaned',
      unsubscribed: 'app := cleaned',
      cleaned: 'agree',
      complained: 'CRM := complained',
    },
    complained: {
      transactional: 'app := complained',
      pending: 'app := complained',
      subscribed: 'app := complained',
      unsubscribed: 'app := complained',
      cleaned: 'app := complained',
      complained: 'agree',
    },
  };
  /** The same ends when both had agreed on “unsubscribed” and the app shows an opt-in newer than that. */
  const AFTER_WITHDRAWAL: Table = {
    ...FIRST_MEETING,
    transactional: {
      ...FIRST_MEETING.transactional,
      unsubscribed: 'CRM := unsubscribed',
      subscribed: 'CRM := subscribed',
    },
    pending: { ...FIRST_MEETING.pending, subscribed: 'CRM := subscribed' },
    unsubscribed: {
      ...FIRST_MEETING.unsubscribed,
      transactional: 'hold',
      pending: 'hold',
      subscribed: 'CRM := subscribed',
      unsubscribed: '–',
    },
  };
  const TABLES: readonly [string, Table, Pair | undefined, ConsentEvidence][] = [
    [
      'at a first meeting',
      FIRST_MEETING,
      undefined,
      { crmOptInAt: null, appOptInAt: null, withdrawnAt: null },
    ],
    [
      'after an agreed withdrawal, with a newer opt-in at the app',
      AFTER_WITHDRAWAL,
      { c: 'unsubscribed', r: 'unsubscribed' },
      { crmOptInAt: null, appOptInAt: 3, withdrawnAt: 2 },
    ],
  ];
  const did = (verdict: FieldVerdict): string => {
    if (verdict.kind === 'nothing') return '–';
    if (verdict.kind === 'park') return 'hold';
    if (verdict.kind === 'agree') return 'agree';
    const { crm, app } = verdict;
    return app === undefined ? `CRM := ${consentWord(crm)}` : `app := ${consentWord(app)}`;
  };

  describe.each(TABLES)('%s', (_name, table, pair, evidence) => {
    const rows = CONSENTS.flatMap((crm) => CONSENTS.map((app) => [crm, app] as const));
    test.each(rows)('CRM %s, app %s', (crm, app) => {
      expect(did(mergeConsent({ field: STATUS, pair, crm, app, evidence }))).toBe(table[crm][app]);
    });
  });
});

describe('The reasons of consent', () => {
  test('name the end that spoke', () => {
    const none = { crmOptInAt: null, appOptInAt: null, withdrawnAt: null };
    const textOf = (crm: Consent, app: Consent): string => {
      const verdict = mergeConsent({ field: STATUS, pair: undefined, crm, app, evidence: none });
      return verdict.kind === 'nothing' ? '' : verdict.reason.text;
    };
    expect(textOf('unsubscribed', 'subscribed')).toMatch(/^the CRM says the person is out/);
    expect(textOf('subscribed', 'unsubscribed')).toMatch(/^the app says the person is out/);
    expect(textOf('transactional', 'subscribed')).toMatch(/^the app says subscribed without/);
  });
});
