/** A refusal that is a yes or no, and a word of consent that an app shows but cannot be told. */
import { consentForCreate, mergeConsent, mayOrder } from '../../lib/engine/consent.ts';
import type { FieldVerdict } from '../../lib/engine/merge.ts';
import type { FieldSpec, Pair } from '../../lib/engine/model.ts';
import { consent, optOut } from '../../lib/engine/types/index.ts';
import type { Value } from '../../lib/engine/value.ts';
import { fieldOf } from './fields.ts';

const NOBODY_OPTED_IN = { crmOptInAt: null, appOptInAt: null, withdrawnAt: 1_000 };

function did(verdict: FieldVerdict): string {
  if (verdict.kind !== 'write') return verdict.kind;
  const { app, crm } = verdict;
  return [
    ...(app === undefined ? [] : [`app := ${String(app as string | boolean)}`]),
    ...(crm === undefined ? [] : [`CRM := ${String(crm as string | boolean)}`]),
  ].join(', ');
}

describe('A refusal', () => {
  const BLOCKED: FieldSpec = fieldOf('do_not_call', {
    type: optOut(),
    owner: 'crm',
    role: 'consent',
  });
  const merge = (
    crm: Value,
    app: Value,
    pair?: Pair,
    evidence: Parameters<typeof mayOrder>[3] = NOBODY_OPTED_IN,
  ): string => did(mergeConsent({ field: BLOCKED, pair, crm, app, evidence }));
  const REFUSED: Pair = { c: true, r: true };
  const CALLABLE: Pair = { c: false, r: false };

  test.each([
    [false, false, 'agree'],
    [null, false, 'agree'],
    [true, true, 'agree'],
    [true, false, 'app := true'],
    [false, true, 'CRM := true'],
  ] as const)('met first as %s in the CRM and %s at the app: %s', (crm, app, expected) => {
    expect(merge(crm, app)).toBe(expected);
  });

  test('is taken over from either end, whoever owns the field', () => {
    expect(merge(true, false, CALLABLE)).toBe('app := true');
    expect(merge(false, true, CALLABLE)).toBe('CRM := true');
  });

  test('is put back where it was taken away by the end that does not own it', () => {
    expect(merge(true, false, REFUSED)).toBe('app := true');
  });

  test('is taken back by the owner with a newer opt-in only, and held otherwise', () => {
    const at = (crmOptInAt: number) => ({ ...NOBODY_OPTED_IN, crmOptInAt });
    expect(merge(false, true, REFUSED, at(2_000))).toBe('app := false');
    expect(merge(false, true, REFUSED, at(500))).toBe('park');
    expect(merge(false, true, REFUSED)).toBe('park');
  });

  test('cannot be taken back by a person’s order without that proof, and can always be given', () => {
    expect(mayOrder(BLOCKED, false, true, NOBODY_OPTED_IN)).toBe(false);
    expect(mayOrder(BLOCKED, true, false, NOBODY_OPTED_IN)).toBe(true);
  });

  test('goes with a record that is made', () => {
    expect(consentForCreate(BLOCKED, true, NOBODY_OPTED_IN)).toBe('unsubscribed');
    expect(consentForCreate(BLOCKED, null, NOBODY_OPTED_IN)).toBe('transactional');
  });
});

describe('A consent that the app cannot be told', () => {
  const TEXTS: FieldSpec = fieldOf('sms_status', {
    type: consent(),
    owner: 'app',
    role: 'consent',
    isReadOnly: true,
  });
  const merge = (crm: Value, app: Value, pair?: Pair, appOptInAt: number | null = null): string => {
    const evidence = { ...NOBODY_OPTED_IN, appOptInAt };
    return did(mergeConsent({ field: TEXTS, pair, crm, app, evidence }));
  };

  test.each(['transactional', 'pending', 'subscribed', 'unsubscribed', 'complained'])(
    'leaves the CRM’s “%s” as it is while the app says nothing, and is then at peace',
    (word) => {
      expect(merge(word, 'transactional')).toBe('agree');
      expect(merge(word, 'transactional', { c: word, r: 'transactional' })).toBe('nothing');
    },
  );

  test('brings a withdrawal to the CRM, and puts it back where the CRM forgets it', () => {
    expect(merge('subscribed', 'unsubscribed')).toBe('CRM := unsubscribed');
    const agreed = { c: 'unsubscribed', r: 'unsubscribed' };
    expect(merge('subscribed', 'unsubscribed', agreed)).toBe('CRM := unsubscribed');
  });

  test('grants when the person came back by themselves after they had withdrawn, and not before', () => {
    const agreed = { c: 'unsubscribed', r: 'unsubscribed' };
    expect(merge('unsubscribed', 'subscribed', agreed, 2_000)).toBe('CRM := subscribed');
    expect(merge('unsubscribed', 'subscribed', agreed, 500)).toBe('agree');
    expect(merge('unsubscribed', 'subscribed', { c: 'unsubscribed', r: 'subscribed' }, 500)).toBe(
      'nothing',
    );
  });

  test('takes nobody’s withdrawal in the CRM away when the app stops showing its own', () => {
    const agreed = { c: 'unsubscribed', r: 'unsubscribed' };
    expect(merge('unsubscribed', 'transactional', agreed)).toBe('agree');
  });
});
