/** What the history keeps of a decision, beside what `explain` makes of it. */
import type { HistoryEntry } from '../../lib/ports/state.ts';
import { prepareResolve, sendResolve } from '../../lib/flow/resolve.ts';
import { readCheckpoint } from '../support/flow-world/memory-state.ts';
import { ring } from '../support/flow-world/deliver.ts';
import { drain } from '../support/flow-world/settle.ts';
import type { World } from '../support/flow-world/world.ts';
import { changePhoneAtBothEnds, contextOf, KEY, worldWithAnn } from './explain-world.ts';

const newest = (world: World): HistoryEntry => {
  const entry = world.memory.history.findLast(({ key }) => key === KEY)?.entry;
  if (entry === undefined) throw new Error('nothing was decided');
  return entry;
};

async function changeName(world: World): Promise<void> {
  world.clock.advance(10_000);
  world.crm.update(KEY, { first_name: 'Anna' });
  ring(world);
  await drain(world);
}

describe('an entry of the history', () => {
  test('names the round and the message that asked for the look', async () => {
    const world = await worldWithAnn();
    await changeName(world);
    expect(newest(world)).toMatchObject({
      cause: 'live',
      run: readCheckpoint(world.memory)?.run,
      message: expect.stringMatching(/^lane \d/) as unknown,
    });
  });

  test('has both values, what had been agreed on, the rule and the reason', async () => {
    const world = await worldWithAnn();
    await changeName(world);
    expect(newest(world).decisions).toEqual([
      {
        field: 'first_name',
        action: 'write-app',
        reason: { rule: 'crm-changed/crm', text: 'the CRM, which owns this field, changed it' },
        before: 'Ann',
        after: 'Anna',
        base: { c: 'Ann', r: 'Ann' },
      },
    ]);
  });

  test('of a conflict has both values against each other, and the base', async () => {
    const world = await worldWithAnn({ sync: { phonePolicy: 'manual' } });
    await changePhoneAtBothEnds(world);
    expect(newest(world).decisions).toMatchObject([
      { field: 'phone', action: 'park', before: '200', after: '300', base: { c: '100', r: '100' } },
    ]);
  });

  test('of a person’s order belongs to no run, and to its message', async () => {
    const world = await worldWithAnn({ sync: { phonePolicy: 'manual' } });
    await changePhoneAtBothEnds(world);
    const context = contextOf(world);
    const order = { key: KEY, field: 'phone', take: 'app', by: 'ann' } as const;
    const prepared = await prepareResolve(context, order);
    if (prepared.kind !== 'ready') throw new Error(prepared.reason);
    await sendResolve(context, prepared.command);
    await drain(world);
    const entry = newest(world);
    expect(entry.message).toBeDefined();
    expect(entry.run).toBeUndefined();
    expect(entry.decisions).toMatchObject([{ reason: { rule: 'resolve' } }]);
  });
});
