/** The map of a sync: what counts as another one, what is said of it, and what becomes of fields that leave it. */
import fc from 'fast-check';
import type { FieldSpec, SyncSpec } from '../../lib/engine/model.ts';
import {
  forgetRetired,
  NO_RETIREMENT,
  RETIRED_MAX_MS,
  retire,
} from '../../lib/engine/retirement.ts';
import {
  compareMaps,
  describeChange,
  mapCode,
  mapOf,
  mapOfFingerprints,
  type SyncMap,
} from '../../lib/engine/sync-map.ts';
import { consent, text } from '../../lib/engine/types/index.ts';
import { CRM_OWNED, EVERY_FIELD, fieldOf, MATCH, SHARED_CRM, syncOf } from './fields.ts';
import { freshState, START_MS } from './two-ends.ts';

const map = (fields: readonly FieldSpec[] = EVERY_FIELD, more: Partial<SyncSpec> = {}): SyncMap =>
  mapOf(syncOf(fields, more), 'filter');

const said = (old: SyncMap, next: SyncMap): string | null => {
  const change = compareMaps(old, next);
  return change === null ? null : describeChange(change);
};

describe('Another map', () => {
  test('is none when only the order of the fields is another, and has the same code', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...EVERY_FIELD], { minLength: EVERY_FIELD.length }),
        (fields) => {
          expect(said(map(), map(fields))).toBeNull();
          expect(mapCode(map(fields))).toBe(mapCode(map()));
        },
      ),
    );
  });

  test.each<[string, SyncMap, SyncMap]>([
    ['name ↔ NAME added', map([MATCH]), map([MATCH, CRM_OWNED])],
    ['name ↔ NAME removed', map([MATCH, CRM_OWNED]), map([MATCH])],
    ['name mapped anew: NAME → FNAME', map([MATCH, CRM_OWNED]), map([MATCH, renamed('FNAME')])],
    [
      'name has another type: text → text{"maxBytes":20}',
      map([MATCH, CRM_OWNED]),
      map([MATCH, fieldOf('name', { owner: 'crm', type: text(20) })]),
    ],
    ['city: owner: shared → app', map([SHARED_CRM]), map([{ ...SHARED_CRM, owner: 'app' }])],
    [
      'city: onConflict: crm → manual',
      map([SHARED_CRM]),
      map([{ ...SHARED_CRM, onConflict: 'manual' }]),
    ],
    ['onCrmDelete: archive → delete', map(), map(EVERY_FIELD, { onCrmDelete: 'delete' })],
    [
      'create: {"inApp":true,"inCrm":true} → {"inApp":true,"inCrm":false}',
      map(),
      map(EVERY_FIELD, { create: { inApp: true, inCrm: false } }),
    ],
    [
      'mark: none → {"column":"left","value":"yes"}',
      map(),
      map(EVERY_FIELD, { mark: { column: 'left', value: 'yes' } }),
    ],
    [
      'the filter (or another function of the configuration) is another one',
      map(),
      mapOf(syncOf(), 'another filter'),
    ],
  ])('is said to be: %s', (text, old, next) => {
    expect(said(old, next)).toBe(text);
    expect(mapCode(next)).not.toBe(mapCode(old));
  });

  test('of which only the fields were remembered is compared by its fields', () => {
    const old = mapOfFingerprints(EVERY_FIELD.map(({ fingerprint }) => fingerprint));
    expect(said(old, map(EVERY_FIELD, { onCrmDelete: 'delete' }))).toBeNull();
    expect(said(old, map([MATCH]))).toContain('removed');
  });

  test('has a code that can be typed', () => {
    fc.assert(
      fc.property(fc.subarray([...EVERY_FIELD]), (fields) => {
        expect(mapCode(map(fields))).toMatch(/^[0-9a-z]{6}$/);
      }),
    );
  });

  function renamed(path: string): FieldSpec {
    const field = fieldOf('name', { owner: 'crm' });
    return { ...field, path, fingerprint: field.fingerprint.replace('NAME', path) };
  }
});

describe('A field that left the map', () => {
  const both = { old: map(), next: map([MATCH]) };
  const back = { old: map([MATCH]), next: map() };
  const name = CRM_OWNED.fingerprint;
  const pair = { c: 'Ann', r: 'Ann' };
  const state = freshState({
    shadow: { existence: { c: 'present', r: 'present' }, pairs: { [name]: pair } },
  });
  const left = retire(NO_RETIREMENT, both, START_MS);
  const after = (ms: number) => START_MS + ms;

  test('is remembered as it was for thirty days, and the record is not touched', () => {
    expect(forgetRetired(state, left, after(RETIRED_MAX_MS))).toBe(state);
  });

  test('is forgotten after that', () => {
    const { shadow } = forgetRetired(state, left, after(RETIRED_MAX_MS + 1));
    expect(shadow).toEqual({ existence: state.shadow?.existence, pairs: {} });
  });

  test('and comes back in time finds its base', () => {
    const again = retire(left, back, after(RETIRED_MAX_MS));
    expect(forgetRetired(state, again, after(10 * RETIRED_MAX_MS))).toBe(state);
  });

  test('and comes back too late meets for the first time, and keeps what it agrees on then', () => {
    const again = retire(left, back, after(RETIRED_MAX_MS + 1));
    const met = forgetRetired(state, again, after(RETIRED_MAX_MS + 2));
    expect(met.shadow?.pairs).toEqual({});
    const agreed = {
      ...met,
      shadow: { existence: { c: 'present', r: 'present' }, pairs: { [name]: pair } },
    } as const;
    expect(forgetRetired(agreed, again, after(RETIRED_MAX_MS + 3))).toBe(agreed);
  });

  test('twice too late is met twice', () => {
    let memory = left;
    let now = START_MS;
    let record = state;
    for (let times = 0; times < 2; times += 1) {
      now += RETIRED_MAX_MS + 1;
      memory = retire(memory, back, now);
      record = forgetRetired(record, memory, now);
      expect(record.shadow?.pairs).toEqual({});
      const shadow = {
        existence: { c: 'present', r: 'present' },
        pairs: { [name]: pair },
      } as const;
      record = { ...record, shadow };
      memory = retire(memory, both, now);
    }
  });

  test('does not take the other fields along', () => {
    const two = { ...state.shadow?.pairs, [MATCH.fingerprint]: { c: 'a@x.org', r: 'a@x.org' } };
    const more = freshState({ shadow: { existence: { c: 'present', r: 'present' }, pairs: two } });
    const { shadow } = forgetRetired(more, left, after(RETIRED_MAX_MS + 1));
    expect(Object.keys(shadow?.pairs ?? {})).toEqual([MATCH.fingerprint]);
  });
});

test('a consent with a column of proof is another field than one without', () => {
  const of = (type: FieldSpec['type']) => map([fieldOf('status', { type, role: 'consent' })]);
  expect(said(of(consent()), of(consent({ optInAt: 'opted_in' })))).toContain('another type');
});
