/** Fields with `pii: 'digest'`: nothing we keep shows their values, and everything else is as with any field. */
import fc from 'fast-check';
import type { CrmKey } from '../../lib/engine/model.ts';
import { text } from '../../lib/engine/types/index.ts';
import { explainRecord } from '../../lib/flow/explain.ts';
import { readInbox } from '../../lib/flow/inbox.ts';
import { prepareResolve, sendResolve } from '../../lib/flow/resolve.ts';
import { planUndo } from '../../lib/plan/plan-undo.ts';
import { lastWrite } from '../../lib/plan/undo-orders.ts';
import { wishOf } from '../../lib/plan/undo-wish.ts';
import type { Policy } from '../../lib/engine/model.ts';
import { ring } from '../support/flow-world/deliver.ts';
import { askSweep } from '../../lib/flow/steer.ts';
import { dumpMemory, readCheckpoint, readRecord } from '../support/flow-world/memory-state.ts';
import { PATHS, type SampleSyncOptions } from '../support/flow-world/sample-sync.ts';
import { addPair, ANN } from '../support/flow-world/scenarios.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';
import { changePhoneAtBothEnds, contextOf, KEY, phoneOf, worldWithAnn } from './explain-world.ts';

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

const digested = (policy: Policy = 'newest'): SampleSyncOptions => ({
  fields: {
    phone: { app: PATHS.phone, type: text(), owner: 'shared', onConflict: policy, pii: 'digest' },
    first_name: { app: PATHS.first_name, type: text(), owner: 'crm', pii: 'digest' },
    city: { app: PATHS.city, type: text(), owner: 'app', pii: 'digest' },
  },
});

/** Documents are kept as texts, so quotes in them are escaped. */
const IN_CONFLICT = /\\?"[23]00\\?"/;
const kept = (world: World): string => JSON.stringify(dumpMemory(world.memory));

describe('a field of which only a digest is kept', () => {
  test('travels both ways, and none of its values is in state or history', async () => {
    const world = await worldWithAnn({ sync: digested() });
    world.clock.advance(10_000);
    world.crm.update(KEY, { first_name: 'Annabella', phone: '4711-4711' });
    await settle(world);
    expect(phoneOf(world)).toEqual(['4711-4711', '4711-4711']);
    world.clock.advance(10_000);
    world.audience.people.update(ANN, {
      'merge_fields.PHONE': '4712-4712',
      'merge_fields.CITY': 'Ulmstadt',
    });
    await settle(world);
    expect(phoneOf(world)).toEqual(['4712-4712', '4712-4712']);
    expect(world.table.rows.get(KEY)?.['city']?.text).toBe('Ulmstadt');
    expect(kept(world)).not.toMatch(/Annabella|4711-|4712-|Ulmstadt/);
    expect(kept(world)).toContain('"#"');
  });

  test('is not written again when nothing changed, and one value in two fields looks like two', async () => {
    const world = await worldWithAnn({ sync: digested() });
    world.clock.advance(10_000);
    world.crm.update(KEY, { first_name: 'same', phone: 'same' });
    await settle(world);
    const writes = world.monitor.writes.length;
    world.clock.advance(60_000);
    ring(world);
    await settle(world);
    expect(world.monitor.writes).toHaveLength(writes);
    const pairs = readRecord(world.memory, KEY)?.state.shadow?.pairs ?? {};
    const digests = world.sync.spec.fields
      .filter(({ column }) => column === 'phone' || column === 'first_name')
      .map(({ fingerprint }) => pairs[fingerprint]?.c);
    expect(digests).toEqual([{ '#': matching(/^[\w-]{22}$/) }, { '#': matching(/^[\w-]{22}$/) }]);
    expect(digests[0]).not.toEqual(digests[1]);
  });

  test.each(['crm', 'app'] as const)(
    'ends right when the write of what changed at the %s is killed after any port call',
    async (at) => {
      const killedAt = async (call: number): Promise<number> => {
        const world = await worldWithAnn({ sync: digested() });
        world.clock.advance(10_000);
        if (at === 'crm') world.crm.update(KEY, { phone: '300-300' });
        else world.audience.people.update(ANN, { 'merge_fields.PHONE': '300-300' });
        let calls = 0;
        const inTheClear: number[] = [];
        world.hazards.dies = () => {
          calls += 1;
          // Also between intent and shadow, where the value is on its way.
          if (kept(world).includes('300-300')) inTheClear.push(calls);
          return calls === call;
        };
        ring(world);
        await settle(world);
        expect(inTheClear).toEqual([]);
        expect([call, phoneOf(world)]).toEqual([call, ['300-300', '300-300']]);
        expect(kept(world)).not.toContain('300-300');
        return calls;
      };
      const calls = Math.min(await killedAt(0), 40);
      for (let call = 1; call <= calls; call += 1) await killedAt(call);
    },
  );

  test('in conflict shows the values that stand at both ends, is resolved, and the digest stays', async () => {
    const world = await worldWithAnn({ sync: digested('manual') });
    await changePhoneAtBothEnds(world);
    const { items } = await readInbox(contextOf(world), 10);
    expect(items).toMatchObject([{ field: 'phone', parked: 'conflict', crm: '200', app: '300' }]);
    expect(readRecord(world.memory, KEY)?.state.parked).not.toEqual({});
    expect(kept(world)).not.toMatch(IN_CONFLICT);
    const told = await explainRecord(contextOf(world), KEY);
    const phone = told?.fields.find(({ field }) => field === 'phone');
    expect(phone).toMatchObject({ crm: { value: '200' }, app: { value: '300' } });
    const context = contextOf(world);
    const order = { key: KEY, field: 'phone', take: 'app', by: 'ann' } as const;
    const prepared = await prepareResolve(context, order);
    if (prepared.kind !== 'ready') throw new Error(prepared.reason);
    await sendResolve(context, prepared.command);
    await drain(world);
    expect(phoneOf(world)).toEqual(['300', '300']);
    expect(kept(world)).not.toMatch(IN_CONFLICT);
  });

  test('is equal to a sweep: nothing differs, and nobody is looked at', async () => {
    const world = await worldWithAnn({ sync: digested() });
    const asked = await askSweep(contextOf(world), 'ann');
    await settle(world);
    expect(readCheckpoint(world.memory)?.sweep?.proof).toMatchObject({
      order: asked,
      equal: 1,
      sent: 0,
      differing: {},
    });
  });

  test('cannot be taken back, and says why', async () => {
    const world = await worldWithAnn({ sync: digested() });
    world.clock.advance(10_000);
    world.crm.update(KEY, { first_name: 'Anna' });
    await settle(world);
    const context = contextOf(world);
    const entries = await lastWrite(context, KEY, 'first_name');
    const wish = wishOf(world.sync.spec.fields, entries, 'first_name');
    if (wish === null) throw new Error('nothing was written');
    expect(await planUndo(context, KEY, wish, { by: 'ann', braked: false })).toMatchObject({
      record: null,
      refused: [{ field: 'first_name', reason: matching(/only a digest of it is kept/) }],
    });
  });
});

