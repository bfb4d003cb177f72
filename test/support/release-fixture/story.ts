/**
 * One sync in the middle of its life: a record in every state there is, half-finished writes, and
 * messages on their way. What it leaves behind is what the next release must be able to go on with.
 */
import type { CrmKey } from '../../../lib/engine/model.ts';
import { laneOf } from '../../../lib/engine/hash.ts';
import { deliver, ring } from '../flow-world/deliver.ts';
import { enqueue, isDrained, laneGroup, PULL_GROUP } from '../flow-world/queues.ts';
import { PATHS } from '../flow-world/sample-sync.ts';
import { addPair } from '../flow-world/scenarios.ts';
import { drain, settle } from '../flow-world/settle.ts';
import { createWorld, noHazards, type World, type WorldOptions } from '../flow-world/world.ts';

/** How the world of the story behaves; whoever goes on with it must behave alike. */
export const STORY_WORLD: WorldOptions = {
  seed: 1,
  sync: { phonePolicy: 'manual' },
  rules: {
    rewrite: (_path, value) => value?.slice(0, 12) ?? null,
    refuse: (_path, value) => (value === 'Refused' ? 'the value is refused' : null),
  },
};

const at = (name: string): string => `${name}@crm.test`;

/** Each of these is one record, and ends as its name says. */
export const PEOPLE = [
  'instep',
  'conflict',
  'held',
  'refused',
  'blocked',
  'blocker',
  'rewritten',
  'excluded',
  'archived',
  'erased',
  'left',
  'intent',
  'waiting',
  'fought',
  'busy',
  'moving',
] as const;

export type Person = (typeof PEOPLE)[number];

export const keyOf = (person: Person): CrmKey => String(PEOPLE.indexOf(person) + 1) as CrmKey;

/** A first sync that stopped half way: a backfill, and the app in trouble. */
export async function tellBeginning(): Promise<World> {
  const world = createWorld(STORY_WORLD);
  for (const person of PEOPLE.slice(0, 8)) addPair(world, at(person));
  world.audience.people.signup(at('stranger'));
  ring(world);
  await deliver(world, PULL_GROUP);
  for (const group of [laneGroup(0), laneGroup(1), PULL_GROUP, laneGroup(0)])
    await deliver(world, group);
  world.hazards.appFault = () => 'busy';
  world.crm.update(keyOf('instep'), { phone: '777' });
  ring(world);
  await deliver(world, PULL_GROUP);
  Object.assign(world.hazards, noHazards());
  return world;
}

export async function tellStory(): Promise<World> {
  const world = createWorld(STORY_WORLD);
  for (const person of PEOPLE) addPair(world, at(person));
  await settle(world);
  world.clock.advance(60_000);
  await partWays(world);
  await standApart(world);
  await breakOff(world);
  leaveMessages(world);
  return world;
}

/** Fields and records come to a rest that is not being in step. */
async function partWays(world: World): Promise<void> {
  const { people } = world.audience;
  world.crm.update(keyOf('conflict'), { phone: '200' });
  people.update(at('conflict'), { [PATHS.phone]: '300' });
  world.crm.update(keyOf('refused'), { first_name: 'Refused', phone: '201' });
  world.crm.update(keyOf('rewritten'), { first_name: 'Annabella-Carolina' });
  world.crm.update(keyOf('blocked'), { email: at('blocker') });
  world.crm.update(keyOf('excluded'), { active: 'no' });
  world.crm.remove(keyOf('erased'));
  people.archive(at('left'));
  people.unsubscribe(at('held'));
  world.crm.insert({ email: at('twin') });
  world.crm.insert({ email: at('twin') });
  world.audience.forgotten.add(at('forgotten'));
  world.crm.insert({ email: at('forgotten') });
  for (const _twin of [1, 2]) world.crm.insert({ email: at('several'), active: 'no' });
  await settle(world);
  people.signup(at('several'));
  people.signup(at('stranger'), { [PATHS.city]: 'Bern' });
  await settle(world);
  people.archive(at('archived'));
  await settle(world);
}

/** Consent without proof, and a member that undoes what it is told. */
async function standApart(world: World): Promise<void> {
  const held = world.audience.byAddress(at('held'));
  if (held !== undefined)
    world.audience.touch(held, (member) => {
      member.status = 'subscribed';
      member.optInAt = world.clock.now() - 7_200_000;
    });
  for (const city of ['Rom', 'Bonn', 'Rom']) {
    world.clock.advance(30_000);
    world.crm.update(keyOf('fought'), { city });
    await settle(world);
  }
}

/** A write whose answer was lost, so that its record waits, and one whose call died over it. */
async function breakOff(world: World): Promise<void> {
  world.crm.update(keyOf('waiting'), { phone: '500' });
  world.hazards.appFault = (label) => (label.startsWith('push') ? 'record-after' : null);
  ring(world);
  await drain(world);
  Object.assign(world.hazards, noHazards());
  world.crm.update(keyOf('intent'), { phone: '400', email: at('renamed') });
  world.hazards.dies = (_step, label) => label === `app.push rename ${keyOf('intent')}`;
  ring(world);
  await drainUntilCrash(world);
  Object.assign(world.hazards, noHazards());
}

async function drainUntilCrash(world: World): Promise<void> {
  const before = world.steps.trace.filter((line) => line.startsWith('--')).length;
  const hasCrashed = (): boolean =>
    world.steps.trace.filter((line) => line.startsWith('--')).length > before;
  while (!hasCrashed() && !isDrained(world.queues)) {
    for (const group of [PULL_GROUP, laneGroup(0), laneGroup(1)]) {
      if (!hasCrashed()) await deliver(world, group);
    }
  }
}

/** Messages of every kind wait in the queues: nobody has worked them yet. */
function leaveMessages(world: World): void {
  const { clock, queues, sync } = world;
  const name = sync.spec.name;
  const send = (group: string, body: object): void =>
    enqueue(queues, group, JSON.stringify(body), clock.now());
  world.crm.update(keyOf('busy'), { first_name: 'Busy', phone: '600' });
  world.audience.people.update(at('moving'), { [PATHS.city]: 'Wien' });
  const moving = world.audience.byAddress(at('moving'));
  const observed =
    moving === undefined ? {} : { observed: world.audience.observe(moving, clock.now()) };
  const busy = keyOf('busy');
  send(PULL_GROUP, { kind: 'ring', sync: name, source: 'schedule', scheduledAt: '2025-03-01' });
  send(PULL_GROUP, { kind: 'look', sync: name, look: [{ remoteId: null, match: at('busy') }] });
  send(PULL_GROUP, { kind: 'continue', sync: name, progress: '[]' });
  send(PULL_GROUP, { kind: 'page-done', sync: name, backfill: 'none', lane: 0, page: 1 });
  const laneTo = (key: CrmKey, body: object): void => {
    const lane = laneOf(key, sync.lanes);
    send(laneGroup(lane), { sync: name, lane, position: {}, refs: [], ...body });
  };
  laneTo(busy, { refs: [{ key: busy, crmAt: clock.now() }] });
  laneTo(keyOf('moving'), { refs: [{ key: keyOf('moving'), ...observed }] });
  laneTo(busy, { refs: [{ key: busy, look: true }], backfill: { id: 'old', page: 3, last: true } });
  const take = { side: 'crm' } as const;
  const order = { kind: 'resolve', key: keyOf('conflict'), field: 'phone', take, by: 'a person' };
  laneTo(keyOf('conflict'), { commands: [order] });
}
