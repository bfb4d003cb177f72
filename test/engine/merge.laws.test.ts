/** The laws of the three-way merge of one field: SPEC.md's field table, for all values, owners and policies. */
import fc from 'fast-check';
import { hasDelta, standing, type Standing } from '../../lib/engine/delta.ts';
import { mergeField, SAME_MOMENT_MS, type FieldMerge } from '../../lib/engine/merge.ts';
import type { End, Owner, Pair, Policy } from '../../lib/engine/model.ts';
import { tags } from '../../lib/engine/types/index.ts';
import { tagsOf } from '../../lib/engine/types/tags.ts';
import { isEmpty, isEquivalent, type Value } from '../../lib/engine/value.ts';
import { fieldOf } from './fields.ts';

const owners = fc.constantFrom<Owner>('crm', 'app', 'shared');
const policies = fc.constantFrom<Policy>('crm', 'app', 'newest', 'union', 'manual');
const words = fc.constantFrom<Value>(null, 'a', 'b', 'c');
const sets = fc.subarray(['a', 'b', 'c', 'd']).map((set): Value => set);
const times = fc.option(fc.integer({ min: 0, max: 20 }).map((s) => s * 1_000));
const ends = fc.constantFrom<End>('crm', 'app');
const other: Record<End, End> = { crm: 'app', app: 'crm' };

const mergesOf = (isSet: boolean): fc.Arbitrary<FieldMerge> => {
  const values = isSet ? sets : words;
  const pair = fc.record<Pair>(
    { c: values, r: values, rewrittenBy: ends },
    { requiredKeys: ['c', 'r'] },
  );
  return fc
    .record({
      owner: owners,
      onConflict: policies,
      adoptEmpty: fc.boolean(),
      pair: fc.option(pair, { nil: undefined }),
      crm: values,
      app: values,
      crmAt: times,
      appAt: times,
      mayWait: fc.boolean(),
    })
    .map(({ owner, onConflict, adoptEmpty, ...rest }) => ({
      ...rest,
      field: fieldOf('x', {
        owner,
        onConflict,
        adoptEmpty,
        ...(isSet ? { type: tags(), role: 'set' as const } : {}),
      }),
    }));
};
const merges = fc.oneof(mergesOf(false), mergesOf(true));

/** The merge seen in a mirror: ends, owner and policy change places. */
function mirrored(merge: FieldMerge): FieldMerge {
  const swap = <T extends Owner | Policy>(word: T): T =>
    (word === 'crm' ? 'app' : word === 'app' ? 'crm' : word) as T;
  const { field, pair, crm, app, crmAt, appAt } = merge;
  return {
    ...merge,
    field: { ...field, owner: swap(field.owner), onConflict: swap(field.onConflict) },
    pair: pair && {
      c: pair.r,
      r: pair.c,
      ...(pair.rewrittenBy ? { rewrittenBy: other[pair.rewrittenBy] } : {}),
    },
    crm: app,
    app: crm,
    crmAt: appAt,
    appAt: crmAt,
  };
}

/** The ends and the pair once a verdict was carried out and both ends store what they are given. */
function applied(merge: FieldMerge): FieldMerge {
  const verdict = mergeField(merge);
  if (verdict.kind === 'nothing' || verdict.kind === 'park') return merge;
  const { crm = merge.crm, app = merge.app } = verdict.kind === 'write' ? verdict : {};
  return { ...merge, crm, app, pair: { c: crm, r: app } };
}

const stands = ({ field, pair, crm, app }: FieldMerge): Standing => standing(field, pair, crm, app);

const same = ({ field }: FieldMerge, a: Value, b: Value): boolean => isEquivalent(field.type, a, b);

