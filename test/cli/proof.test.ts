/** A sweep's proof as people read it. */
import {
  formatProof,
  formatSweep,
  formatSweepProgress,
  summaryOf,
} from '../../lib/cli/print/proof.ts';
import { plainInk } from '../../lib/cli/print/ink.ts';
import type { CrmKey } from '../../lib/engine/model.ts';
import { NO_TALLY, type Proof } from '../../lib/engine/proof.ts';

const NOW = Date.UTC(2026, 0, 2, 12);
const ink = plainInk;

const proofOf = (more: Partial<Proof> = {}): Proof => ({
  ...NO_TALLY,
  id: 'sweep-1',
  order: null,
  reason: 'a sweep: everything is compared',
  startedAt: NOW - 3_600_000,
  endedAt: NOW - 3_590_000,
  rows: 0,
  members: 0,
  ...more,
});

const walk = {
  id: 'sweep-2',
  order: 1,
  reason: 'asked for by ann',
  startedAt: NOW,
  phase: 'app',
  cursor: null,
  slices: 1,
  restsUntil: null,
  rows: 0,
  members: 50_000,
} as const;

describe('a proof', () => {
  test('says in one line who is equal, who differs and why, and who is at one end only', () => {
    const proof = proofOf({
      equal: 12_345,
      differing: { conflict: 1, drifted: 2 },
      onlyCrm: { excluded: 40 },
      onlyApp: { 'nobody’s': 7 },
    });
    expect(summaryOf(proof)).toBe(
      '12,345 equal · 3 differing (drifted 2, conflict 1) · 40 only in the CRM (excluded 40) · 7 only in the app (nobody’s 7)',
    );
  });

  test('explains each word that needs it once, and how to look at those that are not equal', () => {
    const proof = proofOf({
      differing: { drifted: 1 },
      onlyCrm: { drifted: 1 },
      samples: [{ key: '17' as CrmKey, why: 'drifted' }],
    });
    const lines = formatProof(ink, 'contacts-news', proof);
    expect(lines.filter((line) => line.includes('no change was announced'))).toHaveLength(1);
    expect(lines.at(-1)).toContain('npx trivet explain contacts-news 17');
  });

  test('of an app that shows nobody says what it was compared with', () => {
    expect(summaryOf(proofOf({ members: null }))).toContain('compared with what the app was told');
  });
});

describe('status', () => {
  test('says how old the last proof is, and how far a sweep under way', () => {
    const sweep = { lastAt: 0, walk, proof: proofOf({ equal: 3 }) };
    expect(formatSweep(ink, { sweep, adoption: null }, NOW)).toEqual([
      ['proof', expect.stringMatching(/^1 h.* old: 3 equal$/)],
      ['sweeping', 'asked for by ann: reading the app, 50,000 records so far'],
    ]);
  });

  test('says that there is none yet, and nothing of code that knows no sweeps', () => {
    const sweep = { lastAt: 0, walk: null, proof: null };
    expect(formatSweep(ink, { sweep, adoption: null }, NOW)).toEqual([
      ['proof', 'none yet: npx trivet sweep'],
    ]);
    expect(formatSweep(ink, { sweep: null, adoption: null }, NOW)).toEqual([]);
  });

  test('tells of a lost position, and that nobody is taken away for it', () => {
    const adoption = { at: NOW, reason: 'The mark is not ours.' };
    const [line] = formatSweep(
      ink,
      { sweep: { lastAt: 0, walk: null, proof: null }, adoption },
      NOW,
    );
    expect(line?.[0]).toBe('met anew');
    expect(line?.[1]).toMatch(/: The mark is not ours\. Nobody is taken away or brought back/);
  });
});

test('a sweep that is followed says what it does', () => {
  const progress = { stage: 'crm', members: 2_000, rows: 1_500, depth: 0 } as const;
  const line = formatSweepProgress(ink, 'contacts-news', progress);
  expect(line).toBe('contacts-news  reading the CRM, 1,500 records so far');
  expect(formatSweepProgress(ink, 'contacts-news', { ...progress, stage: 'lanes', depth: 1 })).toBe(
    'contacts-news  repairing: 1 message in the lanes',
  );
});
