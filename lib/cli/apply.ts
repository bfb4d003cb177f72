/** `trivet apply <plan.json>`: its options and help. */
import type { Command } from 'commander';
import type { ApplyCommand } from './run-apply.ts';
import { describeTargetCommand } from './with-target.ts';

export function addApply(program: Command): void {
  const command = program
    .command('apply')
    .description('carry out a plan that was kept: exactly that, and nobody who has moved since')
    .argument('<file>', 'what `plan -o` wrote')
    .option('-y, --yes', 'without asking; for scripts');
  describeTargetCommand(
    command,
    `  npx trivet plan contacts-news -o plan.json
  npx trivet apply plan.json
  npx trivet apply plan.json --yes --json             for a script

The records travel in their own lanes, so nothing races with the sync. Whoever changed at an end since the plan is
left to the sync and told of. Brakes do not hold what the plan says: accepting it is a person's word. A second
time it does nothing; stopped in the middle, the same command finishes it.

Exit code 0: all of it is done; 1: some records were left or failed; 4: nothing was written, and the sentence
says what a person must do first.`,
  ).action(async (file: string, options: ApplyCommand) => {
    const { runApply } = await import('./run-apply.ts');
    await runApply(file, options);
  });
}
