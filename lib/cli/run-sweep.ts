/** What `trivet sweep` does: asks for a sweep of each sync, shows how far it is, and prints what it proved. */
import { userInfo } from 'node:os';
import type { SyncConfig } from '../config/model.ts';
import { deedsSince, type RoundDeeds } from '../flow/follow-round.ts';
import { followSweep, type SweepEnd, type SweepOptions } from '../flow/follow-sweep.ts';
import { askSweep } from '../flow/steer.ts';
import { EXIT, wrongUsage } from './failure.ts';
import { formatDeeds } from './print/deeds.ts';
import { createInk, type Ink } from './print/ink.ts';
import { createLiveLines } from './print/live-lines.ts';
import { formatProof, formatSweepProgress } from './print/proof.ts';
import { formatStandstill } from './print/standstill.ts';
import { formatDuration } from './print/words.ts';
import { stopAtSignal } from './stop-signal.ts';
import { chosenSyncs, watchOf, type Target } from './target.ts';
import { answerFrom, type Answer, type TargetOptions } from './with-target.ts';

export interface SweepCommandOptions extends TargetOptions {
  readonly timeout?: number;
  readonly adopt?: boolean;
}

interface Told {
  readonly name: string;
  readonly end: SweepEnd;
  readonly deeds: RoundDeeds | null;
  readonly tookMs: number;
}

export async function runSweep(
  name: string | undefined,
  options: SweepCommandOptions,
): Promise<void> {
  const adopts = options.adopt === true;
  if (adopts && name === undefined)
    throw wrongUsage('--adopt takes both ends of a sync as they are: name the sync.');
  const { signal } = stopAtSignal();
  await answerFrom(
    options,
    async (target) => {
      const board = createBoard(options);
      const timeoutMs = (options.timeout ?? Infinity) * 1000;
      const sweeps = chosenSyncs(target, name).map((sync) =>
        sweepOne(target, sync, {
          adopts,
          timeoutMs,
          signal,
          onProgress: board.showOn(sync),
        }),
      );
      return answerOf(await Promise.all(sweeps).finally(() => board.clear()));
    },
    { works: true },
  );
}

async function sweepOne(
  target: Target,
  sync: SyncConfig,
  options: SweepOptions & { readonly adopts: boolean },
): Promise<Told> {
  const { name } = sync.spec;
  const from = target.clock.now();
  const order = await askSweep({ ...target, sync }, userInfo().username, options);
  const end = await followSweep(watchOf(target, name), order, options);
  const deeds = end.kind === 'done' ? await deedsSince(target.state, name, from) : null;
  return { name, end, deeds, tookMs: target.clock.now() - from };
}

function createBoard({ json }: SweepCommandOptions) {
  const ink = createInk(process.stderr);
  const live = createLiveLines(ink, process.stderr);
  const isShown = json !== true && ink.isTerminal;
  const lines = new Map<string, string>();
  return {
    showOn:
      ({ spec: { name } }: SyncConfig): SweepOptions['onProgress'] =>
      (progress) => {
        if (!isShown) return;
        lines.set(name, formatSweepProgress(ink, name, progress));
        live.show([...lines.values()]);
      },
    clear: () => live.clear(),
  };
}

function answerOf(all: readonly Told[]): Answer {
  const kinds = all.map(({ end }) => end.kind);
  const needsPerson = kinds.some((kind) => kind === 'halted' || kind === 'paused');
  const isDone = kinds.every((kind) => kind === 'done');
  return {
    json: {
      syncs: Object.fromEntries(
        all.map(({ name, end, deeds, tookMs }) => {
          const { kind, ...more } = end;
          return [name, { outcome: kind, tookMs, ...more, ...deeds }];
        }),
      ),
    },
    lines: (ink) => all.flatMap((told) => formatTold(ink, told)),
    exitCode: needsPerson ? EXIT.needsPerson : isDone ? EXIT.ok : EXIT.failed,
  };
}

function formatTold(ink: Ink, { name, end, deeds, tookMs }: Told): readonly string[] {
  if (end.kind !== 'done') return [formatStandstill(ink, name, end)];
  return [
    `${ink.paint('bold', name)}  swept in ${formatDuration(tookMs)}`,
    ...formatProof(ink, name, end.proof),
    ...(deeds === null ? [] : formatDeeds(ink, deeds)),
  ];
}
