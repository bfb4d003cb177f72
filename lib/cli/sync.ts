/** `trivet sync [sync] [--once]`: its options and help. */
import type { Command } from 'commander';
import { secondsUpTo, wholeNumber } from './arguments.ts';
import type { SyncOptions } from './run-sync.ts';
import { describeTargetCommand } from './with-target.ts';

const TIMEOUT_MAX_S = 86_400;

export function addSync(program: Command): void {
  const command = program
    .command('sync')
    .description(
      'one full round now, seen through to the last record; without --once the rounds after it too',
    )
    .argument('[sync]', 'only this one')
    .option('--once', 'end when the round is done')
    .option(
      '--timeout <seconds>',
      'with --once: how long to wait for it (default: as long as it takes)',
      secondsUpTo(TIMEOUT_MAX_S),
    )
    .option(
      '--yes-destroy <n>',
      'let the next run archive, delete or unsubscribe up to n records, those held by a brake included',
      wholeNumber(1),
    )
    .option(
      '--rebuild',
      'replace everybody at an app that shows nobody who is in it (Meta); the sync must be named',
    );
  describeTargetCommand(
    command,
    `  npx trivet sync contacts-news --once
  npx trivet sync --once --timeout 600 --json         every sync, for a script
  npx trivet sync contacts-news                       follow its rounds until Ctrl-C
  npx trivet sync contacts-news --once --yes-destroy 40   what \`status\` shows as held may go, 40 of them
  npx trivet sync contacts-ads --once --rebuild        everybody in the audience is replaced, in one session

A round reads what changed at both ends and carries it out; a first sync is one, too. Exit code 1: it failed, or was
not done in time (what was begun goes on); 4: a sync is halted, and the sentence says what a person must do.`,
  ).action(async (name: string | undefined, options: SyncOptions) => {
    const { runSync } = await import('./run-sync.ts');
    await runSync(name, options);
  });
}
