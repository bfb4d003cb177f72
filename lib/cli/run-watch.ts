/** What `trivet watch` does: looks every few seconds, and shows what it saw until somebody has seen enough. */
import { startCounting, type BackgroundCount } from './background-count.ts';
import { noTarget } from './failure.ts';
import { createInk } from './print/ink.ts';
import { formatLine, formatScreen } from './print/watch.ts';
import { listenForQuit, openScreen } from './screen.ts';
import { rest, stopAtSignal } from './stop-signal.ts';
import { chosenSyncs, type Target } from './target.ts';
import { lookAtSync, type SyncSnapshot } from './watch-snapshot.ts';
import { nameTarget, placeOf, withTarget, type TargetOptions } from './with-target.ts';

export interface WatchOptions extends TargetOptions {
  readonly interval: number;
  /** False by `--no-count`. */
  readonly count: boolean;
}

export async function runWatch(name: string | undefined, options: WatchOptions): Promise<void> {
  const stopping = stopAtSignal();
  const { signal } = stopping;
  // Whoever read the lines has seen enough: `trivet watch --json | head -1`.
  process.stdout.on('error', () => stopping.abort());
  await withTarget(options, {}, async (target) => {
    if (!target.isRunning) {
      throw noTarget(
        `${nameTarget(target)}: there is nothing to watch. Start it: npx trivet local`,
      );
    }
    const syncs = chosenSyncs(target, name).map(({ spec }) => spec.name);
    const look = createLook(target, syncs, { ...options, signal });
    const isView = options.json !== true && process.stdout.isTTY;
    if (isView)
      await watchOnScreen(target, look, { options, signal, stop: () => stopping.abort() });
    else await watchAsLines(target, look, options, signal);
  });
}

/** Null when somebody has seen enough while it looked. */
type Look = () => Promise<readonly SyncSnapshot[] | null>;

function createLook(
  target: Target,
  syncs: readonly string[],
  { count, signal }: { readonly count: boolean; readonly signal: AbortSignal },
): Look {
  const counts = new Map<string, BackgroundCount>();
  const lookAtAll = async (): Promise<readonly SyncSnapshot[]> => {
    const seen = await Promise.all(
      syncs.map((sync) => lookAtSync(target, sync, counts.get(sync)?.latest() ?? null)),
    );
    // Only after the first look, which should come at once.
    if (count && counts.size === 0 && !signal.aborted) {
      for (const sync of syncs) {
        counts.set(sync, startCounting(target.state, sync, target.clock, signal));
      }
    }
    return seen;
  };
  return () => Promise.race([lookAtAll(), aborted(signal)]);
}

const aborted = (signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });

interface Watching {
  readonly options: WatchOptions;
  readonly signal: AbortSignal;
  readonly stop: () => void;
}

async function watchOnScreen(target: Target, look: Look, watching: Watching): Promise<void> {
  const { options, signal, stop } = watching;
  const ink = createInk(process.stdout);
  const head = `trivet watch  ${nameTarget(target)}`;
  let seen: readonly SyncSnapshot[] | null = null;
  const draw = (): void => {
    const about = { screen: screen.size(), now: target.clock.now() };
    screen.draw(formatScreen(ink, head, seen, about));
  };
  const screen = openScreen(process.stdout, draw);
  const release = listenForQuit(process.stdin, stop);
  try {
    draw();
    while (!signal.aborted) {
      seen = (await look()) ?? seen;
      draw();
      await rest(options.interval * 1000, signal);
    }
  } finally {
    release();
    screen.leave();
  }
}

async function watchAsLines(
  target: Target,
  look: Look,
  { interval, json }: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  const ink = createInk(process.stdout);
  if (json !== true) process.stdout.write(`${nameTarget(target)}\n`);
  while (!signal.aborted) {
    const seen = await look();
    if (seen === null) return;
    const now = target.clock.now();
    const text =
      json === true
        ? JSON.stringify(documentOf(target, seen, now))
        : seen.map((sync) => formatLine(ink, sync, now)).join('\n');
    process.stdout.write(`${text}\n`);
    await rest(interval * 1000, signal);
  }
}

const documentOf = (target: Target, seen: readonly SyncSnapshot[], at: number): object => ({
  ...placeOf(target),
  at,
  syncs: Object.fromEntries(seen.map(({ name, ...sync }) => [name, sync])),
});
