/** `trivet pause <sync>`: a person stops one sync. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { pauseSync } from '../flow/steer.ts';
import { formatPause } from './print/status.ts';
import { requireSync } from './target.ts';
import { answerFrom, describeTargetCommand, type TargetOptions } from './with-target.ts';

interface Options extends TargetOptions {
  readonly reason?: string;
}

export function addPause(program: Command): void {
  const command = program
    .command('pause')
    .description('stop one sync until it is resumed: nothing is read, judged or written')
    .argument('<sync>', 'as `status` names it, e.g. contacts-news')
    .option('--reason <text>', 'why, for whoever finds it paused');
  describeTargetCommand(
    command,
    `  npx trivet pause contacts-news --reason 'the CRM is migrated tonight'
  npx trivet resume contacts-news

A page that is being worked is finished. What changes meanwhile is found afterwards: for a week by its
place in the change log, later by a backfill of the whole table. The other syncs go on.`,
  ).action(pause);
}

async function pause(name: string, options: Options): Promise<void> {
  await answerFrom(options, async (target) => {
    const context = target.open(requireSync(target, name));
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