type Act = readonly ['crm' | 'app', 'phone' | 'first_name' | 'city', string];

const acts = fc.array(
  fc.array(
    fc.tuple(
      fc.constantFrom('crm' as const, 'app' as const),
      fc.constantFrom('phone' as const, 'first_name' as const, 'city' as const),
      fc.constantFrom('', 'a', 'b', ' b ', 'c'),
    ),
    { maxLength: 3 },
  ),
  { maxLength: 4 },
);

/** Both ends after each round of edits. */
async function live(sync: SampleSyncOptions, rounds: readonly (readonly Act[])[]) {
  const world = createWorld({ seed: 7, sync });
  addPair(world, ANN);
  await settle(world);
  const seen: unknown[] = [];
  for (const round of rounds) {
    world.clock.advance(10_000);
    for (const [end, field, value] of round) {
      if (end === 'crm') world.crm.update('1' as CrmKey, { [field]: value });
      else world.audience.people.update(ANN, { [PATHS[field]]: value });
    }
    await settle(world);
    const row = world.table.rows.get('1' as CrmKey);
    seen.push([
      Object.fromEntries(
        ['phone', 'first_name', 'city'].map((each) => [each, row?.[each]?.text ?? null]),
      ),
      { ...world.audience.byAddress(ANN)?.profile },
    ]);
  }
  return { seen, errors: world.errors };
}

test.each(['newest', 'crm', 'app'] as const)(
  'whatever people edit, with policy %s both ends are after each round what they are with a plain field',
  async (policy) => {
    const plain = { fields: digested(policy).fields ?? {} };
    const undigested = Object.fromEntries(
      Object.entries(plain.fields).map(([name, field]) => {
        const { pii: _none, ...others } = field ?? { app: '', type: text(), owner: 'crm' };
        return [name, others];
      }),
    );
    await fc.assert(
      fc.asyncProperty(acts, async (rounds) => {
        expect(await live(digested(policy), rounds)).toEqual(
          await live({ fields: undigested }, rounds),
        );
      }),
      { numRuns: 60 },
    );
  },
  60_000,
);
