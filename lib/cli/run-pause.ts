/** What `trivet pause` does: the flag in the sync's health, and since when it stands. */
import { userInfo } from 'node:os';
import { pauseSync } from '../flow/steer.ts';
import { formatPause } from './print/status.ts';
import { requireSync } from './target.ts';
import { answerFrom, type TargetOptions } from './with-target.ts';

export interface PauseOptions extends TargetOptions {
  readonly reason?: string;
}

export async function pause(name: string, options: PauseOptions): Promise<void> {
  await answerFrom(options, async (target) => {
    const context = { ...target, sync: requireSync(target, name) };
    const order = { by: userInfo().username, reason: options.reason ?? null };
    const { paused, wasPaused } = await pauseSync(context, order);
    const since = formatPause(paused, Date.now());
    return {
      json: { sync: name, paused, wasPaused },
      lines: (ink) =>
        wasPaused
          ? [`${name} is paused already, ${since}.`]
          : [
              `${ink.paint('yellow', 'Paused')} ${name}; a page under way is still finished.`,
              `${ink.paint('dim', 'on again with')}  npx trivet resume ${name}`,
            ],
    };
  });
}
