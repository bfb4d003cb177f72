/** The cost of a month: arithmetic on what was counted, tried on numbers that can be done by hand. */
import {
  dollarsOf,
  firstSyncDollars,
  quantitiesOf,
  type Counted,
  type Setting,
} from '../../bench/cost/model.ts';

const counted: Counted = {
  link: { reads: 4, writes: 4, history: 1, bytes: 1_000 },
  crmChange: { reads: 3, writes: 1, history: 1 },
  appChange: { reads: 3, writes: 2, history: 1 },
  idle: { reads: 4, writes: 2, appCalls: 2, milliseconds: 100, logBytes: 500 },
  millisecondsPerRecord: 2,
  template: { alarms: 3, secrets: 3, mappings: 2, memoryMb: 512, metrics: 2 },
};
const setting: Setting = {
  contacts: 1_000_000,
  changesPerDay: 10_000,
  shareFromApp: 0.5,
  lanes: 4,
  minutesBetweenRounds: 1,
  historyDays: 90,
};
const ROUNDS = 43_200;

describe('a month', () => {
  test('is rounds and changes by what each was counted to cost', () => {
    const { writeUnits, readUnits } = quantitiesOf(counted, setting);
    expect(writeUnits * 1e6).toBeCloseTo(ROUNDS * 2 + 300_000 * (1.5 + 1));
    expect(readUnits * 1e6).toBeCloseTo(ROUNDS * 4 + 300_000 * 3);
  });

  test('in which nothing changes has no history, no lane messages and no webhooks', () => {
    const idle = quantitiesOf(counted, { ...setting, changesPerDay: 0 });
    expect(idle.storage).toBeCloseTo(1e9 / 2 ** 30);
    expect(idle.invocations * 1e6).toBeCloseTo(ROUNDS);
    expect(idle.httpApi).toBe(0);
    expect(dollarsOf(idle)).toBeLessThan(dollarsOf(quantitiesOf(counted, setting)));
  });

  test('becomes dearer with longer history and cheaper with rarer rounds', () => {
    const dollars = (change: Partial<Setting>): number =>
      dollarsOf(quantitiesOf(counted, { ...setting, ...change }));
    expect(dollars({ historyDays: 365 })).toBeGreaterThan(dollars({}));
    expect(dollars({ minutesBetweenRounds: 15 })).toBeLessThan(dollars({}));
  });

  test('never has a NAT gateway that nobody asked for', () => {
    expect(quantitiesOf(counted, setting)).toMatchObject({ natHours: 0, natTraffic: 0 });
  });
});

test('a first sync is the units of its links and their history', () => {
  expect(firstSyncDollars(counted, setting)).toBeCloseTo(5 * 0.625 + 4 * 0.125);
});
