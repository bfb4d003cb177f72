/** What `trivet held` does: every batch that brakes hold, with a few records of each. */
import { listHeld, type HeldBatch } from '../flow/held.ts';
import { formatBatch } from './print/held.ts';
import { chosenSyncs } from './target.ts';
import { answerFrom, type TargetOptions } from './with-target.ts';

export async function printHeld(name: string | undefined, options: TargetOptions): Promise<void> {
  await answerFrom(options, async (target) => {
    const batches: HeldBatch[] = [];
    for (const sync of chosenSyncs(target, name))
      batches.push(...(await listHeld(await target.open(sync))));
    const now = Date.now();
    return {
      json: { batches },
      lines: (ink) =>
        batches.length === 0
          ? ['No brake holds anything.']
          : batches.flatMap((batch, index) => [
              ...(index === 0 ? [] : ['']),
              ...formatBatch(ink, batch, now),
            ]),
    };
  });
}
