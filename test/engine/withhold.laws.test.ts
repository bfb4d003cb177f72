/** The laws of what is judged and not carried out: nothing of it counts as done, and nothing of it is forgotten. */
import fc from 'fast-check';
import { isDestroying } from '../../lib/engine/caps.ts';
import { deedsOf } from '../../lib/engine/deeds.ts';
import { judge, type Verdict } from '../../lib/engine/judge.ts';
import type { Deed, RecordState, SyncSpec } from '../../lib/engine/model.ts';
import { optOut } from '../../lib/engine/types/index.ts';
import { isEquivalent, type Value } from '../../lib/engine/value.ts';
import { withhold } from '../../lib/engine/withhold.ts';
import { CRM_OWNED, EVERY_FIELD, SHARED_CRM, STATUS, syncOf } from './fields.ts';
import { edits, play, record, unequal } from './judge-arbitraries.ts';
import {
  applyRecord,
  caseOf,
  createWorld,
  freshState,
  looksAgain,
  onlyLooking,
  sideOf,
  START_MS,
  type World,
} from './two-ends.ts';

const worldOf = (crm: Record<string, Value>, app: Record<string, Value>): World =>
  createWorld(syncOf(), { crm: sideOf('present', crm), app: sideOf('present', app) });

const look = (world: World): void => void applyRecord(world, { restrain: onlyLooking(world) });

const both = { existence: { c: 'present', r: 'present' }, pairs: {} } as const;
const linked = (more: Partial<RecordState> = {}): RecordState =>
  freshState({ link: 'linked', shadow: both, ...more });

