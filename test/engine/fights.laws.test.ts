/** Fights: parked after three reverts of our writes, never for one who toggles alone. */
import { judge } from '../../lib/engine/judge.ts';
import type { FieldSpec, RecordState } from '../../lib/engine/model.ts';
import { APP_OWNED, CRM_OWNED, SHARED_MANUAL, STATUS } from './fields.ts';
import { agreedOn, applyRecord, caseOf, edit, parkedIn, shows, type World } from './two-ends.ts';

describe('A fight', () => {
  const DAY_MS = 24 * 3_600_000;
  /** The app puts back `old` whenever it sees anything else. */
  const fight = (field: FieldSpec, rounds: number, everyMs = 60_000): World => {
    const world = agreedOn(field, 'old');
    edit(world, 'crm', { [field.fingerprint]: 'new' });
    applyRecord(world);
    for (let round = 0; round < rounds; round += 1) {
      world.now += everyMs;
      edit(world, 'app', { [field.fingerprint]: 'old' });
      applyRecord(world);
      if (field.owner !== 'shared') continue;
      world.now += everyMs;
      edit(world, 'crm', { [field.fingerprint]: 'new' });
      applyRecord(world);
    }
    return world;
  };

  test.each([CRM_OWNED, SHARED_MANUAL])(
    'parks %j after three reverts and says with whom',
    (field) => {
      expect(parkedIn(fight(field, 2), field)).toBeUndefined();
      expect(parkedIn(fight(field, 3), field)).toMatchObject({
        kind: 'fight',
        reason: expect.stringContaining('the app undid our write') as string,
      });
    },
  );

  test('is none when the reverts are days apart', () => {
    expect(parkedIn(fight(CRM_OWNED, 6, DAY_MS + 1), CRM_OWNED)).toBeUndefined();
  });

  test.each(['crm', 'app'] as const)('is none when only the %s end toggles', (end) => {
    for (const field of [SHARED_MANUAL, end === 'crm' ? CRM_OWNED : APP_OWNED]) {
      const world = agreedOn(field, 'old');
      for (let round = 0; round < 12; round += 1) {
        world.now += 60_000;
        edit(world, end, { [field.fingerprint]: round % 2 === 0 ? 'new' : 'old' });
        applyRecord(world);
      }
      expect(world.state.parked).toEqual({});
      expect(shows(world, field)).toEqual(['old', 'old']);
    }
  });

  test('is none when one write of ours was undone once and the end goes on toggling alone', () => {
    const world = fight(SHARED_MANUAL, 0);
    for (let round = 0; round < 9; round += 1) {
      world.now += 60_000;
      edit(world, 'app', { [SHARED_MANUAL.fingerprint]: round % 2 === 0 ? 'old' : 'new' });
      applyRecord(world);
    }
    world.now += 60_000;
    edit(world, 'crm', { [SHARED_MANUAL.fingerprint]: 'newest' });
    applyRecord(world);
    expect(world.state.parked).toEqual({});
  });

  test('is none when one revert is judged again and again because our write fails', () => {
    const world = fight(CRM_OWNED, 1);
    const before = world.state;
    edit(world, 'app', { [CRM_OWNED.fingerprint]: 'old' });
    let state = before;
    for (let attempt = 0; attempt < 5; attempt += 1) {
      world.now += 60_000;
      const { crm, app } = world.ends;
      const failed = judge(caseOf(world.spec, { state, crm, app, now: world.now }));
      expect(failed.toApp).toEqual({ [CRM_OWNED.fingerprint]: 'new' });
      state = { ...failed.state, wroteAt: world.now };
    }
    expect(state.parked).toEqual({});
  });

  test.each<[string, Partial<RecordState>]>([
    ['an intent of ours is open', { intent: { at: 0, toApp: {}, toCrm: {}, existence: null } }],
    ['the record waits', { parking: { kind: 'waiting', until: 0, attempts: 1, reason: 'later' } }],
  ])('is none when one revert is judged again while %s', (_name, more) => {
    const world = fight(CRM_OWNED, 2);
    world.now += 60_000;
    edit(world, 'app', { [CRM_OWNED.fingerprint]: 'old' });
    const { crm, app } = world.ends;
    const state = { ...world.state, ...more };
    const again = judge(caseOf(world.spec, { state, crm, app, now: world.now }));
    expect([again.toApp, again.state.parked]).toEqual([{ [CRM_OWNED.fingerprint]: 'new' }, {}]);
  });

  test('is over when the ends agree, and a new one begins from the start', () => {
    const world = fight(CRM_OWNED, 3);
    edit(world, 'app', { [CRM_OWNED.fingerprint]: 'new' });
    applyRecord(world);
    expect(world.state.parked).toEqual({});
    world.now += 60_000;
    edit(world, 'app', { [CRM_OWNED.fingerprint]: 'old' });
    applyRecord(world);
    expect(shows(world, CRM_OWNED)).toEqual(['new', 'new']);
  });

  test('ends with a person’s order, at once', () => {
    for (const [side, value] of [
      ['crm', 'new'],
      ['app', 'old'],
    ] as const) {
      const world = fight(SHARED_MANUAL, 3);
      expect(parkedIn(world, SHARED_MANUAL)?.kind).toBe('fight');
      applyRecord(world, {
        orders: { [SHARED_MANUAL.fingerprint]: { take: { side }, by: 'ann' } },
      });
      expect(shows(world, SHARED_MANUAL)).toEqual([value, value]);
      expect(world.state.parked).toEqual({});
    }
  });

  test('over consent is one as well, but lets a withdrawal through', () => {
    const world = agreedOn(STATUS, 'transactional');
    world.ends.app = { ...world.ends.app, optInAt: world.now };
    edit(world, 'app', { [STATUS.fingerprint]: 'subscribed' });
    applyRecord(world);
    for (let round = 0; round < 3; round += 1) {
      world.now += 60_000;
      edit(world, 'crm', { [STATUS.fingerprint]: 'transactional' });
      applyRecord(world);
    }
    expect(parkedIn(world, STATUS)?.kind).toBe('fight');
    edit(world, 'app', { [STATUS.fingerprint]: 'unsubscribed' });
    applyRecord(world);
    expect(shows(world, STATUS)).toEqual(['unsubscribed', 'unsubscribed']);
    expect(world.state.parked).toEqual({});
  });

  test('never holds up a withdrawal', () => {
    const world = agreedOn(STATUS, 'subscribed');
    edit(world, 'crm', { [STATUS.fingerprint]: 'unsubscribed' });
    applyRecord(world);
    for (let round = 0; round < 6; round += 1) {
      world.now += 60_000;
      world.ends.app = { ...world.ends.app, optInAt: null };
      edit(world, 'app', { [STATUS.fingerprint]: 'subscribed' });
      applyRecord(world);
    }
    edit(world, 'crm', { [STATUS.fingerprint]: 'cleaned' });
    applyRecord(world);
    expect(shows(world, STATUS)).toEqual(['cleaned', 'cleaned']);
  });
});
