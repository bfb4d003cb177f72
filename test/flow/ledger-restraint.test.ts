/** Brakes, a sync that only looks, and a lost position, where the app shows nobody. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { labelOf } from '../../lib/engine/record-label.ts';
import { explainRecord } from '../../lib/flow/explain.ts';
import { listHeld } from '../../lib/flow/held.ts';
import {
  clubSync,
  createClubWorld,
  findClubProblems,
  type ClubOptions,
  type ClubWorld,
} from '../support/flow-world/club-world.ts';
import { readRecord, readRecords } from '../support/flow-world/memory-state.ts';
import { settle } from '../support/flow-world/settle.ts';
import { contextOf } from './explain-world.ts';
import { say } from './held-word.ts';

const NAMES = ['ann', 'bob', 'cid', 'dan', 'eve'];
const key = (nth: number): CrmKey => String(nth) as CrmKey;
const all = [1, 2, 3, 4, 5].map(key);

async function worldOfFive(sync?: ClubOptions['sync']): Promise<ClubWorld> {
  const club = createClubWorld({ seed: 1, ...(sync === undefined ? {} : { sync }) });
  for (const name of NAMES) club.world.crm.insert({ email: `${name}@x.test`, first_name: name });
  await settle(club.world);
  club.world.clock.advance(60_000);
  return club;
}

const labels = ({ world }: ClubWorld): readonly string[] =>
  readRecords(world.memory).map(({ state }) => labelOf(state));

const brakes = { perRun: { destroy: 2 } } as const;

describe('an app that shows nobody', () => {
  test('loses as many at once as its brake lets through; the others are held', async () => {
    const club = await worldOfFive({ brakes });
    for (const each of all) club.world.crm.update(each, { active: 'no' });
    await settle(club.world);
    expect(club.club.rows.size).toBe(3);
    expect(labels(club).toSorted()).toEqual(['excluded', 'excluded', 'held', 'held', 'held']);
  });

  test('loses the others when a person lets them go, and keeps whom a person drops', async () => {
    const club = await worldOfFive({ brakes });
    for (const each of all) club.world.crm.update(each, { active: 'no' });
    await settle(club.world);
    const held = (await listHeld(contextOf(club.world))).map(({ class: one, count }) => [
      one,
      count,
    ]);
    expect(held).toEqual([['archive', 3]]);
    expect(await say(club.world, 'approve')).toMatchObject({ orders: 3, applied: 3, moved: 0 });
    expect([club.club.rows.size, labels(club).filter((label) => label === 'held')]).toEqual([
      0,
      [],
    ]);
    expect(findClubProblems(club)).toEqual([]);
    const other = await worldOfFive({ brakes });
    for (const each of all) other.world.crm.update(each, { active: 'no' });
    await settle(other.world);
    expect(await say(other.world, 'drop')).toMatchObject({ orders: 3, applied: 3 });
    await settle(other.world);
    expect([other.club.rows.size, labels(other).filter((label) => label === 'held')]).toEqual([
      3,
      [],
    ]);
  });

  test('is told of as many new people at once as its brake lets through, and of changed rows likewise', async () => {
    const club = await worldOfFive({ brakes: { perRun: { create: 2, overwrite: 1 } } });
    expect(club.club.rows.size).toBe(2);
    expect(await say(club.world, 'approve')).toMatchObject({ orders: 3, applied: 3 });
    expect(club.club.rows.size).toBe(5);
    for (const each of all) club.world.crm.update(each, { first_name: 'Everybody' });
    await settle(club.world);
    expect(labels(club).filter((label) => label === 'held')).toHaveLength(4);
    expect(await say(club.world, 'drop')).toMatchObject({ orders: 4, applied: 4 });
    const before = club.world.monitor.writes.length;
    await settle(club.world);
    expect(labels(club)).toEqual(all.map(() => 'in step'));
    expect(club.world.monitor.writes.slice(before)).toEqual([]);
  });

  test('loses everybody who withdrew consent, whatever its brake says', async () => {
    const club = await worldOfFive({ brakes });
    for (const each of all) club.world.crm.update(each, { email_status: 'unsubscribed' });
    await settle(club.world);
    expect(club.club.rows.size).toBe(0);
    expect(findClubProblems(club)).toEqual([]);
  });

  test('is told nothing by a sync that only looks, and everything once it writes', async () => {
    const club = await worldOfFive({ write: false });
    expect(club.club.rows.size).toBe(0);
    expect(labels(club)).toEqual(all.map(() => 'pending'));
    expect(readRecord(club.world.memory, key(1))?.state.withheld).toMatchObject({
      by: 'mode',
      deeds: [{ kind: 'create-app', column: null }],
    });
    club.world.redeploy(clubSync({ write: true }));
    await settle(club.world);
    expect(findClubProblems(club)).toEqual([]);
    expect(labels(club)).toEqual(all.map(() => 'in step'));
  });

  test('loses whose row went while nobody read the log', async () => {
    const club = await worldOfFive();
    club.world.crm.remove(key(2));
    // Another database’s mark: our place in its log cannot be trusted.
    Object.assign(club.world.reader, { mark: 'another', previous: null });
    club.world.table.log.length = 0;
    await settle(club.world);
    expect(findClubProblems(club)).toEqual([]);
    expect(club.club.rows.size).toBe(4);
  });

  test('neither gets nor loses a row that the filter fails on; the row waits with the reason', async () => {
    const club = await worldOfFive();
    const failing = (row: Readonly<Record<string, unknown>>): boolean => {
      if (row['active'] === 'maybe') throw new Error('active is neither yes nor no');
      return row['active'] !== 'no';
    };
    club.world.redeploy({ ...club.world.sync, include: failing });
    club.world.crm.update(key(1), { active: 'maybe' });
    club.world.crm.insert({ email: 'new@x.test', active: 'maybe' });
    await settle(club.world);
    expect(club.club.rows.size).toBe(5);
    expect(labels(club).filter((label) => label === 'quarantined')).toHaveLength(2);
    club.world.crm.update(key(1), { active: 'no' });
    club.world.crm.update(key(6), { active: 'yes' });
    await settle(club.world);
    expect(findClubProblems(club)).toEqual([]);
  });

  test('is explained by what it was told', async () => {
    const club = await worldOfFive();
    const context = club.world.context(club.world.start());
    const told = await explainRecord(context, key(1));
    expect(told).toMatchObject({ state: 'in step', next: 'Nothing, until either end changes.' });
    expect(told?.appProblem).toMatch(/club shows nobody who is in it; it has acknowledged/);
    club.world.crm.update(key(1), { active: 'no' });
    expect((await explainRecord(context, key(1)))?.next).toMatch(/the filter excludes the row/);
  });
});
