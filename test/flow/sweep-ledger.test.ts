/** An app that shows nobody is swept against what it was told. */
import type { CrmKey } from '../../lib/engine/model.ts';
import type { Proof } from '../../lib/engine/proof.ts';
import { askSweep } from '../../lib/flow/steer.ts';
import {
  createClubWorld,
  findClubProblems,
  type ClubWorld,
} from '../support/flow-world/club-world.ts';
import { readCheckpoint } from '../support/flow-world/memory-state.ts';
import { settle } from '../support/flow-world/settle.ts';
import { contextOf } from './explain-world.ts';

const FIRST = '1' as CrmKey;

async function inStep(): Promise<ClubWorld> {
  const club = createClubWorld({ seed: 1 });
  for (const name of ['ann', 'bob', 'cid']) {
    club.world.crm.insert({ email: `${name}@crm.test`, phone: null, email_status: 'subscribed' });
  }
  club.world.crm.insert({ email: 'out@crm.test', active: 'no', email_status: 'subscribed' });
  await settle(club.world);
  club.world.clock.advance(60_000);
  return club;
}

async function sweep({ world }: ClubWorld): Promise<Proof> {
  const at = await askSweep(contextOf(world), 'ann');
  await settle(world);
  const proof = readCheckpoint(world.memory)?.sweep?.proof ?? null;
  if (proof?.order !== at) throw new Error('the order was not answered');
  return proof;
}

const pushes = ({ world }: ClubWorld): number =>
  world.steps.trace.filter((line) => line.includes('app.push')).length;

describe('a sweep of an app that shows nobody', () => {
  test('compares the CRM with what the app was told, says so, and tells nobody anything', async () => {
    const club = await inStep();
    const before = pushes(club);
    const proof = await sweep(club);
    expect(proof).toMatchObject({ equal: 3, rows: 4, members: null, sent: 0 });
    expect(proof.onlyCrm).toEqual({ excluded: 1 });
    expect(pushes(club)).toBe(before);
  });

  test('tells it of a row whose change no trigger saw, and takes out whose row is gone', async () => {
    const club = await inStep();
    const { table } = club.world;
    const cells = table.rows.get(FIRST) ?? {};
    table.rows.set(FIRST, { ...cells, phone: { text: '555', json: '555' } });
    table.rows.delete('2' as CrmKey);
    expect(await sweep(club)).toMatchObject({
      equal: 1,
      differing: { drifted: 1 },
      onlyApp: { drifted: 1 },
      sent: 2,
    });
    expect(findClubProblems(club)).toEqual([]);
    expect(await sweep(club)).toMatchObject({ equal: 2, gone: 1, sent: 0 });
  });
});
