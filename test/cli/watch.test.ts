/** The view of `trivet watch`: on screens of any size, and what it leaves behind on a terminal. */
import { EventEmitter } from 'node:events';
import { startCounting } from '../../lib/cli/background-count.ts';
import { plainInk, widthOf } from '../../lib/cli/print/ink.ts';
import { formatLine, formatScreen } from '../../lib/cli/print/watch.ts';
import { listenForQuit, openScreen, type TerminalIn } from '../../lib/cli/screen.ts';
import type { SyncSnapshot } from '../../lib/cli/watch-snapshot.ts';
import type { CrmKey } from '../../lib/engine/model.ts';
import type { StateStore } from '../../lib/ports/state.ts';

const NOW = Date.parse('2026-05-04T12:00:10Z');

const NONE = {
  'in step': 0,
  pending: 0,
  waiting: 0,
  conflict: 0,
  quarantined: 0,
  held: 0,
  excluded: 0,
  erased: 0,
  total: 0,
};

function snapshot(more: Partial<SyncSnapshot> = {}): SyncSnapshot {
  return {
    name: 'contacts-news',
    state: 'live',
    checkpoints: null,
    timestamps: null,
    unmatched: 0,
    round: {
      number: 12,
      beganAt: NOW - 5_000,
      endedAt: NOW - 4_000,
      routed: 3,
    },
    lag: {
      sinceRoundMs: 4_000,
      horizon: null,
    },
    backfill: null,
    sweep: null,
    adoption: null,
    paused: null,
    writes: true,
    grant: null,
    erasing: [],
    cooling: null,
    halted: null,
    parked: { conflict: 2 },
    counted: {
      records: {
        ...NONE,
        'in step': 2096,
        conflict: 1,
        total: 2099,
      },
      at: NOW - 14_000,
    },
    lanes: {
      waiting: 1,
      inWork: 2,
    },
    decidedPerMinute: 40,
    recent: Array.from({ length: 30 }, (_, index) => ({
      at: NOW - index * 1_000,
      key: String(index) as CrmKey,
      field: 'city',
      action: 'write-app' as const,
      text: 'The CRM changed it, and the CRM owns it.',
    })),
    ...more,
  };
}

const screenOf = (columns: number, rows: number, syncs = [snapshot()]): readonly string[] =>
  formatScreen(plainInk, 'trivet watch  local .', syncs, { screen: { columns, rows }, now: NOW });

describe('the screen of a watch', () => {
  test('tells what is exact as it is, and of what was counted how long ago', () => {
    const [, , head, counts] = screenOf(120, 24);
    expect(head).toBe(
      'contacts-news  live · round 12, 4.0 s ago · 3 in the lanes · 40 decided a minute',
    );
    // Two conflicts by the index now, though the count saw one.
    expect(counts).toBe('  2 conflict · 2,096 in step (counted 14.0 s ago)');
  });

  test('before the first count, and where the parked are too many to read, it says so', () => {
    expect(screenOf(120, 24, [snapshot({ counted: null })])[3]).toBe(
      '  2 conflict · the rest not counted yet',
    );
    expect(screenOf(120, 24, [snapshot({ parked: null })])[3]).toBe(
      '  2,096 in step · 1 conflict (counted 14.0 s ago)',
    );
  });

  test('names what is wrong with a sync', () => {
    const halted = { since: NOW, reason: 'Mailchimp: API Key Invalid.' };
    const lines = screenOf(120, 24, [snapshot({ state: 'halted', halted })]);
    expect(lines.join('\n')).toMatch(
      /contacts-news {2}halted .*\n.*\n {2}Mailchimp: API Key Invalid\./,
    );
  });

  test.each([
    [200, 60],
    [80, 24],
    [40, 10],
    [20, 5],
    [7, 2],
  ])('fits into %i columns and %i rows', (columns, rows) => {
    const lines = screenOf(columns, rows, [snapshot(), snapshot({ name: 'leads-sales' })]);
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
  });

  test('shows of what was decided lately as much as there is room for, the newest first', () => {
    const lines = screenOf(120, 12);
    expect(lines.filter((line) => line.includes('write app'))).toHaveLength(5);
    expect(lines[6]).toContain('contacts-news  0');
  });
});

test('elsewhere a look is one line, told the same way each time', () => {
  expect(formatLine(plainInk, snapshot(), NOW)).toMatch(
    /contacts-news {3}live {2}round 12, 4\.0 s ago .* 2 conflict · 2,096 in step \(counted 14\.0 s ago\)$/,
  );
});

describe('the terminal', () => {
  function terminal(columns = 80, rows = 24) {
    const out = Object.assign(new EventEmitter(), {
      columns,
      rows,
      text: '',
      write: (text: string) => {
        out.text += text;
      },
    });
    return out;
  }

  test('gets its own screen and its cursor back, once, whatever ended the view', () => {
    const out = terminal();
    const screen = openScreen(out, () => undefined);
    expect(out.text).toBe('\u001b[?1049h\u001b[?25l');
    screen.draw(['one', 'two']);
    out.text = '';
    process.emit('exit', 0);
    screen.leave();
    screen.draw(['too late']);
    expect(out.text).toBe('\u001b[?25h\u001b[?1049l');
    expect(out.listenerCount('resize')).toBe(0);
  });

  test('is drawn anew when its size changes', () => {
    const out = terminal();
    const resized = jest.fn();
    const screen = openScreen(out, resized);
    out.columns = 33;
    out.emit('resize');
    expect(resized).toHaveBeenCalledTimes(1);
    expect(screen.size()).toEqual({ columns: 33, rows: 24 });
    screen.leave();
  });

  test('gives the keyboard to the view until q or Ctrl-C', () => {
    const input = Object.assign(new EventEmitter(), {
      isTTY: true,
      setRawMode: jest.fn(),
      resume: jest.fn(),
      pause: jest.fn(),
    });
    const quit = jest.fn();
    const release = listenForQuit(input as TerminalIn, quit);
    input.emit('data', Buffer.from('x'));
    expect(quit).not.toHaveBeenCalled();
    input.emit('data', Buffer.from('q'));
    input.emit('data', Buffer.from('\u0003'));
    expect(quit).toHaveBeenCalledTimes(2);
    release();
    expect(input.setRawMode.mock.calls).toEqual([[true], [false]]);
    expect(input.listenerCount('data')).toBe(0);
  });

  test('is left alone where there is no keyboard', () => {
    const input = Object.assign(new EventEmitter(), { resume: jest.fn(), pause: jest.fn() });
    listenForQuit(input as TerminalIn, () => undefined)();
    expect(input.listenerCount('data')).toBe(0);
  });
});

test('the background count rests much longer than it counts, and ends when nobody watches any more', async () => {
  const stopping = new AbortController();
  const scan = jest.fn(async () => ({ records: [], cursor: null }));
  const state = { scan } as unknown as StateStore;
  const counting = startCounting(state, 'contacts-news', { now: () => 77 }, stopping.signal);
  expect(counting.latest()).toBeNull();
  await new Promise((resolve) => setImmediate(resolve));
  expect(counting.latest()).toEqual({ records: NONE, at: 77 });
  stopping.abort();
  await new Promise((resolve) => setImmediate(resolve));
  expect(scan).toHaveBeenCalledTimes(1);
});
