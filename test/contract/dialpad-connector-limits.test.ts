/** The vendor's limits, as the simulated Dialpad counts them in every window, over all processes of a company. */
import type { AppReplica } from '../../lib/ports/app.ts';
import type { Budget } from '../../lib/ports/clock.ts';
import { create, key, kinds, startConnectorWorld, valueOf } from './dialpad-connector-world.ts';
import type { ConnectorWorld } from './dialpad-connector-world.ts';

const person = (n: number): Readonly<Record<string, string>> => ({
  first_name: `P${n}`,
  'phones.primary': `+1415555${String(1000 + n)}`,
});

describe('the limits of Dialpad', () => {
  let world: ConnectorWorld;

  afterEach(async () => {
    await world.stop();
  });

  test('250 creates by three processes stay below a hundred a minute and twenty calls a second', async () => {
    world = await startConnectorWorld();
    const processes: readonly AppReplica[] = [world.app, world.process(), world.process()];
    const startedAt = world.dialpad.clock.ms;
    for (let n = 0; n < 250; n += 25) {
      const commands = Array.from({ length: 25 }, (_, at) =>
        create(String(n + at), person(n + at)),
      );
      const app = processes[(n / 25) % 3] as AppReplica;
      expect(new Set(kinds(await app.push(commands, world.budget)))).toEqual(new Set(['applied']));
    }
    const { company, creates } = await world.limits();
    expect(creates).toMatchObject({ max: 100, refused: 0, calls: 250 });
    expect(creates?.peak).toBeGreaterThan(80);
    expect(company).toMatchObject({ max: 20, refused: 0, calls: 510 });
    // 90 a minute in the long run: no more than that is lost to caution.
    const minutes = (world.dialpad.clock.ms - startedAt) / 60_000;
    expect(minutes).toBeLessThan(250 / 85);
  });

  test('a listing of three thousand contacts takes thirty-one calls at fifteen a second', async () => {
    world = await startConnectorWorld();
    const rows = Array.from({ length: 3000 }, (_, n) => ({ first_name: `P${n}`, last_name: 'X' }));
    world.dialpad.simulator.seedContacts(rows);
    const startedAt = world.dialpad.clock.ms;
    let [cursor, seen, pages] = [null as never, 0, 0];
    for (let isDone = false; !isDone; pages += 1) {
      const page = valueOf(await world.app.list(cursor, world.budget));
      seen += page.observations.length;
      cursor = page.cursor as never;
      isDone = page.done;
    }
    expect({ seen, pages }).toEqual({ seen: 3000, pages: 31 });
    expect(world.dialpad.clock.ms - startedAt).toBeLessThan(31 * 70);
    expect(await world.limits()).toMatchObject({ company: { refused: 0, calls: 31 } });
  });

  test('a process that died with calls in its hand costs the others a moment, and no more', async () => {
    world = await startConnectorWorld();
    await world.rates.saveRate(`dialpad/${world.dialpad.simulator.companyId}/company`, {
      version: 0,
      fullAt: world.dialpad.clock.ms + 1320,
    });
    const before = world.dialpad.clock.ms;
    const [looked] = await world.fetch({ remoteId: null, match: null, key: key('17') });
    expect(valueOf(looked).existence).toBe('absent');
    expect(world.dialpad.clock.ms - before).toBeLessThan(1500);
  });

  test('live work goes first: behind its two seconds a listing gets nothing, and says so when its time is over', async () => {
    world = await startConnectorWorld();
    const fullAt = world.dialpad.clock.ms + 60_000;
    await world.rates.saveRate(`dialpad/${world.dialpad.simulator.companyId}/company`, {
      version: 0,
      fullAt,
    });
    const endsAt = world.dialpad.clock.ms + 8000;
    const budget: Budget = { remainingMs: () => endsAt - world.dialpad.clock.ms };
    expect(await world.app.list(null, budget)).toMatchObject({ kind: 'retry', scope: 'budget' });
    expect(world.calls()).toEqual({});
    expect(world.dialpad.clock.ms).toBeLessThan(endsAt);
  });

  test('whoever loses the race for a lease asks again, and nobody calls twice on one lease', async () => {
    world = await startConnectorWorld();
    const apps = [world.app, world.process(), world.process(), world.process()];
    const targets = Array.from({ length: 15 }, (_, n) => ({
      remoteId: null,
      match: null,
      key: key(String(n)),
    }));
    await Promise.all(apps.map((app) => app.fetch(targets, world.budget)));
    expect(world.rates.counts.lost).toBeGreaterThan(0);
    const { company } = await world.limits();
    expect(company?.refused).toBe(0);
  });
});
