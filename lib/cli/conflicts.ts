/** `trivet conflicts`: its options and help. */
import type { Command } from 'commander';
import { wholeNumber } from './arguments.ts';
import type { ConflictsOptions } from './run-conflicts.ts';
import { describeTargetCommand } from './with-target.ts';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 10_000;

export function addConflicts(program: Command): void {
  const command = program
    .command('conflicts')
    .description(
      'what waits for a person or a time: parked fields, quarantined, waiting, held, unmatched',
    )
    .argument('[sync]', 'only this one')
    .option('--limit <n>', 'at most this many per sync', wholeNumber(1, LIMIT_MAX), LIMIT_DEFAULT);
  describeTargetCommand(
    command,
    `  npx trivet conflicts
  npx trivet conflicts contacts-news --limit 500 --json`,
  ).action(async (name: string | undefined, options: ConflictsOptions) => {
    const { printConflicts } = await import('./run-conflicts.ts');
    await printConflicts(name, options);
  });
}
