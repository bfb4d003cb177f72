/** What `trivet sync` does: asks for a round of each sync, shows how far it is, and tells what came of it. */
import type { SyncConfig } from '../config/model.ts';
import {
  deedsSince,
  followNext,
  runRound,
  type FollowOptions,
  type RoundDeeds,
  type RoundEnd,
  type RoundProgress,
  type RoundWatch,
} from '../flow/follow-round.ts';
import { allowDestroying } from './allow-destroying.ts';
import { orderRebuild } from './order-rebuild.ts';
import { EXIT } from './failure.ts';
import { formatDeeds } from './print/deeds.ts';
import { createInk, type Ink } from './print/ink.ts';
import { createLiveLines, type LiveLines } from './print/live-lines.ts';
import { createPacemeter, formatRoundProgress } from './print/progress.ts';
import { formatStandstill } from './print/standstill.ts';
import { countOf, formatCount, formatDuration } from './print/words.ts';
import { rest, stopAtSignal } from './stop-signal.ts';
import { chosenSyncs, watchOf, type Target } from './target.ts';
import {
  answerFrom,
  nameTarget,
  placeOf,
  withTarget,
  type Answer,
  type TargetOptions,
} from './with-target.ts';

export interface SyncOptions extends TargetOptions {
  readonly once?: boolean;
  readonly timeout?: number;
  readonly yesDestroy?: number;
  readonly rebuild?: boolean;
}

/** One sync's round as it ended. */
interface Told {
  readonly name: string;
  readonly end: RoundEnd;
  readonly deeds: RoundDeeds | null;
  /** From the asking; null where nobody asked. */
  readonly tookMs: number | null;
}

const WORKS = { works: true };

export async function runSync(name: string | undefined, options: SyncOptions): Promise<void> {
  const { signal } = stopAtSignal();
  if (options.once !== true) {
    await withTarget(options, WORKS, async (target) => {
      await allowDestroying(target, name, options.yesDestroy);
      if (options.rebuild === true) await orderRebuild(target, name);
      await followAll(target, name, options, signal);
    });
    return;
  }
  await answerFrom(
    options,
    async (target) => {
      await allowDestroying(target, name, options.yesDestroy);
      if (options.rebuild === true) await orderRebuild(target, name);
      const board = createBoard(options);
      const timeoutMs = (options.timeout ?? Infinity) * 1000;
      const rounds = chosenSyncs(target, name).map(async (sync) => {
        const around = { timeoutMs, signal, ...board.lineOf(target, sync) };
        const told = await oneRound(target, sync, runRound, around);
        board.finish(sync);
        return told;
      });
      const told = await Promise.all(rounds).finally(() => board.clear());
      return answerOf(told);
    },
    WORKS,
  );
}

/** Rounds without end: the first is asked for, the others come by themselves. */
async function followAll(
  target: Target,
  name: string | undefined,
  options: SyncOptions,
  signal: AbortSignal,
): Promise<void> {
  const board = createBoard(options);
  const ink = createInk(process.stdout);
  const tell = (told: Told): void => {
    board.clear();
    const text =
      options.json === true
        ? JSON.stringify({ ...placeOf(target), syncs: jsonOf([told]) })
        : formatTold(ink, told).join('\n');
    process.stdout.write(`${text}\n`);
  };
  if (options.json !== true) process.stdout.write(`${ink.paint('dim', nameTarget(target))}\n`);
  const follow = async (sync: SyncConfig): Promise<void> => {
    const around = { timeoutMs: Infinity, signal, ...board.lineOf(target, sync) };
    let told = await oneRound(target, sync, runRound, around);
    for (;;) {
      if (told.end.kind === 'stopped') return;
      if (isNews(told)) tell(told);
      const after =
        told.end.kind === 'done' ? told.end.round.number : await lastRound(target, sync);
      // One that stands still is asked again at each ring of the schedule; until then there is nothing to follow.
      if (told.end.kind !== 'done') await rest(STANDSTILL_PAUSE_MS, signal);
      const next = await oneRound(
        target,
        sync,
        (watch, more) => followNext(watch, after, more),
        around,
      );
      told = { ...next, tookMs: null };
    }
  };
  await Promise.all(chosenSyncs(target, name).map(follow)).finally(() => board.clear());
}

const STANDSTILL_PAUSE_MS = 30_000;

const lastRound = async (target: Target, { spec }: SyncConfig): Promise<number> =>
  (await target.state.loadCheckpoint(spec.name))?.round.number ?? 0;

