/** Fields out of traffic: what parks them, what lets them back in, and what a person may order. */
import { UNDATED_MAX_MS } from '../../lib/engine/judge-fields.ts';
import type { FieldSpec } from '../../lib/engine/model.ts';
import { labelOf } from '../../lib/engine/record-label.ts';
import {
  APP_OWNED,
  CRM_OWNED,
  MATCH,
  SHARED_MANUAL,
  SHARED_NEWEST,
  STATUS,
  syncOf,
} from './fields.ts';
import {
  agreedOn,
  applyRecord,
  createWorld,
  edit,
  looksAgain,
  parkedIn,
  shows,
  sideOf,
  START_MS,
  type World,
} from './two-ends.ts';

describe('A conflict left to a person', () => {
  const conflicted = (): World => {
    const world = agreedOn(SHARED_MANUAL, 'a', [SHARED_MANUAL, CRM_OWNED]);
    edit(world, 'crm', { [SHARED_MANUAL.fingerprint]: 'b', [CRM_OWNED.fingerprint]: 'z' });
    edit(world, 'app', { [SHARED_MANUAL.fingerprint]: 'c' });
    applyRecord(world);
    return world;
  };

  test('parks its field with both values, the base and a reason, and the other fields go on', () => {
    const world = conflicted();
    expect(shows(world, SHARED_MANUAL)).toEqual(['b', 'c']);
    expect(shows(world, CRM_OWNED)).toEqual(['z', 'z']);
    expect(parkedIn(world, SHARED_MANUAL)).toMatchObject({
      kind: 'conflict',
      crm: 'b',
      app: 'c',
      base: { c: 'a', r: 'a' },
    });
    expect(labelOf(world.state)).toBe('conflict');
  });

  test('is told once, and again only when what it is about has changed', () => {
    const world = conflicted();
    const told = (): readonly string[] => {
      world.isAppNews = true;
      return applyRecord(world).flatMap(({ decisions }) => decisions.map(({ action }) => action));
    };
    expect(told()).toEqual([]);
    edit(world, 'app', { [SHARED_MANUAL.fingerprint]: 'd' });
    expect(told()).toEqual(['park']);
    expect(parkedIn(world, SHARED_MANUAL)).toMatchObject({ crm: 'b', app: 'd' });
    expect(told()).toEqual([]);
  });

  test('is not forgotten when only the CRM is looked at again', () => {
    const world = conflicted();
    edit(world, 'crm', { [SHARED_MANUAL.fingerprint]: 'a' });
    applyRecord(world);
    expect(shows(world, SHARED_MANUAL)).toEqual(['c', 'c']);
    expect(world.state.parked).toEqual({});
  });

  test('ends by itself when the ends come to hold the same', () => {
    const world = conflicted();
    edit(world, 'crm', { [SHARED_MANUAL.fingerprint]: 'c' });
    applyRecord(world);
    expect(world.state.parked).toEqual({});
    expect(looksAgain(world)).toEqual([]);
  });

  test.each([
    ['crm', { side: 'crm' } as const, 'b'],
    ['app', { side: 'app' } as const, 'c'],
    ['a value', { side: 'value', value: 'd' } as const, 'd'],
  ])('ends with a person’s order to take %s', (_name, take, value) => {
    const world = conflicted();
    applyRecord(world, { orders: { [SHARED_MANUAL.fingerprint]: { take, by: 'ann' } } });
    expect(shows(world, SHARED_MANUAL)).toEqual([value, value]);
    expect(world.state.parked).toEqual({});
    expect(looksAgain(world)).toEqual([]);
  });
});

