/** Who may not be called or written to: read beside the contacts without a call for each, blocked and unblocked by number. */
import type { RemoteId } from '../../lib/engine/model.ts';
import { idOfUid } from '../../lib/connectors/dialpad/uid.ts';
import type { AppCommand } from '../../lib/ports/app.ts';
import {
  appliedOf,
  create,
  key,
  kinds,
  listAll,
  PATHS,
  startConnectorWorld,
  update,
  valueOf,
} from './dialpad-connector-world.ts';
import type { ConnectorWorld } from './dialpad-connector-world.ts';
import { noonMs } from './dialpad-simulator-world.ts';

const [A, B, C] = ['+14155550100', '+14155550101', '+14155550102'] as const;
const MINUTE_MS = 60_000;

describe('the Dialpad connector and who may not be called', () => {
  let world: ConnectorWorld;

  beforeEach(async () => {
    world = await startConnectorWorld({ paths: [...PATHS, 'blocked', 'sms_consent'] });
  });

  afterEach(async () => {
    await world.stop();
  });

  const idOf = (of: string): RemoteId => idOfUid(world.dialpad.simulator.companyId, `main-${of}`);
  const seed = (count: number): void => {
    world.dialpad.simulator.seedContacts(
      Array.from({ length: count }, (_, n) => ({
        uid: `main-${n}`,
        first_name: `P${n}`,
        last_name: '-',
        phones: [`+1415555${1000 + n}`],
      })),
    );
  };
  const numberOf = (n: number): string => `+1415555${1000 + n}`;
  const block = (to: boolean, of = '0'): AppCommand => ({
    kind: 'consent',
    key: key(of),
    remoteId: idOf(of),
    path: 'blocked',
    to,
  });
  const held = async (): Promise<readonly string[]> => {
    const { body } = await world.dialpad.control('GET', '/blocked');
    return (body['blocked'] as { readonly number: string }[]).map(({ number }) => number);
  };
  const look = async (of = '0') =>
    valueOf((await world.fetch({ remoteId: idOf(of), match: null }))[0]);

  test('a walk over everybody says who is blocked and who opted out, with two lists and no call per contact', async () => {
    seed(230);
    for (const n of [3, 120, 229])
      await world.dialpad.api('POST', '/blockednumbers/add', { numbers: [numberOf(n)] });
    await world.dialpad.person('opt-out', { phone: numberOf(7) });
    await world.dialpad.person('opt-out', { phone: numberOf(8), campaign_id: 5 });
    await world.dialpad.person('opt-in', { phone: numberOf(9) });
    const before = world.calls();
    const seen = await listAll(world);
    const by = (path: string, value: unknown) =>
      new Set(seen.filter(({ raw }) => raw[path] === value).map(({ remoteId }) => remoteId));
    expect(by('blocked', true)).toEqual(new Set(['3', '120', '229'].map(idOf)));
    expect(by('blocked', false).size).toBe(227);
    expect(by('sms_consent', 'unsubscribed')).toEqual(new Set(['7', '8'].map(idOf)));
    expect(by('sms_consent', 'subscribed')).toEqual(new Set([idOf('9')]));
    expect(seen.find(({ remoteId }) => remoteId === idOf('9'))?.optInAt).toBe(noonMs);
    const { 'GET /contacts': contacts, 'GET /blockednumbers': blocked } = world.calls();
    expect([contacts, blocked, before['GET /contacts']]).toEqual([3, 1, undefined]);
    expect(world.calls()['GET /blockednumbers/{id}']).toBeUndefined();
  });

  test('a list of many pages is joined too, and read again when it is old', async () => {
    await world.dialpad.settings({ pageRows: 20 });
    seed(50);
    const numbers = Array.from({ length: 45 }, (_, n) => numberOf(n));
    await world.dialpad.api('POST', '/blockednumbers/add', { numbers });
    const count = async () =>
      (await listAll(world)).filter(({ raw }) => raw['blocked'] === true).length;
    expect(await count()).toBe(45);
    await world.dialpad.api('POST', '/blockednumbers/remove', { numbers: [numberOf(0)] });
    expect(await count()).toBe(45);
    world.dialpad.clock.ms += 2 * MINUTE_MS;
    expect(await count()).toBe(44);
  });

  test('what a walk shows of a number is no younger than the list it was read from', async () => {
    seed(1);
    await listAll(world);
    const readBy = world.dialpad.clock.ms;
    world.dialpad.clock.ms += 30_000;
    const [seen] = await listAll(world);
    expect(seen?.beganAt).toBeLessThanOrEqual(readBy);
  });

  test('a list whose reading is broken off goes on where it was', async () => {
    await world.dialpad.settings({ pageRows: 10 });
    seed(5);
    const numbers = Array.from({ length: 35 }, (_, n) => numberOf(n));
    await world.dialpad.api('POST', '/blockednumbers/add', { numbers });
    await world.fault({
      kind: 'error',
      error: 'throttled',
      match: 'GET /api/v2/blockednumbers*',
      after: 2,
      count: 1,
    });
    expect((await world.app.list(null, world.budget)).kind).toBe('retry');
    expect(valueOf(await world.app.list(null, world.budget)).observations).toHaveLength(5);
    const pages = world.dialpad
      .exchanges()
      .filter(({ method, path }) => method === 'GET' && path.includes('/blockednumbers'))
      .map(({ path }) => path);
    expect(new Set(pages).size).toBe(4);
    expect(pages).toHaveLength(5);
  });

  test('one look asks for the one number, also for one that people blocked in the app', async () => {
    seed(2);
    await world.dialpad.person('block', { phone: numberOf(0) });
    expect((await look()).raw).toMatchObject({ blocked: true, sms_consent: null });
    expect((await look('1')).raw).toMatchObject({ blocked: false });
    expect(world.calls()['GET /blockednumbers/{id}']).toBe(2);
    // The vendor lists only what was blocked by the API; a company where it lists all of them is read the same way.
    expect((await listAll(world)).map(({ raw }) => raw['blocked'])).toEqual([false, false]);
    await world.dialpad.settings({ listedBlocks: 'all' });
    world.dialpad.clock.ms += 2 * MINUTE_MS;
    const seen = await listAll(world);
    expect(seen.find(({ remoteId }) => remoteId === idOf('0'))?.raw['blocked']).toBe(true);
  });

  test('a contact without a number that can be called says nothing about it', async () => {
    world.dialpad.simulator.seedContacts([
      { uid: 'main-0', first_name: 'Ada', phones: ['(415) 555'] },
    ]);
    expect(Object.keys((await look()).raw)).not.toContain('blocked');
    const [listed] = await listAll(world);
    expect(Object.keys(listed?.raw ?? {})).not.toContain('blocked');
    expect(await world.push(block(true))).toMatchObject([{ kind: 'retry', scope: 'record' }]);
  });

  test('a refusal blocks the number, once however often it is told, and shows it', async () => {
    seed(1);
    const [outcome] = await world.push(block(true));
    expect(appliedOf(outcome).raw).toMatchObject({ blocked: true, first_name: 'P0' });
    await world.push(block(true));
    expect(await held()).toEqual([numberOf(0)]);
    expect(appliedOf((await world.push(block(false)))[0]).raw['blocked']).toBe(false);
    expect(await held()).toEqual([]);
  });

  test('a call that took effect and was never answered is done again without harm', async () => {
    seed(1);
    await world.fault({
      kind: 'timeout-after',
      ms: 1,
      match: 'POST /api/v2/blockednumbers/add',
      count: 2,
    });
    expect(await world.push(block(true))).toMatchObject([{ kind: 'retry', ambiguous: true }]);
    expect((await look()).raw['blocked']).toBe(true);
    expect(kinds(await world.push(block(true)))).toEqual(['applied']);
    expect(await held()).toEqual([numberOf(0)]);
  });

  test('who may not be called is made with a number that is blocked already', async () => {
    await world.fault({ kind: 'error', error: 'internal', match: 'PUT *', count: 2 });
    const person = create('17', { first_name: 'Ada', 'phones.primary': A, blocked: true });
    expect(kinds(await world.push(person))).toEqual(['retry']);
    expect(await held()).toEqual([A]);
    expect(appliedOf((await world.push(person))[0]).raw).toMatchObject({ blocked: true });
  });

  test('with a number that changes in the same push, both are blocked before anything else', async () => {
    world.dialpad.simulator.seedContacts([
      { uid: 'main-17', first_name: 'Ada', last_name: 'L', phones: [A, C] },
    ]);
    const agreed = { 'phones.primary': A };
    const remoteId = idOf('17');
    const rename: AppCommand = {
      kind: 'rename',
      key: key('17'),
      remoteId,
      path: 'phones.primary',
      to: B,
      agreed,
    };
    const outcomes = await world.push(block(true, '17'), rename);
    expect(kinds(outcomes)).toEqual(['applied', 'applied']);
    expect(appliedOf(outcomes[1]).raw).toMatchObject({ blocked: true, 'phones.primary': B });
    expect(await held()).toEqual([A, B]);
  });

  test('a refusal that Dialpad does not take stops what comes behind it, and is blamed', async () => {
    seed(1);
    await world.fault({ kind: 'error', error: 'bad-request', match: 'POST *add', count: 1 });
    const more = { ...update(idOf('0'), { job_title: 'x' }), key: key('0') } as AppCommand;
    expect(await world.push(block(true), more)).toMatchObject([
      { kind: 'rejected', path: 'blocked' },
      { kind: 'retry', scope: 'budget' },
    ]);
    expect(world.calls()['PATCH /contacts/{id}']).toBeUndefined();
  });

  test('who opted out of texts cannot be told to Dialpad, and that is said of the field', async () => {
    seed(1);
    const command: AppCommand = {
      kind: 'consent',
      key: key('0'),
      remoteId: idOf('0'),
      path: 'sms_consent',
      to: 'unsubscribed',
    };
    expect(await world.push(command)).toMatchObject([{ kind: 'rejected', path: 'sms_consent' }]);
  });

  test('every call for it counts against the company’s, and those for opt-outs against their own', async () => {
    seed(60);
    const targets = Array.from({ length: 60 }, (_, n) => ({
      remoteId: idOf(String(n)),
      match: null,
    }));
    await world.fetch(...targets);
    const limits = await world.limits();
    expect([limits['company']?.refused, limits['optOuts']?.refused]).toEqual([0, 0]);
    expect(limits['company']?.peak).toBeLessThanOrEqual(20);
    expect(
      (await world.rates.loadRate(`dialpad/${world.dialpad.simulator.companyId}/optOuts`)).version,
    ).toBeGreaterThan(0);
  });
});
