/**
 * The laws of a half-finished write: the process dies after any write, somebody edits an end before the
 * redo, and neither our own value is taken for an edit nor the edit for our own value.
 */
import fc from 'fast-check';
import { settleIntent } from '../../lib/engine/intent.ts';
import type { End, FieldSpec, Intent, Policy } from '../../lib/engine/model.ts';
import { isEquivalent, type Value } from '../../lib/engine/value.ts';
import { EVERY_FIELD, LABELS, SHARED_MANUAL, STATUS, fieldOf, syncOf } from './fields.ts';
import {
  agreedOn,
  applyRecord,
  createWorld,
  Died,
  edit,
  freshState,
  shows,
  sideOf,
  START_MS,
  type World,
} from './two-ends.ts';

const POLICIES: readonly Policy[] = ['crm', 'app', 'newest', 'manual'];
const other: Record<End, End> = { crm: 'app', app: 'crm' };
const shared = (onConflict: Policy): FieldSpec => fieldOf('x', { onConflict });

/** Applies, dying after `left` writes (the intent is one); true when it died. */
function dies(world: World, left: number): boolean {
  try {
    applyRecord(world, { cut: { left } });
    return false;
  } catch (error) {
    if (!(error instanceof Died)) throw error;
    return true;
  }
}

const CUTS = [0, 1] as const;
const cases = POLICIES.flatMap((policy) =>
  CUTS.flatMap((left) => (['crm', 'app'] as const).map((end) => [policy, left, end] as const)),
);

describe('A write that died half-finished', () => {
  test.each(cases)(
    'policy %s, dead after %i more writes: the next edit at the %s end that edited first is not contested by our own value',
    (policy, left, end) => {
      const field = shared(policy);
      const world = agreedOn(field, '1');
      edit(world, end, { [field.fingerprint]: '2' });
      expect(dies(world, left)).toBe(true);
      world.now += 60_000;
      edit(world, end, { [field.fingerprint]: '3' });
      applyRecord(world, { cautious: true });
      expect(shows(world, field)).toEqual(['3', '3']);
      expect(world.state.parked).toEqual({});
    },
  );

  test.each(cases)(
    'policy %s, dead after %i writes: an edit at the end other than %s, which was being written, is judged by the policy',
    (policy, left, end) => {
      const field = shared(policy);
      const world = agreedOn(field, '1');
      edit(world, end, { [field.fingerprint]: '2' });
      dies(world, left);
      world.now += 60_000;
      edit(world, other[end], { [field.fingerprint]: '3' });
      const written = applyRecord(world, { cautious: true });
      const values: Record<Policy, readonly Value[]> = {
        crm: end === 'crm' ? ['2', '2'] : ['3', '3'],
        app: end === 'app' ? ['2', '2'] : ['3', '3'],
        newest: ['3', '3'],
        manual: end === 'crm' ? ['2', '3'] : ['3', '2'],
        union: [],
      };
      expect(shows(world, field)).toEqual(values[policy]);
      const told = written.flatMap(({ decisions }) => decisions);
      const hasHistory = told.some(({ before, after }) => before === '3' || after === '3');
      expect(hasHistory).toBe(true);
    },
  );

  test('a tag removed while our union was half-written stays removed', () => {
    for (const left of [0, 1]) {
      const world = agreedOn(LABELS, ['a', 'b']);
      edit(world, 'crm', { [LABELS.fingerprint]: ['a', 'b', 'c'] });
      expect(dies(world, left)).toBe(true);
      edit(world, 'crm', { [LABELS.fingerprint]: ['a', 'c'] });
      applyRecord(world);
      expect(shows(world, LABELS)).toEqual([
        ['a', 'c'],
        ['a', 'c'],
      ]);
    }
  });

  test('a union for both ends that reached only one is finished at the other', () => {
    for (const left of [0, 1, 2]) {
      const world = agreedOn(LABELS, ['a', 'b']);
      edit(world, 'crm', { [LABELS.fingerprint]: ['a', 'b', 'c'] });
      edit(world, 'app', { [LABELS.fingerprint]: ['b', 'd'] });
      expect(dies(world, left)).toBe(true);
      applyRecord(world);
      expect(shows(world, LABELS)).toEqual([
        ['b', 'c', 'd'],
        ['b', 'c', 'd'],
      ]);
    }
  });

  test('an unsubscribe between our write and the redo is heard', () => {
    const world = agreedOn(STATUS, 'transactional');
    world.ends.app = { ...world.ends.app, optInAt: world.now };
    edit(world, 'app', { [STATUS.fingerprint]: 'subscribed' });
    expect(dies(world, 1)).toBe(true);
    edit(world, 'app', { [STATUS.fingerprint]: 'unsubscribed' });
    applyRecord(world);
    expect(shows(world, STATUS)).toEqual(['unsubscribed', 'unsubscribed']);
  });

  test('our archive that died unrecorded is known as ours, and is undone when the row comes back', () => {
    const world = agreedOn(SHARED_MANUAL, '1');
    world.ends.crm = { ...world.ends.crm, existence: 'excluded' };
    expect(dies(world, 1)).toBe(true);
    expect(world.ends.app.existence).toBe('archived');
    world.ends.crm = { ...world.ends.crm, existence: 'present' };
    applyRecord(world);
    expect(world.ends.app.existence).toBe('present');
  });

  test('a row deleted after our create died unrecorded is not inserted again', () => {
    const fields = { [SHARED_MANUAL.fingerprint]: '1' };
    const ends = { crm: sideOf('present', fields), app: sideOf('absent') };
    const world = createWorld(syncOf([SHARED_MANUAL]), ends);
    expect(dies(world, 1)).toBe(true);
    world.ends.crm = sideOf('absent');
    applyRecord(world);
    expect([world.ends.crm.existence, world.ends.app.existence]).toEqual(['absent', 'archived']);
  });

  test('a create that died before it was sent is taken back when the row is deleted', () => {
    const fields = { [SHARED_MANUAL.fingerprint]: '1' };
    const ends = { crm: sideOf('present', fields), app: sideOf('absent') };
    const world = createWorld(syncOf([SHARED_MANUAL]), ends);
    expect(dies(world, 0)).toBe(true);
    world.ends.crm = sideOf('absent');
    applyRecord(world);
    expect(world.writes).toEqual([]);
  });
});

