import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mailchimpPath, openKeptData } from '../../lib/local/sandbox/kept-data.ts';
import { claimDataDir } from '../../lib/local/services/data-dir-claim.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'trivet-kept-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

describe('a data directory', () => {
  test('belongs to one of two that claim it at the same moment, and to the next after it', async () => {
    const claims = await Promise.allSettled([claimDataDir(dir), claimDataDir(dir)]);
    const [winner] = claims.filter((claim) => claim.status === 'fulfilled');
    const [loser] = claims.filter((claim) => claim.status === 'rejected');
    expect(String(loser?.reason)).toContain(`${dir} is in use by`);
    winner?.value.release();
    (await claimDataDir(dir)).release();
  });

  test('counts as filled when a start has said so, not when it has begun', async () => {
    const first = await openKeptData(dir);
    writeFileSync(mailchimpPath(dir), 'an audience without members, yet');
    first.release();
    const second = await openKeptData(dir);
    second.noteFilled();
    second.release();
    const third = await openKeptData(dir);
    third.release();
    const filled = [first, second, third].map(({ isFilled }) => isFilled);
    expect(filled).toEqual([false, false, true]);
  });
});