describe('The merge of one field', () => {
  test('is total: every case gives a verdict, and every verdict but “nothing” a reason to read', () => {
    fc.assert(
      fc.property(merges, (merge) => {
        const verdict = mergeField(merge);
        const reason = verdict.kind === 'nothing' ? null : verdict.reason;
        expect(reason === null || (/\w\/\w/.test(reason.rule) && /\S/.test(reason.text))).toBe(
          true,
        );
      }),
    );
  });

  test('does the same in a mirror, except that times too close to tell apart favour the CRM', () => {
    const isTold = ({ field, crmAt, appAt }: FieldMerge): boolean =>
      field.onConflict !== 'newest' ||
      (crmAt !== null && appAt !== null && Math.abs(crmAt - appAt) > SAME_MOMENT_MS);
    fc.assert(
      fc.property(merges.filter(isTold), (merge) => {
        const here = mergeField(merge);
        const there = mergeField(mirrored(merge));
        expect(there.kind).toBe(here.kind);
        const written = here.kind === 'write' ? [here.crm, here.app] : [];
        expect(there.kind === 'write' ? [there.app, there.crm] : []).toEqual(written);
      }),
      { numRuns: 1_000 },
    );
  });

  test('converges: once carried out, the ends mean the same and the next merge says nothing', () => {
    fc.assert(
      fc.property(merges, (merge) => {
        const after = applied(merge);
        const before = mergeField(merge).kind;
        fc.pre(before === 'write' || before === 'agree');
        expect(same(merge, after.crm, after.app)).toBe(true);
        expect(mergeField(after)).toEqual({ kind: 'nothing' });
      }),
      { numRuns: 1_000 },
    );
  });

  test('is idempotent: carried out and forgotten, it writes nothing again', () => {
    fc.assert(
      fc.property(merges, (merge) => {
        const { crm, app } = applied(merge);
        const again = mergeField({ ...merge, crm, app });
        const before = mergeField(merge).kind;
        expect(['nothing', 'agree', before === 'park' ? 'park' : 'agree']).toContain(again.kind);
      }),
      { numRuns: 1_000 },
    );
  });

  test('half carried out and forgotten, it asks for the other half and nothing else', () => {
    fc.assert(
      fc.property(mergesOf(true), ends, (merge, end) => {
        const done = mergeField(merge);
        fc.pre(done.kind === 'write' && done.crm !== undefined && done.app !== undefined);
        const half = mergeField({ ...merge, [end]: applied(merge)[end] });
        const wanted = { [other[end]]: done[other[end]] };
        expect(half).toEqual({ kind: 'write', ...wanted, reason: expect.anything() as unknown });
      }),
    );
  });

  test('leaves ends alone that nobody changed since they agreed', () => {
    fc.assert(
      fc.property(mergesOf(false), words, (merge, value) => {
        const pair = { c: value, r: value };
        const still = { ...merge, pair, crm: value, app: value };
        expect(mergeField(still)).toEqual({ kind: 'nothing' });
      }),
    );
  });

  test('leaves a known rewrite alone', () => {
    fc.assert(
      fc.property(merges, ends, (merge, rewrittenBy) => {
        const pair = { c: merge.crm, r: merge.app, rewrittenBy };
        expect(mergeField({ ...merge, pair })).toEqual({ kind: 'nothing' });
      }),
    );
  });

  test('never calls equal changes a conflict, and writes nothing for them', () => {
    fc.assert(
      fc.property(merges, (merge) => {
        const { kind } = mergeField({ ...merge, app: merge.crm });
        expect(['nothing', 'agree']).toContain(kind);
      }),
    );
  });

  test('lets the owner’s change always win', () => {
    fc.assert(
      fc.property(merges, (merge) => {
        const { owner } = merge.field;
        fc.pre(owner !== 'shared' && merge.pair !== undefined);
        fc.pre(!['unchanged', 'uneven'].includes(stands(merge)));
        const after = applied(merge);
        const own = owner === 'crm' ? merge.crm : merge.app;
        expect([same(merge, after.crm, own), same(merge, after.app, own)]).toEqual([true, true]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('takes a shared field’s change from the only end that changed it', () => {
    const changes = merges.filter(
      (merge) =>
        merge.field.owner === 'shared' && ['crm-changed', 'app-changed'].includes(stands(merge)),
    );
    fc.assert(
      fc.property(changes, (merge) => {
        const { field, pair } = merge;
        fc.pre(pair !== undefined && same(merge, pair.c, pair.r));
        const news = stands(merge) === 'crm-changed' ? merge.crm : merge.app;
        const after = applied(merge);
        expect([field.onConflict, same(merge, after.crm, news)]).toEqual([field.onConflict, true]);
        expect(same(merge, after.app, news)).toBe(true);
      }),
    );
  });

  test('lets no empty value erase one at a first meeting, unless the owner says so', () => {
    fc.assert(
      fc.property(merges, (merge) => {
        const met = { ...merge, pair: undefined, field: { ...merge.field, adoptEmpty: false } };
        const after = applied(met);
        const erased = (before: Value, now: Value): boolean => !isEmpty(before) && isEmpty(now);
        expect([erased(met.crm, after.crm), erased(met.app, after.app)]).toEqual([false, false]);
      }),
    );
    const own = fieldOf('x', { owner: 'crm', adoptEmpty: true });
    const nothing = { pair: undefined, crmAt: null, appAt: null, mayWait: true };
    const verdict = mergeField({ ...nothing, field: own, crm: null, app: 'a' });
    expect(verdict).toMatchObject({ kind: 'write', app: null });
  });

  test('invents no value: what is written was at an end, or is a union of both', () => {
    fc.assert(
      fc.property(mergesOf(false), (merge) => {
        const verdict = mergeField(merge);
        const written = verdict.kind === 'write' ? [verdict.crm, verdict.app] : [];
        const known = [merge.crm, merge.app, undefined];
        expect(written.every((value) => known.includes(value))).toBe(true);
      }),
    );
  });
});

describe('The policies', () => {
  const contested = { pair: { c: 'a', r: 'a' }, crm: 'b', app: 'c', mayWait: true };
  const verdictOf = (onConflict: Policy, crmAt: number | null, appAt: number | null) =>
    mergeField({ ...contested, field: fieldOf('x', { onConflict }), crmAt, appAt });

  test.each<[Policy, number | null, number | null, unknown]>([
    ['crm', 0, 60_000, { kind: 'write', app: 'b' }],
    ['app', 60_000, 0, { kind: 'write', crm: 'c' }],
    ['newest', 60_000, 0, { kind: 'write', app: 'b' }],
    ['newest', 0, 60_000, { kind: 'write', crm: 'c' }],
    ['newest', 0, SAME_MOMENT_MS, { kind: 'write', app: 'b' }],
    ['newest', 0, SAME_MOMENT_MS + 1, { kind: 'write', crm: 'c' }],
    ['newest', 0, null, { kind: 'write', app: 'b' }],
    ['newest', null, 0, { kind: 'park', parked: 'waiting' }],
    ['manual', 0, 0, { kind: 'park', parked: 'conflict' }],
    ['union', 0, 0, { kind: 'park', parked: 'conflict' }],
  ])('%s with the CRM’s change at %s and the app’s at %s', (policy, crmAt, appAt, expected) => {
    expect(verdictOf(policy, crmAt, appAt)).toMatchObject(expected as object);
  });

  test('newest waits for the CRM’s time only as long as it may', () => {
    const field = fieldOf('x', { onConflict: 'newest' });
    const late = { ...contested, field, crmAt: null, appAt: 0, mayWait: false };
    expect(mergeField(late)).toMatchObject({ kind: 'write', app: 'b' });
  });
});

describe('The delta of one end', () => {
  const field = fieldOf('x');
  const name = field.fingerprint;
  const pairs = { [name]: { c: 'a', r: 'b', rewrittenBy: 'app' } } as const;
  const shadow = { existence: { c: 'present', r: 'present' }, pairs } as const;
  const side = (value: Value | undefined, existence = 'present', broken = {}) => ({
    existence,
    fields: value === undefined ? {} : { [name]: value },
    broken,
    changedAt: null,
    optInAt: null,
  });

  test.each([
    ['crm', side('a'), false],
    ['crm', side('b'), true],
    ['app', side('b'), false],
    ['app', side('a'), true],
    ['app', side(undefined), false],
    ['app', side(undefined, 'present', { [name]: 'unreadable' }), true],
    ['app', side('b', 'archived'), true],
  ] as const)('is told against the half of %s: %j', (end, seen, isNews) => {
    expect(hasDelta([field], shadow, end, seen)).toBe(isNews);
  });

  test('is everything when nothing was agreed, and nothing when the record is still gone', () => {
    const gone = { ...shadow, existence: { c: 'present', r: 'archived' } } as const;
    expect(hasDelta([field], null, 'app', side('b'))).toBe(true);
    expect(hasDelta([field], { ...shadow, pairs: {} }, 'app', side('b'))).toBe(true);
    expect(hasDelta([field], gone, 'app', side('z', 'archived'))).toBe(false);
  });
});

describe('The union of a shared set', () => {
  const field = fieldOf('x', { type: tags(), role: 'set', onConflict: 'union' });
  const unionOf = (pair: Pair | undefined, crm: Value, app: Value): Value => {
    const merge = { field, pair, crm, app, crmAt: null, appAt: null, mayWait: true };
    return applied(merge).crm;
  };
  const list = (value: Value): readonly string[] => tagsOf(value);

  test('keeps every addition and every removal of either end, each against its own half', () => {
    fc.assert(
      fc.property(sets, sets, sets, sets, (c, r, crm, app) => {
        const union = list(unionOf({ c, r, rewrittenBy: 'app' }, crm, app));
        fc.pre(mergeFieldKind({ c, r, rewrittenBy: 'app' }, crm, app) === 'write');
        const removed = [
          ...list(c).filter((tag) => !list(crm).includes(tag)),
          ...list(r).filter((tag) => !list(app).includes(tag)),
        ];
        const held = [...new Set([...list(crm), ...list(app)])];
        expect(union.toSorted()).toEqual(held.filter((tag) => !removed.includes(tag)).toSorted());
      }),
    );
  });

  test('without a base only adds', () => {
    fc.assert(
      fc.property(sets, sets, (crm, app) => {
        const union = list(unionOf(undefined, crm, app));
        expect(union).toEqual(expect.arrayContaining([...list(crm), ...list(app)]));
      }),
    );
  });

  const mergeFieldKind = (pair: Pair, crm: Value, app: Value): string =>
    mergeField({ field, pair, crm, app, crmAt: null, appAt: null, mayWait: true }).kind;
});

describe('The field table of SPEC.md', () => {
  type Did = 'nothing' | 'agree' | 'writes app' | 'writes crm' | 'conflict';
  /** No Partial: a case that is missing here does not compile. */
  const EXPECTED: Record<Standing, Record<Owner, Did>> = {
    first: { crm: 'writes app', app: 'writes crm', shared: 'conflict' },
    unchanged: { crm: 'nothing', app: 'nothing', shared: 'nothing' },
    uneven: { crm: 'writes app', app: 'writes crm', shared: 'conflict' },
    'crm-changed': { crm: 'writes app', app: 'writes crm', shared: 'writes app' },
    'app-changed': { crm: 'writes app', app: 'writes crm', shared: 'writes crm' },
    'both-equal': { crm: 'agree', app: 'agree', shared: 'agree' },
    'both-differ': { crm: 'writes app', app: 'writes crm', shared: 'conflict' },
  };
  const CASES: Record<Standing, { pair: Pair | undefined; crm: Value; app: Value }> = {
    first: { pair: undefined, crm: 'b', app: 'c' },
    unchanged: { pair: { c: 'a', r: 'a' }, crm: 'a', app: 'a' },
    uneven: { pair: { c: 'b', r: 'c' }, crm: 'b', app: 'c' },
    'crm-changed': { pair: { c: 'a', r: 'a' }, crm: 'b', app: 'a' },
    'app-changed': { pair: { c: 'a', r: 'a' }, crm: 'a', app: 'c' },
    'both-equal': { pair: { c: 'a', r: 'a' }, crm: 'b', app: 'b' },
    'both-differ': { pair: { c: 'a', r: 'a' }, crm: 'b', app: 'c' },
  };
  const rows = (Object.keys(CASES) as Standing[]).flatMap((row) =>
    (['crm', 'app', 'shared'] as const).map((owner) => [row, owner] as const),
  );

  test.each(rows)('%s, owner %s', (row, owner) => {
    const merge = { ...CASES[row], crmAt: null, appAt: null, mayWait: true };
    const verdict = mergeField({ ...merge, field: fieldOf('x', { owner }) });
    const did =
      verdict.kind === 'park'
        ? verdict.parked
        : verdict.kind === 'write'
          ? `writes ${verdict.app === undefined ? 'crm' : 'app'}`
          : verdict.kind;
    expect(stands({ ...merge, field: fieldOf('x', { owner }) })).toBe(row);
    expect(did).toBe(EXPECTED[row][owner]);
  });
});
