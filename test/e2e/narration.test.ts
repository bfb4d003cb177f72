/** `npm start` as a newcomer sees it, without a terminal: what is told, and that nothing stays behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '../..');

interface Show {
  readonly child: ChildProcess;
  /** Waits until the output matches. */
  until(pattern: RegExp): Promise<string>;
  readonly ended: Promise<number | null>;
}

/** In a process group of its own: a Ctrl-C at a terminal reaches all of it. */
function start(mark: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Show {
  const child = spawn(process.execPath, [join(ROOT, 'bin/trivet.ts'), 'sandbox', ...args], {
    env: { ...process.env, ...env, TRIVET_TEST_MARK: mark },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  let told = '';
  const watchers = new Set<() => void>();
  child.stdout.on('data', (data: Buffer) => {
    told += data.toString();
    for (const watch of watchers) watch();
  });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  return {
    child,
    ended,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const watch = (): void => {
          if (!pattern.test(told)) return;
          watchers.delete(watch);
          resolve(told);
        };
        watchers.add(watch);
        watch();
        void ended.then(() => reject(new Error(`it ended without ${String(pattern)}:\n${told}`)));
      }),
  };
}

/** Every process that was started with this mark in its environment, directly or by a child. */
const processesOf = (mark: string): readonly string[] =>
  readdirSync('/proc').filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(mark));

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    // It ended while we looked, or belongs to somebody else.
    return '';
  }
}

describe('the narrated sandbox', () => {
  const mark = randomUUID();
  let show: Show;

  beforeAll(() => {
    show = start(mark, ['--contacts', '100', '--schedule', '1']);
  });
  afterAll(async () => {
    show.child.kill('SIGKILL');
    await show.ended;
  });

  test('tells the first sync with its numbers, where things are, and what to try', async () => {
    const told = await show.until(/Ctrl-C stops everything/);
    expect(told).toMatch(/first sync: \d+ of 105 records/);
    expect(told).toMatch(/First sync: 105 records in \d+\.\d s/);
    expect(told).toMatch(/on both sides, linked +75 +75\n/);
    expect(told).toMatch(/created +25 +5\n/);
    expect(told).toMatch(/postgres:\/\/.*\n.*http:\/\/127.*\n.*GET \/status/);
    expect(told).toContain('npx trivet explain contacts-news 17 email');
  });

  test('makes edits at both sides and says when each was there', async () => {
    const told = await show.until(/CRM: .*→ Mailchimp, [\s\S]*Mailchimp: .* → CRM, /);
    expect(told).toMatch(/CRM: contact \d+ \w+ “.*” → Mailchimp, \d+\.\d s/);
    expect(told).toMatch(/Mailchimp: PHONE “.*” of .* → CRM, \d+\.\d s/);
  });

  test('stops at Ctrl-C with exit code 0 and leaves no process', async () => {
    expect(processesOf(mark).length).toBeGreaterThan(3);
    show.child.kill('SIGINT');
    const told = await show.until(/stopped; no process is left/);
    expect(told).toContain('· stopping\n');
    expect(await show.ended).toBe(0);
    expect(processesOf(mark)).toEqual([]);
  });
});

test('a Ctrl-C while it starts ends it with exit code 0 and leaves neither process nor file', async () => {
  const mark = randomUUID();
  const temp = mkdtempSync(join(tmpdir(), 'trivet-early-'));
  const show = start(mark, ['--contacts', '10'], { TMPDIR: temp });
  const assembly = (): string | undefined =>
    readdirSync(temp).find((name) => name.startsWith('trivet-assembly-'));
  while (assembly() === undefined) await sleep(10);
  process.kill(-(show.child.pid as number), 'SIGINT');
  await show.until(/stopped before everything had started; no process is left/);
  expect(await show.ended).toBe(0);
  expect(processesOf(mark)).toEqual([]);
  expect(assembly()).toBeUndefined();
  rmSync(temp, { recursive: true });
});
