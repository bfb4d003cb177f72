/** What a verdict leaves behind when its writes did not land. */
import type { Verdict } from '../../lib/engine/judge.ts';
import type { CrmKey, ParkedField, RecordState } from '../../lib/engine/model.ts';
import { settleWrites, type Written } from '../../lib/flow/settle.ts';
import { newState } from '../../lib/flow/work.ts';
import { CRM_OWNED, SHARED_NEWEST } from '../engine/fields.ts';
import { sideOf } from '../engine/two-ends.ts';

const SINCE = 1_000;
const NAME = SHARED_NEWEST.fingerprint;
const waiting: ParkedField = {
  kind: 'waiting',
  crm: 'b',
  app: 'c',
  base: { c: 'a', r: 'a' },
  reason: 'its time is unknown',
  at: SINCE,
};

function settle(written: Partial<Written>): RecordState {
  const values = { [NAME]: 'b', [CRM_OWNED.fingerprint]: 'x' };
  const verdict: Verdict = {
    look: null,
    state: newState('1' as CrmKey),
    action: 'merge',
    toApp: values,
    toCrm: {},
    decisions: [],
    needsIntent: true,
  };
  return settleWrites({
    fields: [SHARED_NEWEST, CRM_OWNED],
    parkedBefore: { [NAME]: waiting },
    verdict,
    crm: sideOf('present', values),
    app: sideOf('present', { ...values, [NAME]: 'c' }),
    written: {
      app: new Map(),
      crm: new Map(),
      refused: new Map(),
      existence: {},
      isAmbiguous: false,
      ...written,
    },
    now: SINCE + 700_000,
  });
}

const settled = (written: Partial<Written>): ParkedField | undefined =>
  settle(written).parked[NAME];

test('a record whose missing end was made is at both: who is gone at the next look was taken away', () => {
  expect(settle({ existence: { c: 'present', r: 'present' } }).link).toBe('linked');
  expect(settle({ existence: { r: 'archived' } }).link).toBe('planned');
});

describe('a field that had waited long enough for a time', () => {
  test('does not begin anew when its write was not sent, because another field’s was refused', () => {
    expect(settled({})).toEqual(waiting);
  });

  test('has waited when its write landed, or may have', () => {
    expect(settled({ app: new Map([[SHARED_NEWEST, 'b']]) })).toBeUndefined();
    expect(settled({ isAmbiguous: true })).toBeUndefined();
  });

  test('is parked with the refusal when it was refused', () => {
    expect(settled({ refused: new Map([[SHARED_NEWEST, 'no']]) })).toMatchObject({
      kind: 'rejected',
      reason: 'no',
    });
  });
});
