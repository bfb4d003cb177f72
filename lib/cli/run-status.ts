/** What `trivet status` does: how every sync stands. */
import { syncStatus } from '../flow/status.ts';
import { formatStatus } from './print/status.ts';
import { chosenSyncs } from './target.ts';
import { answerFrom, type TargetOptions } from './with-target.ts';

export async function printStatus(name: string | undefined, options: TargetOptions): Promise<void> {
  await answerFrom(options, async (target) => {
    const now = Date.now();
    const statuses = await Promise.all(
      chosenSyncs(target, name).map(async ({ spec }) => ({
        sync: spec.name,
        status: await syncStatus(target.state, spec.name, now),
      })),
    );
    return {
      json: { syncs: Object.fromEntries(statuses.map(({ sync, status }) => [sync, status])) },
      lines: (ink) => statuses.flatMap(({ sync, status }) => formatStatus(ink, sync, status, now)),
    };
  });
}
