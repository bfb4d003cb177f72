/** What `trivet status` does: how every sync stands, exact. A large one takes a while, and says so meanwhile. */
import { syncStatus } from '../flow/status.ts';
import { createInk } from './print/ink.ts';
import { createLiveLines } from './print/live-lines.ts';
import { formatStatus } from './print/status.ts';
import { formatCount } from './print/words.ts';
import { chosenSyncs } from './target.ts';
import { answerFrom, type TargetOptions } from './with-target.ts';

/** Small syncs are counted before anybody could read that they are. */
const TOLD_FROM_MS = 1_000;

export async function printStatus(name: string | undefined, options: TargetOptions): Promise<void> {
  await answerFrom(options, async (target) => {
    const now = Date.now();
    const board = createBoard(options.json !== true, now);
    const statuses = await Promise.all(
      chosenSyncs(target, name).map(async ({ spec }) => ({
        sync: spec.name,
        status: await syncStatus(target.state, spec.name, now, (counted) =>
          board.tell(spec.name, counted),
        ),
      })),
    ).finally(() => board.clear());
    return {
      json: { syncs: Object.fromEntries(statuses.map(({ sync, status }) => [sync, status])) },
      lines: (ink) => statuses.flatMap(({ sync, status }) => formatStatus(ink, sync, status, now)),
    };
  });
}

/** On a terminal alone, and not for programs. */
function createBoard(
  isTold: boolean,
  from: number,
): { tell(sync: string, counted: number): void; clear(): void } {
  const live = createLiveLines(createInk(process.stderr), process.stderr);
  const counts = new Map<string, number>();
  return {
    tell: (sync, counted) => {
      counts.set(sync, counted);
      if (!isTold || Date.now() - from < TOLD_FROM_MS) return;
      live.show([...counts].map(([each, count]) => `${each}  counting: ${formatCount(count)}`));
    },
    clear: () => live.clear(),
  };
}
