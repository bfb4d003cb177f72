/** `trivet status`: its options and help. */
import type { Command } from 'commander';
import { describeTargetCommand, type TargetOptions } from './with-target.ts';

export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .description('how every sync stands: records by state, rounds, lag, what is parked and why')
    .argument('[sync]', 'only this one');
  describeTargetCommand(
    command,
    `  npx trivet status
  npx trivet status contacts-news --json
  npx trivet status --stack trivet-main --profile production`,
  ).action(async (name: string | undefined, options: TargetOptions) => {
    const { printStatus } = await import('./run-status.ts');
    await printStatus(name, options);
  });
}