describe('An order about consent', () => {
  const held = (optInAt: number | null): World => {
    const world = agreedOn(STATUS, 'unsubscribed');
    edit(world, 'app', { [STATUS.fingerprint]: 'subscribed' });
    applyRecord(world);
    world.ends.app = { ...world.ends.app, optInAt };
    return world;
  };
  const order = (side: 'crm' | 'app') => ({
    orders: { [STATUS.fingerprint]: { take: { side }, by: 'ann' } },
  });

  test('takes a withdrawal freely, and grants only with an opt-in newer than it', () => {
    const world = held(null);
    expect([parkedIn(world, STATUS)?.kind, labelOf(world.state)]).toEqual(['consent', 'held']);
    applyRecord(world, order('app'));
    expect(shows(world, STATUS)).toEqual(['unsubscribed', 'subscribed']);
    expect(parkedIn(world, STATUS)?.reason).toContain('ann took the app’s value, but');
    applyRecord(world, order('crm'));
    expect(shows(world, STATUS)).toEqual(['unsubscribed', 'unsubscribed']);

    const proven = held(START_MS + 3_600_000);
    applyRecord(proven, order('app'));
    expect(shows(proven, STATUS)).toEqual(['subscribed', 'subscribed']);
  });
});

describe('A value that cannot be read', () => {
  const broken = (field: FieldSpec, end: 'crm' | 'app'): World => {
    const world = agreedOn(field, field.role === 'consent' ? 'transactional' : 'a');
    const name = field.fingerprint;
    const side = { ...world.ends[end], fields: {}, broken: { [name]: '"?" is not one' } };
    world.ends[end] = side as never;
    world.isAppNews = true;
    applyRecord(world);
    return world;
  };

  test('parks its field at the end that owns it, and is replaced at the other', () => {
    expect(parkedIn(broken(CRM_OWNED, 'crm'), CRM_OWNED)?.kind).toBe('unreadable');
    expect(parkedIn(broken(APP_OWNED, 'app'), APP_OWNED)?.kind).toBe('unreadable');
    const world = broken(CRM_OWNED, 'app');
    expect(shows(world, CRM_OWNED)).toEqual(['a', 'a']);
    expect(world.state.parked).toEqual({});
  });

  test('is not taken for empty when nobody looks at the app: an empty CRM agrees with nothing', () => {
    const world = createWorld(syncOf([SHARED_MANUAL, CRM_OWNED]), {
      crm: sideOf('present', { [SHARED_MANUAL.fingerprint]: null, [CRM_OWNED.fingerprint]: 'a' }),
      app: {
        ...sideOf('present', { [CRM_OWNED.fingerprint]: 'a' }),
        broken: { [SHARED_MANUAL.fingerprint]: '"?" is not one' },
      },
    });
    applyRecord(world);
    edit(world, 'crm', { [CRM_OWNED.fingerprint]: 'b' });
    applyRecord(world);
    expect(shows(world, CRM_OWNED)).toEqual(['b', 'b']);
    expect(parkedIn(world, SHARED_MANUAL)?.kind).toBe('unreadable');
    expect(world.state.shadow?.pairs[SHARED_MANUAL.fingerprint]).toBeUndefined();
  });

  const unreadableBeside = (field: FieldSpec, end: 'crm' | 'app'): World => {
    const world = agreedOn(field, null);
    const side = {
      ...world.ends[end],
      fields: {},
      broken: { [field.fingerprint]: '"?" is not one' },
    };
    world.ends[end] = side as never;
    world.isAppNews = true;
    applyRecord(world);
    return world;
  };

  test.each([
    ['crm', CRM_OWNED],
    ['crm', APP_OWNED],
    ['crm', SHARED_NEWEST],
    ['app', CRM_OWNED],
    ['app', APP_OWNED],
    ['app', SHARED_NEWEST],
  ] as const)(
    'is not taken for the empty one at the other end, and an order replaces it (%s)',
    (end, field) => {
      const world = unreadableBeside(field, end);
      expect(parkedIn(world, field)?.kind).toBe('unreadable');
      expect(world.writes).toEqual([]);
      const take = { side: end === 'crm' ? 'app' : 'crm' } as const;
      applyRecord(world, { orders: { [field.fingerprint]: { take, by: 'ann' } } });
      expect(world.writes).toMatchObject([{ end, values: { [field.fingerprint]: null } }]);
      expect(shows(world, field)).toEqual([null, null]);
      expect(world.state.parked).toEqual({});
      expect(looksAgain(world)).toEqual([]);
    },
  );

  test('is let go when it can be read again, even when it is cleared', () => {
    const world = broken(CRM_OWNED, 'crm');
    world.ends.crm = { ...world.ends.crm, broken: {}, fields: { [CRM_OWNED.fingerprint]: null } };
    applyRecord(world);
    expect(shows(world, CRM_OWNED)).toEqual([null, null]);
    expect(world.state.parked).toEqual({});
  });

  test.each(['crm', 'app'] as const)('is never guessed for consent at the %s end', (end) => {
    const world = broken(STATUS, end);
    expect(parkedIn(world, STATUS)?.kind).toBe('unreadable');
    edit(world, end === 'crm' ? 'app' : 'crm', { [STATUS.fingerprint]: 'subscribed' });
    applyRecord(world);
    expect(parkedIn(world, STATUS)?.kind).toBe('unreadable');
    expect(world.writes).toEqual([]);
  });

  test('does not hold up a withdrawal at the other end', () => {
    const world = broken(STATUS, 'crm');
    edit(world, 'app', { [STATUS.fingerprint]: 'unsubscribed' });
    applyRecord(world);
    expect(shows(world, STATUS)).toEqual(['unsubscribed', 'unsubscribed']);
  });

  test.each(['subscribed', 'transactional', 'unsubscribed'])(
    'is no riddle when it is the mark we set when the app took the person away, and has them again as %s',
    (word) => {
      const marked = syncOf([STATUS], {
        onAppDelete: 'mark',
        mark: { column: STATUS.column, value: 'archived' },
      });
      const status = { [STATUS.fingerprint]: 'subscribed' };
      const world = createWorld(marked, {
        crm: sideOf('present', status),
        app: sideOf('present', status),
      });
      applyRecord(world);
      world.ends.app = { ...sideOf('archived') };
      world.isAppNews = true;
      applyRecord(world);
      expect(world.writes.at(-1)?.action).toBe('mark-crm');
      world.ends.crm = { ...sideOf('present'), broken: { [STATUS.fingerprint]: '"archived"' } };
      const back = sideOf('present', { [STATUS.fingerprint]: word });
      world.ends.app = { ...back, optInAt: START_MS };
      world.isAppNews = true;
      applyRecord(world);
      expect(shows(world, STATUS)).toEqual([word, word]);
      expect(world.state.parked).toEqual({});
      expect(looksAgain(world)).toEqual([]);
    },
  );
});

