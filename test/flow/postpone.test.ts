/** Writes that wait for the walk of the CRM, so that the pages of a listing do not become as many small batches. */
import type { CrmKey } from '../../lib/engine/model.ts';
import { addPair, ANN, BOB, bothShow, CID, editApp } from '../support/flow-world/scenario-parts.ts';
import { settle } from '../support/flow-world/settle.ts';
import { findProblems } from '../support/flow-world/verdict.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';

const KEYS = ['1', '2', '3'] as CrmKey[];

/** What was asked of the app, in order. */
function watchApp(world: World): readonly string[] {
  const calls: string[] = [];
  world.hazards.between = (_step, label) => {
    if (/^app\.(list|push|fetch)/.test(label)) calls.push(label);
  };
  return calls;
}

function meet(more: Record<string, string>): { world: World; calls: readonly string[] } {
  const world = createWorld({ seed: 1, pageMax: 1 });
  for (const email of [ANN, BOB, CID]) addPair(world, email, more);
  return { world, calls: watchApp(world) };
}

describe('a first sync with people both ends know', () => {
  test('writes what the CRM owns when all of the app is listed, without a look at anybody', async () => {
    const { world, calls } = meet({ first_name: 'Anna' });
    await settle(world);
    const kinds = calls.map((label) => label.split(' ')[0]);
    expect(kinds.lastIndexOf('app.list')).toBeLessThan(kinds.indexOf('app.push'));
    expect(calls.filter((label) => label.startsWith('app.push'))).toHaveLength(KEYS.length);
    expect(kinds).not.toContain('app.fetch');
    for (const key of KEYS) expect(bothShow('first_name', 'Anna', key)(world)).toEqual([]);
    expect(findProblems(world)).toEqual([]);
  });

  test('says in the history that the CRM’s value was written, and once', async () => {
    const { world } = meet({ first_name: 'Anna' });
    await settle(world);
    const told = world.memory.history.flatMap(({ key, entry }) =>
      entry.decisions
        .filter(({ field }) => field === 'first_name')
        .map(({ action }) => `${key} ${action}`),
    );
    expect(told.toSorted()).toEqual(KEYS.map((key) => `${key} write-app`));
  });

  test('does not let a field that both may write wait', async () => {
    const { world, calls } = meet({ phone: '200' });
    await settle(world);
    const kinds = calls.map((label) => label.split(' ')[0]);
    expect(kinds.indexOf('app.push')).toBeLessThan(kinds.lastIndexOf('app.list'));
    expect(findProblems(world)).toEqual([]);
  });

  test('overwrites an edit of the CRM’s field that came to the app in between, as at any other time', async () => {
    const { world } = meet({ first_name: 'Anna' });
    let lists = 0;
    world.hazards.between = (_step, label) => {
      if (label === 'app.list') lists += 1;
      if (label === 'app.list' && lists === 3) editApp('first_name', 'Anja')(world);
    };
    await settle(world);
    expect(lists).toBeGreaterThan(2);
    expect(bothShow('first_name', 'Anna')(world)).toEqual([]);
    expect(findProblems(world)).toEqual([]);
  });
});
