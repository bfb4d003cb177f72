/** `trivet watch`: its options and help. */
import type { Command } from 'commander';
import { secondsUpTo } from './arguments.ts';
import type { WatchOptions } from './run-watch.ts';
import { describeTargetCommand } from './with-target.ts';

const INTERVAL_DEFAULT_S = 2;
const INTERVAL_MAX_S = 3_600;

export function addWatch(program: Command): void {
  const command = program
    .command('watch')
    .description('every sync as it goes: counts, rate, lag, what was decided just now')
    .argument('[sync]', 'only this one')
    .option(
      '--interval <seconds>',
      'how often to look',
      secondsUpTo(INTERVAL_MAX_S),
      INTERVAL_DEFAULT_S,
    )
    .option('--no-count', 'do not count records in the background (on AWS that reads them all)');
  describeTargetCommand(
    command,
    `  npx trivet watch
  npx trivet watch --interval 10 --json | jq .syncs
  npx trivet watch --stack trivet-main --no-count

On a terminal the view is refreshed in place until q or Ctrl-C; elsewhere it is a line per sync and look, with --json
a document per look. What waits for a person or a time is exact. The other counts are read record by record in the
background, a twentieth of the time at most, and say how old they are.`,
  ).action(async (name: string | undefined, options: WatchOptions) => {
    const { runWatch } = await import('./run-watch.ts');
    await runWatch(name, options);
  });
}
