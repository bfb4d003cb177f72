/** What of a page could not be worked goes back with the places its records were read at. */
import { laneOf } from '../../lib/engine/hash.ts';
import type { LaneMessage } from '../../lib/ports/messages.ts';
import { deliver, ring } from '../support/flow-world/deliver.ts';
import { enqueue, laneGroup } from '../support/flow-world/queues.ts';
import { addPair, ANN, FIRST } from '../support/flow-world/scenario-parts.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { createWorld, noHazards } from '../support/flow-world/world.ts';

test('a page of two sources that time was too short for starts again at the lowest place of each', async () => {
  const world = createWorld({ seed: 1, sync: { lanes: 1 } });
  addPair(world, ANN);
  await settle(world);
  ring(world);
  await drain(world);
  const group = laneGroup(laneOf(FIRST, 1));
  const checkpoint = { mark: null, systemId: 'system', timeline: '1' };
  const crm = (xid: string) => ({ ...checkpoint, position: { xid, seq: '1' } });
  const send = (position: LaneMessage['position']): void => {
    const message = { sync: world.sync.spec.name, lane: 0, refs: [{ key: FIRST }], position };
    enqueue(world.queues, group, JSON.stringify(message), world.clock.now());
  };
  send({ app: { change: 7 } });
  send({ crm: crm('20') });
  send({ crm: crm('9') });
  Object.assign(world.hazards, { ...noHazards(), timeIsUp: () => true });
  await deliver(world, group);
  const again = world.queues.groups.get(group)?.map(({ body }) => JSON.parse(body) as LaneMessage);
  expect(again).toMatchObject([
    { refs: [{ key: FIRST }], position: { app: { change: 7 }, crm: { position: { xid: '9' } } } },
  ]);
});