describe('A field that cannot be settled yet', () => {
  test('a match value that is gone is not taken from the app, and waits there visibly', () => {
    const world = agreedOn(MATCH, 'a@x.org');
    edit(world, 'crm', { [MATCH.fingerprint]: null });
    applyRecord(world);
    expect(shows(world, MATCH)).toEqual([null, 'a@x.org']);
    expect(parkedIn(world, MATCH)?.kind).toBe('rejected');
    edit(world, 'crm', { [MATCH.fingerprint]: 'b@x.org' });
    applyRecord(world);
    expect(shows(world, MATCH)).toEqual(['b@x.org', 'b@x.org']);
  });

  const undated = (): World => {
    const world = agreedOn(SHARED_NEWEST, 'a');
    edit(world, 'crm', { [SHARED_NEWEST.fingerprint]: 'b' });
    world.now += 60_000;
    edit(world, 'app', { [SHARED_NEWEST.fingerprint]: 'c' });
    world.ends.crm = { ...world.ends.crm, changedAt: null };
    const told = applyRecord(world).flatMap(({ decisions }) => decisions);
    expect(told.map(({ action }) => action)).toEqual(['wait']);
    return world;
  };

  test('newest waits, visibly, for the time of the CRM’s change, and then decides', () => {
    const world = undated();
    expect([parkedIn(world, SHARED_NEWEST)?.kind, labelOf(world.state)]).toEqual([
      'waiting',
      'waiting',
    ]);
    world.ends.crm = { ...world.ends.crm, changedAt: START_MS };
    applyRecord(world);
    expect(shows(world, SHARED_NEWEST)).toEqual(['c', 'c']);
    expect(world.state.parked).toEqual({});
  });

  test('newest does not wait for ever', () => {
    const world = undated();
    world.now += UNDATED_MAX_MS + 1;
    applyRecord(world);
    expect(shows(world, SHARED_NEWEST)).toEqual(['b', 'b']);
  });
});
