/** A whole record that comes and goes at its two ends, whatever the rules for deletes. */
import fc from 'fast-check';
import { isWithdrawn } from '../../lib/engine/consent.ts';
import type { AppSide, CrmSide, OnAppDelete, OnCrmDelete } from '../../lib/engine/model.ts';
import { labelOf } from '../../lib/engine/record-label.ts';
import type { Value } from '../../lib/engine/value.ts';
import { APP_OWNED, CRM_OWNED, LABELS, STATUS, fieldOf, syncOf } from './fields.ts';
import {
  agreedOn,
  applyRecord,
  createWorld,
  looksAgain,
  parkedIn,
  shows,
  sideOf,
  START_MS,
  type World,
} from './two-ends.ts';

describe('A record that comes and goes', () => {
  const existences = fc.record({
    crm: fc.constantFrom('present' as const, 'excluded' as const, 'absent' as const),
    app: fc.constantFrom('present' as const, 'archived' as const, 'absent' as const),
  });
  const rules = fc.record({
    onCrmDelete: fc.constantFrom<OnCrmDelete>('archive', 'delete', 'leave'),
    onAppDelete: fc.constantFrom<OnAppDelete>('delete', 'recreate', 'leave'),
  });
  const field = fieldOf('x', { owner: 'crm' });
  const values = { [field.fingerprint]: 'a' };

  test('comes to rest under every rule, whatever happens to it at either end', () => {
    fc.assert(
      fc.property(
        rules,
        existences,
        fc.array(existences, { maxLength: 6 }),
        (rule, first, script) => {
          const world = createWorld(syncOf([field, STATUS], rule), {
            crm: sideOf(first.crm, values),
            app: sideOf(first.app, values),
          });
          applyRecord(world);
          for (const { crm, app } of script) {
            world.now += 60_000;
            world.ends.crm = {
              ...sideOf(crm, crm === 'absent' ? {} : values),
              changedAt: world.now,
            };
            world.ends.app = {
              ...sideOf(app, app === 'absent' ? {} : values),
              changedAt: world.now,
            };
            world.isAppNews = true;
            applyRecord(world);
          }
          const state = world.state;
          expect(looksAgain(world)).toEqual([]);
          expect(world.state.shadow?.existence).toEqual(state.shadow?.existence);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('is not revived by us after the app itself archived it, though we had archived it once', () => {
    const world = agreedOn(field, 'a');
    const rest = (crm: 'present' | 'excluded', app: 'present' | 'archived'): void => {
      world.now += 60_000;
      world.ends.crm = { ...world.ends.crm, existence: crm };
      world.ends.app = { ...world.ends.app, existence: app };
      world.isAppNews = true;
      applyRecord(world);
    };
    rest('excluded', 'present');
    expect(world.ends.app.existence).toBe('archived');
    rest('excluded', 'present');
    rest('present', 'present');
    rest('present', 'archived');
    rest('excluded', 'archived');
    rest('present', 'archived');
    expect(world.ends.app.existence).toBe('archived');
  });

  test('is revived with no more consent than before, and with none after a withdrawal without proof', () => {
    for (const isWithdrawal of [false, true]) {
      const world = agreedOn(STATUS, 'subscribed');
      const show = (existence: 'present' | 'excluded', word: Value): void => {
        world.now += 60_000;
        world.ends.crm = {
          ...sideOf(existence, { [STATUS.fingerprint]: word }),
          changedAt: world.now,
        };
        applyRecord(world);
      };
      show('excluded', 'subscribed');
      if (isWithdrawal) show('excluded', 'unsubscribed');
      show('present', 'subscribed');
      expect(world.ends.app.existence).toBe('present');
      const [, word] = shows(world, STATUS);
      expect(isWithdrawn(word) || word === 'transactional').toBe(isWithdrawal);
    }
  });

  test('is told to the history when an end leaves, once', () => {
    const world = agreedOn(field, 'a');
    const told = (): unknown[] => {
      world.isAppNews = true;
      return applyRecord(world).flatMap(({ decisions }) =>
        decisions.map(({ field: of, action, reason }) => [of, action, reason.rule]),
      );
    };
    world.ends.app = sideOf('archived', values);
    expect(told()).toEqual([[null, 'leave', 'existence/app-archived/leave']]);
    expect(told()).toEqual([]);
    world.ends.crm = sideOf('excluded', values);
    expect(told()).toEqual([[null, 'leave', 'existence/gone']]);
    expect(told()).toEqual([]);
  });

  test('a person the app archived before we met and then deleted is not made anew', () => {
    const world = createWorld(syncOf([field]), {
      crm: sideOf('present', values),
      app: sideOf('archived', values),
    });
    applyRecord(world);
    world.ends.app = sideOf('absent');
    world.isAppNews = true;
    applyRecord(world);
    expect(world.writes).toEqual([]);
  });

  test('carries the time of its deletion, ours included, until it is at both ends again', () => {
    const world = createWorld(syncOf([field], { onAppDelete: 'delete' }), {
      crm: sideOf('present', values),
      app: sideOf('present', values),
    });
    applyRecord(world);
    world.ends.app = sideOf('archived', values);
    world.isAppNews = true;
    applyRecord(world);
    expect([world.ends.crm.existence, world.state.deletedAt]).toEqual(['absent', START_MS]);
    expect(labelOf(world.state)).toBe('erased');
  });

  test('has no such time while it is only archived or filtered out', () => {
    const world = agreedOn(field, 'a');
    world.ends.crm = sideOf('excluded', values);
    applyRecord(world);
    expect([world.ends.app.existence, world.state.deletedAt]).toEqual(['archived', null]);
    expect(labelOf(world.state)).toBe('excluded');
  });
});

describe('A record that is made at the other end', () => {
  const fields = [CRM_OWNED, APP_OWNED, LABELS, STATUS];
  const names = fields.map(({ fingerprint }) => fingerprint);
  const values = (...given: readonly Value[]): Record<string, Value> =>
    Object.fromEntries(names.map((name, index) => [name, given[index] ?? null]));
  const made = (crm: CrmSide, app: AppSide): World => {
    const world = createWorld(syncOf(fields), { crm, app });
    applyRecord(world);
    return world;
  };

  test('in the app carries every value the row has, no empty ones, and no consent without proof', () => {
    const row = sideOf('present', values('a', null, [], 'subscribed'));
    const [write] = made(row, sideOf('absent')).writes;
    expect(write).toEqual({
      end: 'app',
      action: 'create-app',
      values: { [CRM_OWNED.fingerprint]: 'a', [STATUS.fingerprint]: 'transactional' },
    });
  });

  test('in the CRM carries every value the app shows, and the consent it can prove', () => {
    const person = sideOf('present', values(null, 'b', ['p'], 'subscribed'));
    const proven = { ...person, optInAt: START_MS };
    const carried = { [APP_OWNED.fingerprint]: 'b', [LABELS.fingerprint]: ['p'] };
    const [insert] = made(sideOf('absent'), proven).writes;
    expect(insert?.values).toEqual({ ...carried, [STATUS.fingerprint]: 'subscribed' });
    const world = made(sideOf('absent'), person);
    expect(world.writes[0]?.values).toEqual(carried);
    expect(parkedIn(world, STATUS)?.kind).toBe('consent');
  });

  test.each([
    ['in the app', sideOf('present', values('a')), sideOf('absent')],
    ['in the CRM', sideOf('absent'), sideOf('present', values('a', 'b', ['p']))],
  ] as const)('%s is then in step, and nothing more is written', (_where, crm, app) => {
    const world = made(crm, app);
    expect(looksAgain(world)).toEqual([]);
    expect([labelOf(world.state), world.state.link]).toEqual(['in step', 'linked']);
    expect(world.ends.crm.fields[CRM_OWNED.fingerprint]).toBe('a');
    expect(world.ends.app.fields[CRM_OWNED.fingerprint]).toBe('a');
  });
});
