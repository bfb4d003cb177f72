/** Two contacts with the match value of one row, which Dialpad allows: neither is taken, a person hears of both, and it ends by itself. */
import { idOfUid } from '../../lib/connectors/dialpad/uid.ts';
import type { CrmKey, RemoteId } from '../../lib/engine/model.ts';
import { explainRecord } from '../../lib/flow/explain.ts';
import { readInbox } from '../../lib/flow/inbox.ts';
import { listQuarantine } from '../../lib/flow/quarantine.ts';
import { contextOf } from '../flow/explain-world.ts';
import { foretell } from '../support/flow-world/foretelling.ts';
import { tellOf } from '../support/flow-world/listed-scenarios.ts';
import { readRecord } from '../support/flow-world/memory-state.ts';
import { settle } from '../support/flow-world/settle.ts';
import type { World } from '../support/flow-world/world.ts';
import { callsSync, COMPANY, LIST_EVERY_MS, startDialpadFlow } from './dialpad-flow-world.ts';
import type { DialpadWorld } from './dialpad-simulator-world.ts';

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
const [B, C] = ['+14155550101', '+14155550102'] as const;

let vendor: DialpadWorld;
let world: World;

beforeEach(async () => {
  const flow = await startDialpadFlow();
  ({ vendor } = flow);
  world = flow.open(callsSync);
});

afterEach(async () => {
  await vendor.stop();
});

const idOf = (key: CrmKey): RemoteId => idOfUid(COMPANY, `main-${key}`);
const cell = (key: CrmKey, column: string): string | null =>
  world.table.row(key)?.columns[column]?.text ?? null;
/** The next listing is due, and whatever it finds is worked off. */
const list = async (): Promise<void> => {
  world.clock.advance(LIST_EVERY_MS + 1);
  await settle(world);
};
const person = (name: string, number: string, last = 'X') => ({
  first_name: name,
  last_name: last,
  emails: [`${name}@x.test`],
  phones: [number],
});
const insert = (name: string): CrmKey =>
  world.crm.insert({ email: `${name}@x.test`, first_name: name });

describe('at a first sync', () => {
  /** More than a page of them lie between the two. */
  const crowd = Array.from({ length: 130 }, (_none, index) =>
    person(`p${index}`, `+14155551${100 + index}`),
  );

  test('contacts made by hand are taken by the rows with their address, but not of two on two pages the first', async () => {
    const seeded = vendor.simulator.seedContacts([
      person('bob', B, 'M'),
      ...crowd,
      person('bob', C, 'N'),
    ]);
    const [ann, bob] = [insert('p7'), insert('bob')];
    const foretold = await foretell(world);
    await settle(world);
    expect(readRecord(world.memory, ann)?.state.remoteId).toBe(seeded[8]);
    expect(cell(ann, 'phone')).toBe('+14155551107');
    const { remoteId, parking } = readRecord(world.memory, bob)?.state ?? {};
    expect([remoteId, parking?.kind, cell(bob, 'phone')]).toEqual([null, 'quarantined', null]);
    const { items } = await readInbox(contextOf(world), 10);
    expect(items.filter(({ kind }) => kind === 'unmatched')).toHaveLength(2);
    // Nothing of either was touched, nor a third made.
    const { body } = await vendor.control('GET', '/contacts');
    expect(body['contacts']).toHaveLength(132);
    expect(vendor.exchanges().filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(foretold.parked).toEqual([`${bob} quarantined`]);
    await vendor.person('delete', { id: seeded[0] });
    await list();
    expect(readRecord(world.memory, bob)?.state.remoteId).toBe(seeded[131]);
    expect([cell(bob, 'phone'), world.memory.unmatched.size]).toEqual([C, 0]);
  });

  test('contacts of nobody’s are not looked at one by one afterwards', async () => {
    vendor.simulator.seedContacts(crowd);
    await settle(world);
    await list();
    const looks = vendor.exchanges().filter(({ path }) => /contacts\/./.test(path));
    expect(looks).toEqual([]);
  });

  test('a contact that two rows could have is met by neither, and makes neither a second one', async () => {
    vendor.simulator.seedContacts([person('bob', B)]);
    const rows = [insert('bob'), insert('bob')];
    await settle(world);
    expect(rows.map((key) => readRecord(world.memory, key)?.state.remoteId ?? null)).toEqual([
      null,
      null,
    ]);
    expect(vendor.exchanges().filter(({ method }) => method !== 'GET')).toEqual([]);
    world.crm.remove(rows[0] as CrmKey);
    await settle(world);
    expect(cell(rows[1] as CrmKey, 'phone')).toBe(B);
  });
});

describe('a row that comes after two contacts with its address', () => {
  let twins: readonly string[];
  let bob: CrmKey;

  const parking = () => readRecord(world.memory, bob)?.state.parking ?? null;
  const partner = () => readRecord(world.memory, bob)?.state.remoteId ?? null;

  beforeEach(async () => {
    twins = vendor.simulator.seedContacts([
      { first_name: 'bob', last_name: 'M', emails: ['bob@x.test'], phones: [B] },
      { first_name: 'bob', last_name: 'N', emails: ['bob@x.test'], phones: [C] },
    ]);
    await settle(world);
    bob = world.crm.insert({ email: 'bob@x.test', first_name: 'bob' });
    await settle(world);
  });

  test('names both to the person who asks', async () => {
    const context = contextOf(world);
    const [one, two] = [...twins].toSorted();
    const [refusal] = (await listQuarantine(context, {}, 10)).items;
    expect(refusal?.reason).toContain(`2 records of the app have this person’s match value`);
    const explained = await explainRecord(context, bob);
    const texts = [refusal?.reason, JSON.stringify((await readInbox(context, 10)).items)];
    for (const text of [...texts, explained?.next ?? ''])
      expect(text).toEqual(matching(new RegExp(`${String(one)}.*${String(two)}`)));
  });

  test('meets the other one when one is deleted and no event tells of it, without a call for it before', async () => {
    await vendor.person('delete', { id: twins[0] });
    const calls = vendor.exchanges().length;
    await settle(world);
    expect(vendor.exchanges()).toHaveLength(calls);
    await list();
    expect([partner(), parking()]).toEqual([twins[1], null]);
    expect(cell(bob, 'phone')).toBe(C);
    expect([...world.memory.blocked.values()].filter(({ size }) => size > 0)).toEqual([]);
  });

  test('meets the other one when an event names the one that went', async () => {
    await vendor.person('delete', { id: twins[1] });
    tellOf(world, twins[1] as RemoteId);
    await settle(world);
    expect([partner(), parking()]).toEqual([twins[0], null]);
  });

  test('meets the other one when one gets another address', async () => {
    await vendor.person('edit', { id: twins[0], set: { emails: ['rob@x.test'] } });
    await list();
    expect([partner(), parking()]).toEqual([twins[1], null]);
  });

  test('is made anew in the app when both are gone', async () => {
    for (const id of twins) await vendor.person('delete', { id });
    await list();
    expect([partner(), parking()]).toEqual([idOf(bob), null]);
  });

  test('stays with a person while both are there, whatever else is edited, and costs no call in a listing', async () => {
    await list();
    const calls = vendor.exchanges().length;
    await list();
    const paths = vendor
      .exchanges()
      .slice(calls)
      .map(({ path }) => path);
    expect(paths.filter((path) => /contacts\/./.test(path))).toEqual([]);
    world.crm.update(bob, { first_name: 'robert' });
    await settle(world);
    expect([partner(), parking()?.kind]).toEqual([null, 'quarantined']);
  });
});
