/** A record that was taken for a killer, and what it had half done. */
import { deliver, ring } from '../support/flow-world/deliver.ts';
import { readRecord, saveRecord } from '../support/flow-world/memory-state.ts';
import { laneGroup, PULL_GROUP } from '../support/flow-world/queues.ts';
import { addPair, ANN, bothShow, FIRST, onceAfter } from '../support/flow-world/scenario-parts.ts';
import { settle } from '../support/flow-world/settle.ts';
import { createWorld, noHazards } from '../support/flow-world/world.ts';

test('what landed before it was quarantined is not taken for somebody’s edit afterwards', async () => {
  const world = createWorld({ seed: 1, receivesMax: 100, sync: { lanes: 1, phonePolicy: 'app' } });
  addPair(world, ANN);
  await settle(world);
  world.clock.advance(60_000);
  world.crm.update(FIRST, { phone: '200' });
  ring(world);
  await deliver(world, PULL_GROUP);
  for (let time = 0; time < 4; time += 1) {
    const call = time === 0 ? 'app.push' : 'app.fetch';
    world.hazards.dies = (_step, label) => label.startsWith(call);
    await deliver(world, laneGroup(0));
  }
  expect(readRecord(world.memory, FIRST)?.state.parking?.reason).toContain('ended the process');
  expect(world.audience.byAddress(ANN)?.profile['merge_fields.PHONE']).toBe('200');
  Object.assign(world.hazards, noHazards());
  world.clock.advance(60_000);
  world.crm.update(FIRST, { phone: '100' });
  await settle(world);
  expect(bothShow('phone', '100')(world)).toEqual([]);
});

test('whose quarantine loses to another holder’s note is not left with it', async () => {
  const world = createWorld({ seed: 1, receivesMax: 100, sync: { lanes: 1 } });
  addPair(world, ANN);
  await settle(world);
  world.crm.update(FIRST, { phone: '200' });
  ring(world);
  await deliver(world, PULL_GROUP);
  world.hazards.dies = (_step, label) => label.startsWith('app.fetch');
  for (let time = 0; time < 3; time += 1) await deliver(world, laneGroup(0));
  Object.assign(world.hazards, noHazards());
  const record = readRecord(world.memory, FIRST);
  if (record === undefined) throw new Error('there is no record');
  expect(record.marks).toBe(2);
  // The other one notes what it is about to write, and dies of it.
  const intent = { at: world.clock.now(), toApp: {}, toCrm: {}, existence: null };
  onceAfter(world, 'state.append', () => {
    saveRecord(world.memory, { ...record, state: { ...record.state, intent } });
  });
  await deliver(world, laneGroup(0));
  expect(readRecord(world.memory, FIRST)?.state.parking).toBeNull();
  await settle(world);
  expect(readRecord(world.memory, FIRST)?.state.parking?.reason).toContain('ended the process');
});
