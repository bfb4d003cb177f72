/** `trivet redrive`: its options and help. */
import type { Command } from 'commander';
import { describeTargetCommand, type TargetOptions } from './with-target.ts';

export function addRedrive(program: Command): void {
  const command = program
    .command('redrive')
    .description('give what is in the dead-letter queues back to its lanes')
    .argument('[sync]', 'only this one; without, all of them and the pulls');
  describeTargetCommand(
    command,
    `  npx trivet quarantine list          says what is in them
  npx trivet redrive contacts-news

Repair the cause first, or they come back. Late and twice is harmless: each message becomes a look at its records.`,
  ).action(async (name: string | undefined, options: TargetOptions) => {
    const { redrive } = await import('./run-redrive.ts');
    await redrive(name, options);
  });
}
