/** State that is kept: across a stop, across kill -9, across a torn last line. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { call, startWorld } from './mailchimp-simulator-world.ts';
import type { Body, SimulatorWorld } from './mailchimp-simulator-world.ts';

const servePath = join(import.meta.dirname, '../../lib/local/mailchimp/serve.ts');

describe('the journal of the simulated Mailchimp', () => {
  let directory: string;
  let statePath: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trivet-mailchimp-'));
    statePath = join(directory, 'state', 'mailchimp.jsonl');
  });

  /** What a failed test left running. */
  const endings: (() => unknown)[] = [];

  const start = async (options: Parameters<typeof startWorld>[0] = {}): Promise<SimulatorWorld> => {
    const world = await startWorld(options);
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

  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
    rmSync(directory, { recursive: true, force: true });
  });

  const storyOf = async (world: SimulatorWorld): Promise<unknown[]> => [
    (await world.control('GET', '/members')).body['members'],
    (
      await world.api(
        'GET',
        '/members?sort_field=last_changed&exclude_fields=members._links,_links',
      )
    ).body,
    (await world.api('GET', '/merge-fields?exclude_fields=merge_fields._links,_links')).body,
    (await world.api('GET', '/tag-search?name=')).body,
    (
      await world.api('POST', '/members', {
        email_address: 'erased@trivet.test',
        status: 'pending',
      })
    ).body['title'],
  ];

  test('brings everything back, in the same order, and gives no id twice', async () => {
    const first = await start({ statePath });
    first.simulator.seedMembers([
      { email_address: 'a@trivet.test', tags: ['vip'] },
      { email_address: 'erased@trivet.test' },
      { email_address: 'b@trivet.test', status: 'unsubscribed', is_held: true },
    ]);
    await first.api('PATCH', '/members/a@trivet.test', { merge_fields: { CITY: 'Wien' } });
    await first.api('POST', '/merge-fields', { name: 'Plan', type: 'text', tag: 'PLAN' });
    await first.control('POST', '/people/delete-permanently', { email: 'erased@trivet.test' });
    const before = await storyOf(first);
    await first.stop();

    const second = await start({ statePath, seed: 99 });
    expect(await storyOf(second)).toEqual(before);
    expect(second.simulator.audienceId).toBe(first.simulator.audienceId);
    expect(second.simulator.apiKey).toBe(first.simulator.apiKey);
    const added = await second.api('POST', '/members', {
      email_address: 'c@trivet.test',
      status: 'subscribed',
    });
    expect(JSON.stringify(before)).not.toContain(String(added.body['contact_id']));
    const { body } = await second.api('PATCH', '/members/b@trivet.test', { status: 'subscribed' });
    expect(body['title']).toBe('Member In Compliance State');
    await second.stop();
  });

  test('drops a last line that was cut off', async () => {
    const first = await start({ statePath });
    first.simulator.seedMembers([{ email_address: 'a@trivet.test' }]);
    await first.stop();
    appendFileSync(statePath, '{"kind":"member","member":{"ema');
    const second = await start({ statePath });
    expect((await second.api('GET', '/members')).body['total_items']).toBe(1);
    await second.stop();
  });

  test('still owes a webhook that was not delivered before the stop', async () => {
    const first = await start({ statePath, webhooks: { delayMsMax: 60_000, reorderRate: 0 } });
    const receiver = await start();
    // Any server that answers 200 will do as a receiver, and another simulator counts what it is asked.
    const url = `${receiver.simulator.controlUrl}/stats`;
    const hook = await first.api('POST', '/webhooks', { url, events: { subscribe: true } });
    expect(hook.status).toBe(200);
    await first.control('POST', '/people/signup', { email: 'a@trivet.test' });
    expect((await first.control('GET', '/deliveries')).body).toEqual({ pending: 1 });
    await first.stop();
    const second = await start({
      statePath,
      webhooks: { delayMsMax: 60_000, reorderRate: 0 },
    });
    expect((await second.control('GET', '/deliveries')).body).toEqual({ pending: 1 });
    await second.stop();
    await receiver.stop();
  });

  test('loses nothing that was answered when the process is killed', async () => {
    const first = await startProcess({ seed: 3, statePath, endsWithStdin: true });
    const list = `${String(first.ready['baseUrl'])}/lists/${String(first.ready['audienceId'])}`;
    const headers = { authorization: `Bearer ${String(first.ready['apiKey'])}` };
    const rows = Array.from({ length: 200 }, (_, index) => `p${index}@trivet.test`);
    const members = rows.map((email) => ({ email_address: email, status: 'subscribed' }));
    const bulk = await call(list, { method: 'POST', headers, body: JSON.stringify({ members }) });
    expect(bulk.body['total_created']).toBe(200);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');

    const world = await start({ statePath });
    expect((await world.api('GET', '/members')).body['total_items']).toBe(200);
    await world.stop();
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
