/** What earlier releases stored and sent, read by the present code, and a sync that goes on with it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireLaneMessage, requirePullMessage } from '../../lib/queue/parse-message.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { findProblems, findRestlessness } from '../support/flow-world/verdict.ts';
import { PULL_GROUP } from '../support/flow-world/queues.ts';
import { createWorld, type WorldDump } from '../support/flow-world/world.ts';
import {
  putItems,
  readDomain,
  resumeMemory,
  TOMBSTONE_KEY,
  type Domain,
  type StoredItems,
} from '../support/release-fixture/items.ts';
import { STORY_WORLD } from '../support/release-fixture/story.ts';
import { useStateTables } from './state-store-tables.ts';

interface Fixture {
  readonly items: StoredItems;
  readonly domain: Domain;
  readonly world: WorldDump;
}

const FIXTURES = join(import.meta.dirname, '../fixtures');
const releases = readdirSync(FIXTURES).filter((name) => name.startsWith('release-'));
const stories = releases.flatMap((release) =>
  (['live', 'beginning'] as const).map((story) => ({ release, story })),
);

const readFixture = (release: string, story: string): Fixture =>
  JSON.parse(readFileSync(join(FIXTURES, release, `${story}.json`), 'utf8')) as Fixture;

const newTables = useStateTables();

/** Tables as the old release left them, read by the code of today. */
async function openFixture({ items, world }: Fixture) {
  const tables = await newTables();
  await putItems(tables, items);
  const now = (): number => world.now;
  const store = tables.another({ tombstoneKey: TOMBSTONE_KEY, now });
  return readDomain({ store }, world.memory);
}

/** Release 0.1 kept of its map the fields alone, as lines of one text. */
function inTodaysWords(domain: Domain): object {
  const { mapFingerprint, ...checkpoint } = domain.checkpoint as unknown as {
    readonly mapFingerprint: string;
  };
  const fields = Object.fromEntries(mapFingerprint.split('\n').map((name) => [name, null]));
  return { ...domain, checkpoint: { ...checkpoint, map: { fields, rules: null } } };
}

test('there is a fixture of each release', () => {
  expect(releases).toContain('release-0.1');
});

describe.each(stories)('$release, $story', ({ release, story }) => {
  const fixture = readFixture(release, story);

  test('what was stored means what it meant', async () => {
    const domain = await openFixture(fixture);
    expect(JSON.parse(JSON.stringify(domain))).toMatchObject(inTodaysWords(fixture.domain));
  });

  test('what was sent is understood', () => {
    const bodies = Object.entries(fixture.world.queues).flatMap(([group, messages]) =>
      messages.map((body) => [group, body] as const),
    );
    const parsed = bodies.map(([group, body]) =>
      group === PULL_GROUP ? requirePullMessage(body) : requireLaneMessage(body),
    );
    expect(bodies.length).toBeGreaterThan(0);
    expect(parsed).toEqual(bodies.map(([, body]) => JSON.parse(body) as object));
  });

  test('a sync goes on with it and comes to rest in order', async () => {
    const domain = await openFixture(fixture);
    const memory = resumeMemory(domain, fixture.items);
    const world = createWorld({ ...STORY_WORLD, resumed: { ...fixture.world, memory } });
    await drain(world);
    await settle(world);
    const allowed = {
      parked: ['phone', 'email', 'first_name', 'email_status', '*'],
      withoutPartner: true,
      withoutRow: true,
      sameAddress: true,
    };
    expect(findProblems(world, allowed)).toEqual([]);
    expect(await findRestlessness(world)).toEqual([]);
  });
});
