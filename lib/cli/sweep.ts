/** `trivet sweep [sync]`: its options and help. */
import type { Command } from 'commander';
import { secondsUpTo } from './arguments.ts';
import type { SweepCommandOptions } from './run-sweep.ts';
import { describeTargetCommand } from './with-target.ts';

const TIMEOUT_MAX_S = 86_400;

export function addSweep(program: Command): void {
  const command = program
    .command('sweep')
    .description(
      'compare both ends and our memory as a whole, repair what differs, and prove how all stand',
    )
    .argument('[sync]', 'only this one')
    .option(
      '--timeout <seconds>',
      'how long to wait for it (default: as long as it takes)',
      secondsUpTo(TIMEOUT_MAX_S),
    )
    .option(
      '--adopt',
      'after a restore, or with another database or app object: take both ends as they are and meet everybody anew; the sync must be named',
    );
  describeTargetCommand(
    command,
    `  npx trivet sweep contacts-news
  npx trivet sweep --timeout 3600 --json              every sync, for a script
  npx trivet sweep contacts-news --adopt              these are the two ends from now on

A sweep comes by itself once a day (\`sweep\` in the configuration says how often). It reads every row and every record
of the app, and looks at those that differ: repairs are made like any change, inside the brakes. What it proved stands
in \`status\`. --adopt takes nobody away: whoever would be is held for a person. An app that shows nobody (Meta) is compared with what it was told. Ctrl-C ends the watching, not the sweep.
Exit code 1: it failed, or was not done in time (it goes on); 4: a person is needed first.`,
  ).action(async (name: string | undefined, options: SweepCommandOptions) => {
    const { runSweep } = await import('./run-sweep.ts');
    await runSweep(name, options);
  });
}
