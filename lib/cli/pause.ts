/** `trivet pause <sync>`: its options and help. */
import type { Command } from 'commander';
import type { PauseOptions } from './run-pause.ts';
import { describeTargetCommand } from './with-target.ts';

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
  ).action(async (name: string, options: PauseOptions) => {
    const { pause } = await import('./run-pause.ts');
    await pause(name, options);
  });
}
