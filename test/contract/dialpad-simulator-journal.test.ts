/** State that is kept: across a stop, across kill -9, across a torn last line. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startReceiver } from '../support/webhook-receiver.ts';
import { ada, call, pathOf, startDialpad } from './dialpad-simulator-world.ts';
import type { Body, DialpadWorld, WorldOptions } from './dialpad-simulator-world.ts';

const servePath = join(import.meta.dirname, '../../lib/local/dialpad/serve.ts');

describe('the journal of the simulated Dialpad', () => {
  let directory: string;
  let statePath: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trivet-dialpad-'));
    statePath = join(directory, 'state', 'dialpad.jsonl');
  });

  /** What a failed test left running. */
  const endings: (() => unknown)[] = [];

  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
    rmSync(directory, { recursive: true, force: true });
  });

  const start = async (options: WorldOptions = {}): Promise<DialpadWorld> => {
    const world = await startDialpad({ statePath, ...options });
    endings.push(async () => world.stop());
    return world;
  };

  const startProcess = async (options: object): Promise<{ child: ChildProcess; ready: Body }> => {
    const child = spawn(process.execPath, [servePath, JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    endings.push(() => child.kill('SIGKILL'));
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return { child, ready: JSON.parse(line) as Body };
  };

  const storyOf = async (world: DialpadWorld): Promise<unknown[]> => [
    (await world.control('GET', '/contacts')).body,
    (await world.api('GET', '/contacts')).body,
    (await world.api('GET', '/webhooks')).body,
    (await world.api('GET', '/subscriptions/contact')).body,
    (await world.control('GET', '/blocked')).body,
    (await world.control('GET', '/opt-outs')).body,
    (await world.control('GET', '/settings')).body,
    (await world.control('GET', '/clock')).body,
  ];

  test('brings everything back, and gives no id twice', async () => {
    const first = await start();
    await first.control('POST', '/settings', { patchOmitted: 'clear', pageRows: 50 });
    await first.control('POST', '/clock', { advanceMs: 5000 });
    first.simulator.seedContacts(
      Array.from({ length: 30 }, (_, index) => ({ ...ada, uid: `${index}` })),
    );
    const made = await first.api('POST', '/contacts', ada);
    await first.api('DELETE', pathOf(made.body['id']));
    await first.person('edit', { uid: '7', set: { job_title: 'Countess' } });
    const hook = await first.api('POST', '/webhooks', { hook_url: 'https://a.test', secret: 's' });
    const endpoint = { contact_type: 'local', endpoint_id: hook.body['id'] };
    await first.api('POST', '/subscriptions/contact', endpoint);
    await first.api('POST', '/blockednumbers/add', { numbers: ['+14155550100', '+14155550101'] });
    await first.person('unblock', { phone: '+14155550101' });
    await first.person('opt-out', { phone: '+14155550100' });
    const before = await storyOf(first);
    await first.stop();

    const second = await start({ seed: 99 });
    expect(second.simulator.isResumed).toBe(true);
    expect(await storyOf(second)).toEqual(before);
    expect(second.simulator.apiKey).toBe(first.simulator.apiKey);
    expect(second.simulator.companyId).toBe(first.simulator.companyId);
    const again = await second.api('POST', '/contacts', ada);
    expect(again.body['id']).not.toBe(made.body['id']);
    const hooks = await second.api('POST', '/webhooks', { hook_url: 'https://b.test' });
    expect(hooks.body['id']).not.toBe(hook.body['id']);
  });

  test('remembers the events that are owed', async () => {
    const receiver = await startReceiver();
    endings.push(async () => receiver.stop());
    const late = { duplicateRate: 0, reorderRate: 1, reorderDelayMsMax: 600_000 };
    const first = await start({ delivery: late });
    const hook = await first.api('POST', '/webhooks', { hook_url: receiver.url, secret: 's' });
    const endpoint = { contact_type: 'shared', endpoint_id: hook.body['id'] };
    await first.api('POST', '/subscriptions/contact', endpoint);
    await first.person('create', { first_name: 'Ada' });
    expect((await first.control('GET', '/deliveries')).body).toEqual({ pending: 1 });
    await first.stop();
    expect(receiver.posts()).toEqual([]);
    await start();
    expect(await receiver.waitFor(1)).toHaveLength(1);
  });

  test('drops a last line that was cut off', async () => {
    const first = await start();
    first.simulator.seedContacts([ada]);
    await first.stop();
    appendFileSync(statePath, '{"kind":"contacts","contacts":[');
    const second = await start();
    expect((await second.control('GET', '/contacts')).body['contacts']).toHaveLength(1);
  });

  test('lets what is given now win over what is remembered', async () => {
    const first = await start({ settings: { patchOmitted: 'clear', endCursor: 'null' } });
    await first.stop();
    const second = await start({ settings: { patchOmitted: 'keep' }, apiKey: 'other' });
    expect((await second.control('GET', '/settings')).body).toMatchObject({
      patchOmitted: 'keep',
      endCursor: 'null',
    });
    expect(second.simulator.apiKey).toBe('other');
    await expect(startDialpad({ settings: { patchOmitted: 'never' } })).rejects.toThrow(
      'patchOmitted',
    );
  });

  test('loses nothing that was answered when the process is killed', async () => {
    const exchangeLogPath = join(directory, 'exchanges.jsonl');
    const options = { seed: 3, statePath, exchangeLogPath, endsWithStdin: true };
    const first = await startProcess(options);
    const url = `${String(first.ready['baseUrl'])}/api/v2/contacts`;
    const headers = { authorization: `Bearer ${String(first.ready['apiKey'])}` };
    for (let uid = 0; uid < 15; uid += 1) {
      const body = JSON.stringify({ ...ada, uid: String(uid) });
      expect((await call(url, { method: 'PUT', headers, body })).status).toBe(200);
    }
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    expect(readFileSync(exchangeLogPath, 'utf8').trim().split('\n')).toHaveLength(15);

    const world = await start();
    expect((await world.control('GET', '/contacts')).body['contacts']).toHaveLength(15);
  });

  test('belongs to a process that ends by SIGTERM, and when its parent is gone', async () => {
    const first = await startProcess({ seed: 3 });
    first.child.kill('SIGTERM');
    expect(await once(first.child, 'exit')).toEqual([0, null]);
    const second = await startProcess({ seed: 3, endsWithStdin: true });
    second.child.stdin?.end();
    expect(await once(second.child, 'exit')).toEqual([0, null]);
  });
});
