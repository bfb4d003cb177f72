/** State that is kept: across a stop, across kill -9, across a torn last line. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { call, mail, startMeta } from './meta-simulator-world.ts';
import type { Body, MetaWorld } from './meta-simulator-world.ts';

const servePath = join(import.meta.dirname, '../../lib/local/meta/serve.ts');

describe('the journal of the simulated Meta', () => {
  let directory: string;
  let statePath: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trivet-meta-'));
    statePath = join(directory, 'state', 'meta.jsonl');
  });

  /** What a failed test left running. */
  const endings: (() => unknown)[] = [];

  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
    rmSync(directory, { recursive: true, force: true });
  });

  const start = async (options: Parameters<typeof startMeta>[0] = {}): Promise<MetaWorld> => {
    const world = await startMeta({ statePath, ...options });
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

  const storyOf = async (world: MetaWorld): Promise<unknown[]> => [
    (await world.control('GET', `/audiences/${world.simulator.audienceId}`)).body,
    (await world.control('GET', '/audiences')).body,
    (await world.control('GET', '/settings')).body,
    (await world.control('GET', '/clock')).body,
  ];

  const customers = { subtype: 'CUSTOM', customer_file_source: 'USER_PROVIDED_ONLY' };

  test('brings everything back, and gives no id twice', async () => {
    const first = await start();
    const edge = `./${first.simulator.adAccountId}/customaudiences`;
    await first.control('POST', '/settings', { samples: 'array', termsAccepted: true });
    await first.control('POST', '/clock', { advanceMs: 5000 });
    await first.add(
      ['EXTERN_ID', 'EMAIL'],
      [
        ['crm-1', mail('ada')],
        ['crm-2', mail('bob')],
      ],
    );
    await first.remove('EMAIL', [mail('bob')]);
    const session = { session_id: 5, batch_seq: 1, last_batch_flag: false };
    await first.add(['EMAIL'], [[mail('eve')]], { session });
    const made = await first.api('POST', edge, { name: 'Gone', ...customers });
    await first.api('DELETE', `./${String(made.body['id'])}`);
    await first.control('POST', `/audiences/${first.simulator.audienceId}`, {
      operation_status: 100,
    });
    const before = await storyOf(first);
    await first.stop();

    const second = await start({ seed: 99 });
    expect(second.simulator.isResumed).toBe(true);
    expect(await storyOf(second)).toEqual(before);
    expect(second.simulator.accessToken).toBe(first.simulator.accessToken);
    expect(second.simulator.adAccountId).toBe(first.simulator.adAccountId);
    const again = await second.api('POST', edge, { name: 'New', ...customers });
    expect(again.body['id']).not.toBe(made.body['id']);
    // The session goes on, and the external id is still known.
    await second.add(['EMAIL'], [[mail('joe')]], { session: { ...session, batch_seq: 2 } });
    await second.remove('EXTERN_ID', ['crm-1']);
    expect(await second.members()).toEqual([{ EMAIL: mail('eve') }, { EMAIL: mail('joe') }]);
  });

  test('drops a last line that was cut off', async () => {
    const first = await start();
    await first.add('EMAIL', [mail('ada')]);
    await first.stop();
    appendFileSync(statePath, '{"kind":"members","audienceId":"');
    const second = await start();
    expect(await second.members()).toHaveLength(1);
  });

  test('lets what is given now win over what is remembered', async () => {
    const first = await start({ settings: { tier: 'limited', samples: 'array' } });
    await first.stop();
    const second = await start({ settings: { tier: 'full' }, accessToken: 'EAABother' });
    expect((await second.control('GET', '/settings')).body).toMatchObject({
      tier: 'full',
      samples: 'array',
    });
    expect(second.simulator.accessToken).toBe('EAABother');
    await expect(startMeta({ settings: { tier: 'none' } })).rejects.toThrow('tier');
  });

  test('loses nothing that was answered when the process is killed', async () => {
    const first = await startProcess({ seed: 3, statePath, endsWithStdin: true });
    const users = `${String(first.ready['baseUrl'])}/v26.0/${String(first.ready['audienceId'])}/users`;
    const headers = {
      authorization: `Bearer ${String(first.ready['accessToken'])}`,
      'content-type': 'application/json',
    };
    const data = Array.from({ length: 3000 }, (_, index) => mail(`p${index}`));
    const body = JSON.stringify({ payload: { schema: 'EMAIL', data } });
    const added = await call(users, { method: 'POST', headers, body });
    expect(added.body['num_received']).toBe(3000);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');

    const world = await start();
    expect(await world.members()).toHaveLength(3000);
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
