/** Listing and looking: what is shown, what is left out, and what a listing that changes under us does not break. */
import fc from 'fast-check';
import { listAll, remote, startConnectorWorld, valueOf } from './dialpad-connector-world.ts';
import type { ConnectorWorld } from './dialpad-connector-world.ts';

describe('the Dialpad connector reads', () => {
  let world: ConnectorWorld;

  beforeEach(async () => {
    world = await startConnectorWorld();
  });

  afterEach(async () => {
    await world.stop();
  });

  const seed = (count: number): readonly string[] =>
    world.dialpad.simulator.seedContacts(
      Array.from({ length: count }, (_, n) => ({
        uid: `main-${n}`,
        first_name: `P${n}`,
        last_name: '-',
        phones: [`+1415555${1000 + n}`],
      })),
    );

  test('everybody the company shares, and nobody’s own contacts', async () => {
    const ids = seed(230);
    world.dialpad.simulator.seedContacts([{ first_name: 'Own', owner_id: '7' }]);
    const seen = await listAll(world);
    expect(new Set(seen.map(({ remoteId }) => remoteId))).toEqual(new Set(ids));
    expect(seen).toHaveLength(ids.length);
    expect(world.calls()).toEqual({ 'GET /contacts': 3 });
    expect(seen[0]?.raw['last_name']).toBeNull();
    const own = world.dialpad.exchanges().some(({ path }) => path.includes('limit'));
    expect(own).toBe(false);
  });

  test('those that stay as they are come once each, whatever happens to the others meanwhile', async () => {
    const ids = seed(300);
    const random = fc.sample(fc.nat(149), { numRuns: 40, seed: 5 });
    const touched = new Set<string>();
    const edit = async (): Promise<void> => {
      for (const n of random.splice(0, 12)) {
        touched.add(ids[n] as string);
        await world.dialpad.person('edit', { uid: `main-${n}`, set: { job_title: `t${n}` } });
      }
    };
    const seen = (await listAll(world, edit)).map(({ remoteId }) => remoteId as string);
    const still = ids.filter((id) => !touched.has(id));
    expect(still.map((id) => seen.filter((each) => each === id).length)).toEqual(
      still.map(() => 1),
    );
  });

  test('a cursor that is refused begins the walk anew, and after three times the app is left to rest', async () => {
    seed(150);
    const refused = (restarts: number) =>
      world.app.list({ v: 1, at: 'of last week', restarts }, world.budget);
    const anew = valueOf(await refused(0));
    expect(anew).toMatchObject({ observations: [], done: false });
    expect(valueOf(await world.app.list(anew.cursor, world.budget)).observations).toHaveLength(100);
    expect(await refused(2)).toMatchObject({ kind: 'ok', value: { cursor: { restarts: 3 } } });
    expect(await refused(3)).toMatchObject({ kind: 'retry', scope: 'app', afterMs: 900_000 });
  });

  test('one look is one call; somebody’s own contact and one that is gone are absent', async () => {
    const [id] = seed(1);
    const [own] = world.dialpad.simulator.seedContacts([{ first_name: 'Own', owner_id: '7' }]);
    const looks = await world.fetch(
      { remoteId: remote(id), match: null },
      { remoteId: remote(own), match: null },
      { remoteId: null, match: '+14155551000' },
    );
    expect(looks.map((look) => valueOf(look).existence)).toEqual(['present', 'absent', 'absent']);
    expect(world.calls()).toEqual({ 'GET /contacts/{id}': 2 });
  });

  test('a page from a proxy is trouble, a page instead of the API halts', async () => {
    const [id] = seed(1);
    await world.fault({ kind: 'status', status: 503, count: 4 });
    expect(await world.fetch({ remoteId: remote(id), match: null })).toMatchObject([
      { kind: 'retry', scope: 'app' },
    ]);
    await world.dialpad.settings({ permission: 'none' });
    expect(await world.fetch({ remoteId: remote(id), match: null })).toMatchObject([
      { kind: 'halted' },
    ]);
  });
});
