import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { journalPath, openKeptData } from '../../lib/local/sandbox/kept-data.ts';
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
    const open = (): ReturnType<typeof openKeptData> => openKeptData(dir, ['mailchimp']);
    const first = await open();
    const filled = [first.isFilled('mailchimp')];
    writeFileSync(journalPath(dir, 'mailchimp'), 'an audience without members, yet');
    first.release();
    const second = await open();
    filled.push(second.isFilled('mailchimp'));
    second.noteFilled('mailchimp');
    second.release();
    const third = await open();
    filled.push(third.isFilled('mailchimp'));
    third.release();
    expect(filled).toEqual([false, false, true]);
  });

  test('is filled for an app that another start adds, and for that one alone', async () => {
    const first = await openKeptData(dir, ['mailchimp']);
    writeFileSync(journalPath(dir, 'mailchimp'), 'an audience');
    first.noteFilled('mailchimp');
    first.release();
    const second = await openKeptData(dir, ['mailchimp', 'meta']);
    second.release();
    expect([second.isFilled('mailchimp'), second.isFilled('meta')]).toEqual([true, false]);
  });
});
