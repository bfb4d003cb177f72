import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { synthesize } from '../../lib/local/synthesize.ts';
import { openSandbox, type SandboxUnderTest } from '../support/sandbox.ts';

interface Template {
  readonly Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
}

const buried = async (sandbox: SandboxUnderTest): Promise<number> =>
  Object.entries((await sandbox.status()).queues)
    .filter(([queue]) => queue.includes('DeadLetters'))
    .reduce((sum, [, depth]) => sum + depth.visible, 0);

/** Lambda stops chains function → queue → same function after 16 hops unless `RecursiveLoop: Allow`. */
describe('a first sync of more than a hundred pages', () => {
  const assemblyDir = mkdtempSync(join(tmpdir(), 'trivet-long-chain-'));
  const configPath = join(import.meta.dirname, 'fixtures/small-pages.config.ts');
  const args = ['--contacts', '1300', '--config', configPath, '--assembly', assemblyDir];
  let sandbox: SandboxUnderTest;

  beforeAll(async () => {
    await synthesize({ configPath, timeouts: 'short', brakes: 'off', outDir: assemblyDir });
  });
  afterEach(() => sandbox.stop());
  afterAll(() => rmSync(assemblyDir, { recursive: true, force: true }));

  test('passes with RecursiveLoop: Allow', async () => {
    sandbox = await openSandbox([...args, '--schedule', '300']);
    const { syncs } = await sandbox.settle(150_000);
    expect(syncs['contacts-news']?.records).toMatchObject({ 'in step': 1365, total: 1365 });
    const { routes } = await sandbox.stats();
    expect(routes['GET /lists/{id}/members']?.['200']).toBeGreaterThan(100);
  });

  test('is cut off without it', async () => {
    const name = readdirSync(assemblyDir).find((file) => file.endsWith('.template.json')) as string;
    const template = JSON.parse(readFileSync(join(assemblyDir, name), 'utf8')) as Template;
    for (const { Properties } of Object.values(template.Resources))
      delete Properties['RecursiveLoop'];
    writeFileSync(join(assemblyDir, name), JSON.stringify(template));
    sandbox = await openSandbox([...args, '--schedule', '300']);
    while ((await buried(sandbox)) === 0) await sleep(100);
    // Nothing is left that would go on with it.
    await expect(sandbox.settle(3_000)).rejects.toThrow('not settled');
    const { syncs } = await sandbox.status();
    expect(syncs['contacts-news']?.backfill).not.toBeNull();
  });
});