const isNews = ({ end, deeds }: Told): boolean =>
  end.kind !== 'done' || end.round.routed > 0 || (deeds?.records ?? 0) > 0;

async function oneRound(
  target: Target,
  sync: SyncConfig,
  run: (watch: RoundWatch, options: FollowOptions) => Promise<RoundEnd>,
  options: FollowOptions,
): Promise<Told> {
  const { name } = sync.spec;
  const from = target.clock.now();
  const end = await run(watchOf(target, name), options);
  const deeds = end.kind === 'done' ? await deedsSince(target.state, name, end.since) : null;
  return { name, end, deeds, tookMs: target.clock.now() - from };
}

interface Board {
  lineOf(target: Target, sync: SyncConfig): Pick<FollowOptions, 'onProgress'>;
  /** Others may go on for long. */
  finish(sync: SyncConfig): void;
  clear(): void;
}

/** The lines that show how far each sync is: on a terminal, and not for programs. */
function createBoard({ json }: SyncOptions): Board {
  const ink = createInk(process.stderr);
  const live = createLiveLines(ink, process.stderr);
  const isShown = json !== true && ink.isTerminal;
  const lines = new Map<string, string>();
  return {
    lineOf: (target, sync) =>
      isShown ? { onProgress: showOn(target, sync, { ink, live, lines }) } : { onProgress: ignore },
    finish: ({ spec }) => {
      lines.set(spec.name, `${ink.paint('bold', spec.name)}  done`);
    },
    clear: () => live.clear(),
  };
}

const ignore = (): void => undefined;

function showOn(
  target: Target,
  sync: SyncConfig,
  { ink, live, lines }: { ink: Ink; live: LiveLines; lines: Map<string, string> },
): (progress: RoundProgress) => void {
  const { name } = sync.spec;
  const measure = createPacemeter();
  let total: number | null = null;
  let isAsked = false;
  return (progress) => {
    const now = target.clock.now();
    const { backfill } = progress;
    if (backfill !== null && !isAsked) {
      isAsked = true;
      void sizeOfBoth(target, sync).then((size) => (total = size));
    }
    const pace = measure(backfill?.routed ?? 0, total, now);
    lines.set(name, formatRoundProgress(ink, name, progress, { total, pace, now }));
    live.show([...lines.values()]);
  };
}

/** About how many records a backfill looks at; null where an end cannot say, or cannot be asked from here. */
async function sizeOfBoth(target: Target, sync: SyncConfig): Promise<number | null> {
  try {
    const { crm, app, budget } = await target.open(sync);
    const [rows, members] = await Promise.all([crm.size?.(), app.size?.(budget)]);
    return rows === undefined || members?.kind !== 'ok' ? null : rows + members.value;
  } catch {
    // Only the estimate is lost: the round does not need these ends from here.
    return null;
  }
}

function answerOf(all: readonly Told[]): Answer {
  const kinds = all.map(({ end }) => end.kind);
  const exitCode = kinds.some((kind) => kind === 'halted' || kind === 'paused')
    ? EXIT.needsPerson
    : kinds.every((kind) => kind === 'done')
      ? EXIT.ok
      : EXIT.failed;
  return {
    json: { syncs: jsonOf(all) },
    lines: (ink) => all.flatMap((told) => formatTold(ink, told)),
    exitCode,
  };
}

function jsonOf(all: readonly Told[]): Record<string, unknown> {
  return Object.fromEntries(
    all.map(({ name, end, deeds, tookMs }) => {
      const { kind, ...more } = end;
      return [name, { outcome: kind, tookMs, ...more, ...deeds }];
    }),
  );
}

function formatTold(ink: Ink, { name, end, deeds, tookMs }: Told): readonly string[] {
  if (end.kind !== 'done') return [formatStandstill(ink, name, end)];
  const { number, routed } = end.round;
  const took = tookMs === null ? '' : ` done in ${formatDuration(tookMs)}`;
  const decided =
    deeds === null || deeds.records === 0
      ? 'nothing to decide'
      : `${countOf(deeds.records, 'record', 'records')} decided`;
  const head = ink.paint('bold', name);
  return [
    `${head}  round ${formatCount(number)}${took}: ${countOf(routed, 'reference', 'references')}, ${decided}`,
    ...(deeds === null ? [] : formatDeeds(ink, deeds)),
  ];
}
