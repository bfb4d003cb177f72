/** The sweep as a person asks for it, against a real Postgres, the state tables and the simulated audience. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Proof } from '../../lib/engine/proof.ts';
import { bothSides } from '../support/equal-sides.ts';
import { openSandbox, type SandboxUnderTest } from '../support/sandbox.ts';

const ROOT = join(import.meta.dirname, '../..');
const SYNC = 'contacts-news';

interface Swept {
  readonly syncs: Readonly<Record<string, { readonly outcome: string; readonly proof: Proof }>>;
}

describe('trivet sweep', () => {
  let sandbox: SandboxUnderTest;

  beforeAll(async () => {
    sandbox = await openSandbox(['--contacts', '120', '--seed', '5']);
    await sandbox.settle();
  });
  afterAll(() => sandbox.stop());

  const trivet = (...args: string[]): Promise<{ code: unknown; text: string }> =>
    new Promise((done) => {
      const command = [join(ROOT, 'bin/trivet.ts'), ...args];
      const on = ['--sandbox', sandbox.description.control];
      execFile(process.execPath, [...command, ...on], { cwd: ROOT }, (error, stdout, stderr) =>
        done({ code: error === null ? 0 : error.code, text: stdout + stderr }),
      );
    });
  const sweep = async (): Promise<Proof> => {
    const { code, text } = await trivet('sweep', SYNC, '--json');
    const swept = (JSON.parse(text) as Swept).syncs[SYNC];
    expect([code, swept?.outcome]).toEqual([0, 'done']);
    if (swept === undefined) throw new Error(`no sweep of ${SYNC}: ${text}`);
    return swept.proof;
  };

  test('proves that everybody is equal, and touches nobody', async () => {
    const before = await sandbox.stats();
    const proof = await sweep();
    const { routes, rowsWritten } = await sandbox.stats();
    const { total, 'in step': inStep } = (await sandbox.status()).syncs[SYNC]?.records ?? {};
    expect(proof).toMatchObject({ equal: inStep, sent: 0, gone: 0 });
    const apart = [proof.differing, proof.onlyCrm, proof.onlyApp].flatMap((counts) =>
      Object.values(counts),
    );
    expect(apart.reduce((sum, count) => sum + count, proof.equal)).toBeGreaterThanOrEqual(
      total ?? 0,
    );
    expect(rowsWritten).toBe(before.rowsWritten);
    const looked = (all: typeof routes): unknown => all['GET /lists/{id}/members/{hash}'];
    expect(looked(routes)).toEqual(looked(before.routes));
  });

  test('repairs rows that were changed and deleted with the triggers off, and says so', async () => {
    await sandbox.sql('alter table contacts disable trigger all');
    await sandbox.sql(`update contacts set city = 'Silentville' where id between 1 and 3`);
    await sandbox.sql('alter table contacts enable trigger all');
    const proof = await sweep();
    expect(proof.differing['drifted']).toBe(3);
    expect(proof.samples.map(({ key }) => key).toSorted()).toEqual(['1', '2', '3']);
    const { crm, app } = await bothSides(sandbox);
    expect(app).toEqual(crm);
    expect(app.filter(({ city }) => city === 'Silentville')).toHaveLength(3);
    expect((await sweep()).sent).toBe(0);
  });

  test('and status says how old the proof is', async () => {
    const { text } = await trivet('status', SYNC);
    expect(text).toMatch(/proof +[\d.]+ \S+ old: [\d,]+ equal/);
  });
});