describe('A redo', () => {
  const words = fc.constantFrom<Value>('a', 'b', 'c');
  const valuesFor = (field: FieldSpec): fc.Arbitrary<Value> => {
    if (field.role === 'match') return fc.constantFrom('a@x.org', 'b@x.org');
    if (field.role === 'consent')
      return fc.constantFrom('transactional', 'subscribed', 'unsubscribed');
    return field.role === 'set' ? fc.subarray(['p', 'q', 'r']) : words;
  };
  const record: fc.Arbitrary<Record<string, Value>> = fc.record(
    Object.fromEntries(EVERY_FIELD.map((field) => [field.fingerprint, valuesFor(field)])),
  );
  const twoEnds = (crm: Record<string, Value>, app: Record<string, Value>): World =>
    createWorld(syncOf(), { crm: sideOf('present', crm), app: sideOf('present', app) });

  test('at any cut, without further edits, ends where the whole would have ended', () => {
    fc.assert(
      fc.property(fc.tuple(record, record, record, record), fc.nat(6), ([c0, r0, c1, r1], left) => {
        const [whole, cut] = [twoEnds(c0, r0), twoEnds(c0, r0)];
        for (const world of [whole, cut]) {
          applyRecord(world);
          world.now += 60_000;
          edit(world, 'crm', c1);
          world.now += 60_000;
          edit(world, 'app', r1);
        }
        applyRecord(whole);
        dies(cut, left);
        applyRecord(cut, { cautious: true });
        expect(cut.ends.crm.fields).toEqual(whole.ends.crm.fields);
        expect(cut.ends.app.fields).toEqual(whole.ends.app.fields);
        expect(Object.keys(cut.state.parked)).toEqual(Object.keys(whole.state.parked));
      }),
      { numRuns: 300 },
    );
  });

  test('at any cut, with edits before it, makes the ends equal and then writes nothing', () => {
    const someEnd = fc.constantFrom<End>('crm', 'app');
    fc.assert(
      fc.property(
        fc.tuple(record, record, record, record),
        fc.nat(6),
        someEnd,
        ([c0, c1, r1, late], left, end) => {
          const world = twoEnds(c0, c0);
          applyRecord(world);
          world.now += 60_000;
          edit(world, 'crm', c1);
          edit(world, 'app', r1);
          dies(world, left);
          world.now += 60_000;
          edit(world, end, late);
          applyRecord(world, { cautious: true });
          const open = EVERY_FIELD.filter(
            ({ fingerprint }) => !(fingerprint in world.state.parked),
          );
          for (const { type, column, fingerprint: name } of open) {
            const [crm = null, app = null] = [
              world.ends.crm.fields[name],
              world.ends.app.fields[name],
            ];
            expect([column, isEquivalent(type, crm, app)]).toEqual([column, true]);
          }
          const before = world.writes.length;
          applyRecord(world);
          expect(world.writes.slice(before)).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('Settling an intent', () => {
  const field = shared('manual');
  const name = field.fingerprint;
  const spec = syncOf([field]);
  const intent: Intent = { at: START_MS, toApp: { [name]: '2' }, toCrm: {}, existence: null };
  const pairOf = (crm: Value, app: Value, old?: Value, rewritten?: End) => {
    const pair = old === undefined ? {} : { [name]: { c: old, r: old } };
    const pairs =
      rewritten === undefined ? pair : { [name]: { c: '1', r: '0', rewrittenBy: rewritten } };
    const shadow = { existence: { c: 'present', r: 'present' }, pairs } as const;
    const state = freshState({ intent, shadow });
    const ends = [sideOf('present', { [name]: crm }), sideOf('present', { [name]: app })] as const;
    return settleIntent(spec, state, ...ends).shadow?.pairs[name];
  };

  test('takes what arrived for the base of both ends', () => {
    expect(pairOf('2', '2', '1')).toEqual({ c: '2', r: '2' });
    expect(pairOf('3', '2', '1')).toEqual({ c: '2', r: '2' });
  });

  test('leaves the base alone when nothing arrived, a rewrite’s mark included', () => {
    expect(pairOf('2', '1', '1')).toEqual({ c: '1', r: '1' });
    expect(pairOf('2', '9', '1')).toEqual({ c: '1', r: '1' });
    expect(pairOf('1', '0', undefined, 'app')).toEqual({ c: '1', r: '0', rewrittenBy: 'app' });
  });

  test('knows nothing of a field that never met and did not arrive', () => {
    expect(pairOf('2', '9')).toBeUndefined();
  });

  test('leaves a record unknown when nothing of it arrived, and knows it by whatever did', () => {
    const state = freshState({ intent });
    const shadowOf = (app: Value) =>
      settleIntent(
        spec,
        state,
        sideOf('present', { [name]: '2' }),
        sideOf('present', { [name]: app }),
      ).shadow;
    expect(shadowOf('9')).toBeNull();
    expect(shadowOf('2')?.pairs).toEqual({ [name]: { c: '2', r: '2' } });
  });

  test('applied twice is applied once', () => {
    fc.assert(
      fc.property(fc.constantFrom('1', '2', '3'), fc.constantFrom('1', '2', '3'), (crm, app) => {
        const shadow = {
          existence: { c: 'present', r: 'present' },
          pairs: { [name]: { c: '1', r: '1' } },
        } as const;
        const ends = [
          sideOf('present', { [name]: crm }),
          sideOf('present', { [name]: app }),
        ] as const;
        const once = settleIntent(spec, freshState({ intent, shadow }), ...ends);
        expect(settleIntent(spec, once, ...ends)).toEqual(once);
      }),
    );
  });
});
