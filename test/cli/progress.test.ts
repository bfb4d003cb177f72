/** Progress on a terminal: rates and times left, and lines that are written anew in place. */
import { formatDeeds } from '../../lib/cli/print/deeds.ts';
import { plainInk } from '../../lib/cli/print/ink.ts';
import { createLiveLines } from '../../lib/cli/print/live-lines.ts';
import { tellLine } from '../../lib/cli/print/log-line.ts';
import { createPacemeter, formatRoundProgress } from '../../lib/cli/print/progress.ts';
import type { RoundProgress } from '../../lib/flow/follow-round.ts';

describe('the pace', () => {
  test('is of the last half minute, and says nothing before a second has passed', () => {
    const measure = createPacemeter();
    expect(measure(0, 1_000, 0)).toEqual({ rate: null, leftMs: null });
    expect(measure(100, 1_000, 500)).toEqual({ rate: null, leftMs: null });
    expect(measure(200, 1_000, 2_000)).toEqual({ rate: 100, leftMs: 8_000 });
    // What went on before is forgotten: it stands still now.
    expect(measure(200, 1_000, 32_500)).toEqual({ rate: null, leftMs: null });
    expect(measure(200, 1_000, 34_000)).toEqual({ rate: 0, leftMs: null });
  });

  test('tells no time left where nobody knows how much there is', () => {
    const measure = createPacemeter();
    measure(0, null, 0);
    expect(measure(500, null, 1_000)).toEqual({ rate: 500, leftMs: null });
  });
});

describe('a line of progress', () => {
  const progress = (more: Partial<RoundProgress>): RoundProgress => ({
    stage: 'waiting',
    backfill: null,
    depth: 0,
    cooling: null,
    ...more,
  });
  const line = (more: Partial<RoundProgress>, total: number | null = null): string =>
    formatRoundProgress(plainInk, 'contacts-news', progress(more), {
      total,
      now: 0,
      pace: {
        rate: 900,
        leftMs: 40_000,
      },
    });

  test('shows a backfill with its rate and the time left, and never more than all', () => {
    const backfill = { reason: 'first sync', phase: 'app' as const, routed: 12_000 };
    expect(line({ stage: 'backfill', backfill }, 48_000)).toMatch(
      /^contacts-news {2}first sync █{7}░{21} 12,000 of about 48,000, 900\/s, about 40\.0 s left$/,
    );
    expect(line({ stage: 'backfill', backfill }, 10_000)).toContain('10,000 of about 10,000');
    expect(line({ stage: 'backfill', backfill })).toContain('first sync: 12,000 looked at, 900/s');
  });

  test('says for what it waits', () => {
    expect(line({})).toContain('waiting for the round');
    expect(line({ stage: 'reading' })).toContain('reading what changed');
    expect(line({ stage: 'lanes', depth: 1 })).toContain('1 message in the lanes');
    const cooling = { until: 5_000, attempts: 2, reason: 'Mailchimp does not answer.' };
    expect(line({ cooling })).toMatch(/resting until .*: Mailchimp does not answer\./);
  });
});

describe('lines written in place', () => {
  const terminal = (columns: number) => {
    const out = { columns, text: '', write: (text: string) => void (out.text += text) };
    return out;
  };

  test('replace each other, are cut to the screen, and leave nothing behind', () => {
    const out = terminal(10);
    const live = createLiveLines({ isTerminal: true }, out);
    live.show(['one', 'a line too long']);
    out.text = '';
    live.show(['two']);
    expect(out.text).toBe('\r\u001b[2A\u001b[Jtwo\n');
    out.text = '';
    live.clear();
    live.clear();
    expect(out.text).toBe('\r\u001b[1A\u001b[J');
  });

  test('are not shown where nobody watches', () => {
    const out = terminal(80);
    const live = createLiveLines({ isTerminal: false }, out);
    live.show(['one']);
    live.clear();
    expect(out.text).toBe('');
  });
});

test('what a round did is told by end, and what did not happen is not', () => {
  const actions = { 'create-app': 40, 'write-app': 1, 'write-crm': 2, park: 1, agree: 3 };
  expect(formatDeeds(plainInk, { records: 47, actions, isCut: false })).toEqual([
    '  app        40 records created · 1 field written',
    '  CRM        2 fields written',
    '  both ends  3 values found equal',
    '             1 parked',
  ]);
  expect(formatDeeds(plainInk, { records: 0, actions: {}, isCut: false })).toEqual([]);
});

describe('a function’s log line for people', () => {
  const tell = (line: string, level: 'info' | 'error' = 'info'): string | null =>
    tellLine({ source: 'pull', level, line });

  test('is a sentence when it warns, and nothing when all is well', () => {
    const warning = {
      level: 'WARN',
      message: 'sync halted',
      sync: 'contacts-news',
      reason: 'no key',
    };
    expect(tell(JSON.stringify(warning))).toBe('contacts-news: sync halted: no key');
    expect(tell(JSON.stringify({ level: 'INFO', message: 'round' }))).toBeNull();
    expect(tell('chatter')).toBeNull();
  });

  test('is shown as it is when it came from a crash', () => {
    expect(tell('Runtime exited', 'error')).toBe('[pull] Runtime exited');
  });
});
