/** What `trivet redrive` does: dead letters back to where they came from, and how many. */
import type { Redriven } from '../ports/dead-letters.ts';
import { EXIT } from './failure.ts';
import { countOf } from './print/words.ts';
import { chosenSyncs } from './target.ts';
import { answerFrom, type TargetOptions } from './with-target.ts';

export async function redrive(name: string | undefined, options: TargetOptions): Promise<void> {
  await answerFrom(
    options,
    async (target) => {
      const syncs = chosenSyncs(target, name).map(({ spec }) => spec.name);
      const queues = name === undefined ? ['pulls', ...syncs] : syncs;
      const told: Record<string, Redriven> = {};
      for (const queue of queues) told[queue] = await target.deadLetters.redrive(queue);
      const all = Object.entries(told);
      const left = all.reduce((sum, [, { unreadable }]) => sum + unreadable, 0);
      return {
        json: { queues: told },
        lines: (ink) =>
          all.map(([queue, { moved, unreadable }]) => {
            const stays =
              unreadable === 0
                ? ''
                : `, ${countOf(unreadable, 'is', 'are')} no message of ours and ${unreadable === 1 ? 'stays' : 'stay'}`;
            return `${ink.paint('bold', queue)}  ${countOf(moved, 'message', 'messages')} given back${stays}`;
          }),
        exitCode: left === 0 ? EXIT.ok : EXIT.failed,
      };
    },
    { works: true },
  );
}
