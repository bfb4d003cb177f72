/** The whole flow of one sync with the Dialpad connector and the simulated Dialpad: who refuses at one end is left in peace by both. */
import { compileBrakes } from '../../lib/config/brakes.ts';
import { idOfUid } from '../../lib/connectors/dialpad/uid.ts';
import type { SyncConfig } from '../../lib/config/model.ts';
import { DEFAULT_CAPS } from '../../lib/engine/caps.ts';
import type { CrmKey, RemoteId } from '../../lib/engine/model.ts';
import { listHeld } from '../../lib/flow/held.ts';
import { contextOf } from '../flow/explain-world.ts';
import { say } from '../flow/held-word.ts';
import { tellOf } from '../support/flow-world/listed-scenarios.ts';
import { readRecord } from '../support/flow-world/memory-state.ts';
import { settle } from '../support/flow-world/settle.ts';
import type { World } from '../support/flow-world/world.ts';
import {
  callsSync,
  COMPANY,
  LIST_EVERY_MS,
  startDialpadFlow,
  type DialpadFlow,
} from './dialpad-flow-world.ts';
import type { DialpadWorld } from './dialpad-simulator-world.ts';

const [A, B, C] = ['+14155550100', '+14155550101', '+14155550102'] as const;

describe('a sync with a company whose numbers can be blocked', () => {
  let flow: DialpadFlow;
  let vendor: DialpadWorld;
  let world: World;

  const open = (config: SyncConfig = callsSync): void => {
    world = flow.open(config);
  };

  beforeEach(async () => {
    flow = await startDialpadFlow();
    ({ vendor } = flow);
    open();
  });

  afterEach(async () => {
    await vendor.stop();
  });

  const idOf = (key: CrmKey): RemoteId => idOfUid(COMPANY, `main-${key}`);
  const cell = (key: CrmKey, column: string): string | null =>
    world.table.row(key)?.columns[column]?.text ?? null;
  const blocked = async (): Promise<readonly string[]> => {
    const { body } = await vendor.control('GET', '/blocked');
    return (body['blocked'] as { readonly number: string }[]).map(({ number }) => number);
  };
  const writes = (): number => vendor.exchanges().filter(({ method }) => method !== 'GET').length;
  const add = (name: string, number: string, more: Record<string, string> = {}): CrmKey =>
    world.crm.insert({ email: `${name}@x.test`, first_name: name, phone: number, ...more });
  /** The next listing is due, and whatever it finds is worked off. */
  const list = async (): Promise<void> => {
    world.clock.advance(LIST_EVERY_MS + 1);
    await settle(world);
  };

  test('a refusal in the CRM blocks the number, of somebody new and of somebody known', async () => {
    const ann = add('ann', A);
    add('bob', B, { do_not_call: 'true' });
    await settle(world);
    expect(await blocked()).toEqual([B]);
    world.crm.update(ann, { do_not_call: 'true' });
    await settle(world);
    expect(await blocked()).toEqual([B, A]);
    const before = writes();
    await list();
    await list();
    expect(writes()).toBe(before);
  });

  test('a list of refusals that is read in is told at once, under the brakes that hold by default', async () => {
    open({ ...callsSync, brakes: DEFAULT_CAPS });
    const people = Array.from({ length: 30 }, (_none, index) => `+14155550${100 + index}`);
    const rows = people.map((number, index) => add(`p${index}`, number));
    await settle(world);
    for (const row of rows) world.crm.update(row, { do_not_call: 'true' });
    await settle(world);
    expect((await blocked()).toSorted()).toEqual(people);
    expect(await listHeld(contextOf(world))).toEqual([]);
  });

  test('more refusals at once than their brake allows are held as consent is, and go with a person’s word', async () => {
    open({ ...callsSync, brakes: compileBrakes({ perRun: { refuse: 1, unsubscribe: 0 } }) });
    const rows = [add('ann', A), add('bob', B), add('cid', C)];
    await settle(world);
    for (const row of rows) world.crm.update(row, { do_not_call: 'true', first_name: 'Z' });
    await settle(world);
    expect(await blocked()).toHaveLength(1);
    const held = await listHeld(contextOf(world));
    expect(held).toMatchObject([{ class: 'refuse', count: 2, isConsent: true }]);
    expect(await say(world, 'approve')).toMatchObject({ orders: 2, applied: 2 });
    expect((await blocked()).toSorted()).toEqual([A, B, C]);
  });

  test('a number that people block is found by the listing where it is listed, and refused in the CRM', async () => {
    await vendor.settings({ listedBlocks: 'all' });
    const [ann, bob] = [add('ann', A), add('bob', B)];
    await settle(world);
    await vendor.person('block', { phone: A });
    await list();
    expect([cell(ann, 'do_not_call'), cell(bob, 'do_not_call')]).toEqual(['true', null]);
  });

  test('where it is not, the next look at the contact finds it, and listings do not lose it again', async () => {
    const ann = add('ann', A);
    await settle(world);
    await vendor.person('block', { phone: A });
    await list();
    expect(cell(ann, 'do_not_call')).toBeNull();
    tellOf(world, idOf(ann));
    await settle(world);
    expect(cell(ann, 'do_not_call')).toBe('true');
    await list();
    expect([cell(ann, 'do_not_call'), await blocked()]).toEqual(['true', [A]]);
  });

  test('what is unblocked in Dialpad is blocked again; the CRM takes a refusal back with an opt-in only', async () => {
    const ann = add('ann', A, { do_not_call: 'true' });
    await settle(world);
    await vendor.person('unblock', { phone: A });
    await list();
    expect([cell(ann, 'do_not_call'), await blocked()]).toEqual(['true', [A]]);
    world.crm.update(ann, { do_not_call: 'false' });
    await settle(world);
    expect(await blocked()).toEqual([A]);
    const parked = Object.values(readRecord(world.memory, ann)?.state.parked ?? {});
    expect(parked.map(({ kind }) => kind)).toEqual(['consent']);
    world.clock.advance(1000);
    world.crm.update(ann, { opt_in_at: new Date(world.clock.now()).toISOString() });
    await settle(world);
    expect(await blocked()).toEqual([]);
    await list();
    expect([cell(ann, 'do_not_call'), await blocked()]).toEqual(['false', []]);
  });

  test('a refusal goes with the person to another number, whoever changes it', async () => {
    const ann = add('ann', A, { do_not_call: 'true' });
    await settle(world);
    world.crm.update(ann, { phone: B });
    await settle(world);
    await list();
    expect(await blocked()).toEqual([A, B]);
    await vendor.person('edit', { id: idOf(ann), set: { phones: [C] } });
    await list();
    expect([cell(ann, 'phone'), await blocked()]).toEqual([C, [A, B, C]]);
  });

  test('STOP takes consent away in the CRM, and START gives it back', async () => {
    const ann = add('ann', A, { email_status: 'subscribed' });
    const bob = add('bob', B, { email_status: 'unsubscribed' });
    await settle(world);
    // Nobody has said anything to Dialpad, so nothing is known better there.
    const status = () => [cell(ann, 'email_status'), cell(bob, 'email_status')];
    expect(status()).toEqual(['subscribed', 'unsubscribed']);
    await vendor.person('opt-out', { phone: A });
    await list();
    expect(status()).toEqual(['unsubscribed', 'unsubscribed']);
    world.crm.update(ann, { email_status: 'subscribed' });
    await settle(world);
    expect(status()).toEqual(['unsubscribed', 'unsubscribed']);
    world.clock.advance(60_000);
    await vendor.person('opt-in', { phone: A });
    await list();
    expect(status()).toEqual(['subscribed', 'unsubscribed']);
    expect(Object.keys(readRecord(world.memory, bob)?.state.parked ?? {})).toEqual([]);
    expect(writes()).toBe(2);
  });

  test('a row that comes after a contact that people made meets it; of two with one address neither is taken', async () => {
    const [one] = vendor.simulator.seedContacts([
      { first_name: 'ann', last_name: 'L', emails: ['ann@x.test'], phones: [A] },
      { first_name: 'bob', last_name: 'M', emails: ['bob@x.test'], phones: [B] },
      { first_name: 'bob', last_name: 'N', emails: ['bob@x.test'], phones: [C] },
    ]);
    await settle(world);
    const ann = world.crm.insert({ email: 'ann@x.test', first_name: 'ann' });
    const bob = world.crm.insert({ email: 'bob@x.test', first_name: 'bob' });
    await settle(world);
    expect(readRecord(world.memory, ann)?.state.remoteId).toBe(one);
    expect(cell(ann, 'phone')).toBe(A);
    const state = readRecord(world.memory, bob)?.state;
    expect(state?.parking).toMatchObject({ kind: 'quarantined' });
    expect(JSON.stringify(state?.parking)).toContain('2 records of the app');
    const { body } = await vendor.control('GET', '/contacts');
    expect(body['contacts']).toHaveLength(3);
  });
});
