/** The whole flow of one sync with the Meta connector and the simulated Meta: who is in, and what it cost, counted at Meta. */
import { compileSync } from '../../lib/config/define.ts';
import { meta } from '../../lib/connectors/meta/config.ts';
import { askRebuild } from '../../lib/flow/rebuild.ts';
import type { CrmKey } from '../../lib/engine/model.ts';
import { consent, email, text } from '../../lib/engine/types/index.ts';
import { ring } from '../support/flow-world/deliver.ts';
import { drain, settle } from '../support/flow-world/settle.ts';
import { readHealth, readRecord } from '../support/flow-world/memory-state.ts';
import { createWorld, type World } from '../support/flow-world/world.ts';
import { isIn, startConnector, type ConnectorWorld } from './meta-connector-world.ts';
import { mail, noonMs } from './meta-simulator-world.ts';

const sync = compileSync(
  {
    name: 'contacts-news',
    table: 'contacts',
    key: 'id',
    app: 'ads',
    match: { email: 'EMAIL' },
    include: (row) => row['active'] !== 'no',
    reads: ['active'],
    fields: {
      email: { app: 'EMAIL', type: email(), owner: 'crm' },
      phone: { app: 'PHONE', type: text(), owner: 'crm' },
      first_name: { app: 'FN', type: text(), owner: 'crm' },
      email_status: { app: 'consent', type: consent(), owner: 'crm' },
    },
  },
  { app: meta({ audience: '6', secret: 'meta' }) },
);

describe('a sync with an audience', () => {
  let connector: ConnectorWorld;
  let world: World;

  beforeEach(async () => {
    const clock = { now: () => noonMs };
    connector = await startConnector({
      paths: sync.spec.fields.map(({ path }) => path),
      simulator: { now: () => clock.now() },
    });
    const port = () => connector.replica;
    world = createWorld({ seed: 1, pageMax: 5_000, other: { sync, port } });
    // Meta’s clock goes with the world’s.
    clock.now = () => world.clock.now();
  });

  afterEach(async () => {
    await connector.stop();
  });

  const key = (nth: number) => String(nth) as CrmKey;
  const insert = (count: number) => {
    for (let nth = 1; nth <= count; nth += 1)
      world.crm.insert({ email: `p${nth}@trivet.test`, first_name: 'Pat' });
  };
  /** What Meta was sent since the last time it was asked. */
  let told = 0;
  const news = (): readonly string[] => {
    const all = connector.uploads();
    const fresh = all.slice(told);
    told = all.length;
    return fresh;
  };

  beforeEach(() => {
    told = 0;
  });

  test('is filled in one call, kept in step by as few, and left alone when nothing changes', async () => {
    insert(2_500);
    await settle(world);
    expect(news()).toEqual(['POST users 2500']);
    expect(await connector.members()).toHaveLength(2_500);

    for (let nth = 1; nth <= 40; nth += 1)
      world.crm.update(key(nth), { phone: `+1213373${4000 + nth}` });
    await settle(world);
    expect(news()).toEqual(['POST users 40']);

    for (let nth = 1; nth <= 40; nth += 1)
      world.crm.update(key(nth), { phone: `+1213373${5000 + nth}` });
    for (let nth = 41; nth <= 50; nth += 1)
      world.crm.update(key(nth), { email_status: 'unsubscribed' });
    for (let nth = 51; nth <= 60; nth += 1) world.crm.update(key(nth), { active: 'no' });
    for (let nth = 61; nth <= 70; nth += 1) world.crm.remove(key(nth));
    await settle(world);
    expect(news()).toEqual(['DELETE usersofanyaudience 10', 'DELETE users 60', 'POST users 40']);

    world.crm.update(key(100), { city: 'Rome' });
    await settle(world);
    expect(news()).toEqual([]);
    const members = await connector.members();
    const inside = (nth: number) => isIn(members, mail(`p${nth}`));
    expect([40, 45, 55, 65, 71].map(inside)).toEqual([true, false, false, false, true]);
  });

  test('keeps an address as long as anybody with it is in', async () => {
    world.crm.insert({ email: 'home@trivet.test', phone: '+12133734001' });
    world.crm.insert({ email: 'home@trivet.test', phone: '+12133734002' });
    await settle(world);
    world.crm.remove(key(1));
    await settle(world);
    expect(isIn(await connector.members(), mail('home'))).toBe(true);
    world.crm.remove(key(2));
    await settle(world);
    expect(await connector.members()).toEqual([]);
  });

  test('rests for the minutes Meta asks for, without a call, and goes on where it stood', async () => {
    insert(3);
    await settle(world);
    await connector.control('POST', '/throttle', { minutes: 5 });
    const from = world.clock.now();
    world.crm.update(key(1), { first_name: 'Ada' });
    news();
    await settle(world);
    expect(world.clock.now() - from).toBeGreaterThanOrEqual(5 * 60_000);
    // The one that was refused, and the one after the rest.
    expect(news()).toEqual(['POST users 1', 'POST users 1']);
    expect(readRecord(world.memory, key(1))?.state.ledger?.row).not.toBeNull();
  });

  test('halts on terms that nobody accepted, and goes on once somebody has', async () => {
    insert(3);
    await settle(world);
    await connector.control('POST', '/settings', { termsAccepted: false });
    world.crm.update(key(1), { email: 'ada@trivet.test' });
    ring(world);
    await drain(world);
    expect(readHealth(world.memory).halted?.reason).toMatch(/terms for custom audiences are not/);
    await connector.control('POST', '/settings', { termsAccepted: true });
    await settle(world);
    expect(readHealth(world.memory).halted).toBeNull();
    const members = await connector.members();
    expect([mail('p1'), mail('ada')].map((hash) => isIn(members, hash))).toEqual([false, true]);
  });

  test('is emptied of strangers by a rebuild, in full batches of one session', async () => {
    insert(2_100);
    await settle(world);
    await connector.add(['EMAIL'], [[mail('stranger')]]);
    news();
    await askRebuild(world.context(world.start()), 'ann');
    await settle(world);
    // In the walk that follows nobody is told again.
    expect(news()).toEqual(['POST usersreplace 2100']);
    const members = await connector.members();
    expect(members).toHaveLength(2_100);
    expect(isIn(members, mail('stranger'))).toBe(false);
  });
});