describe('A sync that only looks', () => {
  test('writes nothing, whatever both ends do', () => {
    fc.assert(
      fc.property(record, record, edits, (crm, app, script) => {
        const world = worldOf(crm, app);
        play(world, script, () => {}, look);
        expect(world.writes).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('agrees on nothing that both ends do not show', () => {
    fc.assert(
      fc.property(record, record, edits, (crm, app, script) => {
        const world = worldOf(crm, app);
        play(world, script, () => {}, look);
        for (const field of EVERY_FIELD) {
          const pair = world.state.shadow?.pairs[field.fingerprint];
          if (pair === undefined || pair.rewrittenBy !== undefined) continue;
          // “A sync never sends pending” is an agreement to differ.
          if (field === STATUS) continue;
          expect(isEquivalent(field.type, pair.c, pair.r)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('finds the same deeds again at the next look', () => {
    fc.assert(
      fc.property(record, record, edits, (crm, app, script) => {
        const world = worldOf(crm, app);
        play(world, script, () => {}, look);
        const deeds = world.state.withheld?.deeds ?? [];
        look(world);
        expect(world.state.withheld?.deeds ?? []).toEqual(deeds);
      }),
      { numRuns: 200 },
    );
  });

  test('lets everything be made up for: written at last, the ends are equal and stay so', () => {
    fc.assert(
      fc.property(record, record, edits, (crm, app, script) => {
        const world = worldOf(crm, app);
        play(world, script, () => {}, look);
        world.now += 60_000;
        world.isAppNews = true;
        applyRecord(world);
        expect(unequal(world)).toEqual([]);
        expect(world.state.withheld).toBeNull();
        expect(looksAgain(world)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('writes at last what it would have written at once, when nobody edits meanwhile', () => {
    fc.assert(
      fc.property(record, record, (crm, app) => {
        const [patient, hasty] = [worldOf(crm, app), worldOf(crm, app)];
        look(patient);
        look(patient);
        patient.isAppNews = true;
        applyRecord(patient);
        applyRecord(hasty);
        expect(patient.ends).toEqual(hasty.ends);
        expect(patient.writes).toEqual(hasty.writes);
      }),
      { numRuns: 200 },
    );
  });
});

describe('A record that is neither made nor taken away', () => {
  const gone = { crm: sideOf('absent'), app: sideOf('present') };
  const cases: readonly [Deed['kind'], Partial<SyncSpec>, RecordState, Partial<typeof gone>][] = [
    ['archive-app', {}, linked(), gone],
    ['delete-app', { onCrmDelete: 'delete' }, linked(), gone],
    ['create-crm', {}, freshState(), gone],
  ];

  test.each(cases)('%s withheld stays to be done, and is no news', (kind, more, state, sides) => {
    const spec = syncOf(EVERY_FIELD, more);
    const seen = { ...sides, state };
    const first = judge(caseOf(spec, seen));
    const [deed] = deedsOf(spec.fields, first, gone);
    const left = withheldAll(spec, first, state);
    const again = judge(caseOf(spec, { ...seen, state: left.state }));
    expect(deed).toMatchObject({ kind, column: null });
    expect(left).toMatchObject({ action: 'settle', toApp: {}, toCrm: {}, needsIntent: false });
    expect(left.decisions).toEqual([]);
    expect(left.state.shadow?.existence).toEqual(state.shadow?.existence);
    expect(again.action).toBe(first.action);
  });

  test('a row that only we would delete is not taken for deleted', () => {
    const spec = syncOf(EVERY_FIELD, { onAppDelete: 'delete' });
    const sides = { crm: sideOf('present'), app: sideOf('archived') };
    const verdict = judge(caseOf(spec, { ...sides, state: linked() }));
    expect(verdict.action).toBe('delete-crm');
    expect(verdict.state.deletedAt).not.toBeNull();
    expect(withheldAll(spec, verdict, linked()).state.deletedAt).toBeNull();
  });
});

test('what is withheld alone leaves the other deeds of the record as they were', () => {
  const crm = sideOf('present', {
    [STATUS.fingerprint]: 'unsubscribed',
    [CRM_OWNED.fingerprint]: 'new',
    [SHARED_CRM.fingerprint]: 'new',
  });
  const app = sideOf('present', {
    [STATUS.fingerprint]: 'subscribed',
    [CRM_OWNED.fingerprint]: 'old',
    [SHARED_CRM.fingerprint]: null,
  });
  const spec = syncOf([STATUS, CRM_OWNED, SHARED_CRM]);
  const verdict = judge(caseOf(spec, { crm, app, state: linked() }));
  const deeds = deedsOf(spec.fields, verdict, { crm, app });
  expect(deeds.map(({ kind, column, class: one }) => [kind, column, one])).toEqual([
    ['unsubscribe-app', 'status', 'unsubscribe'],
    ['write-app', 'name', 'overwrite'],
    ['write-app', 'city', null],
  ]);
  const note = noteOf(deeds.filter((deed) => deed.class === 'unsubscribe'));
  const left = withhold(spec.fields, verdict, note, linked());
  expect(left.toApp).toEqual({ [CRM_OWNED.fingerprint]: 'new', [SHARED_CRM.fingerprint]: 'new' });
  expect(left.decisions.map(({ field }) => field)).toEqual(['name', 'city']);
  expect(left.state.withheld).toEqual(note);
});

test('a refusal is a deed of its own, and is nothing that takes a person away', () => {
  const field = { ...STATUS, type: optOut(), owner: 'crm' } as const;
  const spec = { ...syncOf(), fields: [field] };
  const crm = sideOf('present', { [field.fingerprint]: true });
  const app = sideOf('present', { [field.fingerprint]: false });
  const pairs = { [field.fingerprint]: { c: false, r: false } };
  const existence = { c: 'present', r: 'present' } as const;
  const classesAt = (ends: { crm: typeof crm; app: typeof app }, pair: typeof pairs | object) => {
    const state = freshState({ link: 'linked', shadow: { existence, pairs: { ...pair } } });
    return deedsOf(spec.fields, judge(caseOf(spec, { ...ends, state })), ends);
  };
  expect(classesAt({ crm, app }, pairs)).toMatchObject([{ kind: 'refuse-app', class: 'refuse' }]);
  // The person's own word, between two who have met; at a first meeting it may be another company's list.
  const turned = { crm: app, app: crm };
  expect(classesAt(turned, pairs)).toMatchObject([{ kind: 'refuse-crm', class: null }]);
  expect(classesAt(turned, {})).toMatchObject([{ kind: 'refuse-crm', class: 'refuse' }]);
  expect(isDestroying('refuse')).toBe(false);
});

const noteOf = (deeds: readonly Deed[]) =>
  ({ by: 'brake', deeds, reason: 'too many', at: START_MS, run: '7' }) as const;

function withheldAll(spec: SyncSpec, verdict: Verdict, before: RecordState): Verdict {
  const sides = { crm: sideOf('absent'), app: sideOf('present') };
  const deeds = deedsOf(spec.fields, verdict, sides);
  return withhold(spec.fields, verdict, noteOf(deeds), before);
}
