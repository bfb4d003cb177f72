/** `trivet held`, `approve` and `drop`: their options and help. */
import type { Command } from 'commander';
import type { SettleHeldCommand } from './run-settle-held.ts';
import { describeTargetCommand, type TargetOptions } from './with-target.ts';

const BATCH =
  'a batch as `held` names it, e.g. contacts-news/archive/42; contacts-news/archive or contacts-news for all of it';

export function addHeld(program: Command): void {
  const command = program
    .command('held')
    .description(
      'what brakes hold, in batches: how many of what, since when, why, and how to let it go',
    )
    .argument('[sync]', 'only this one');
  describeTargetCommand(
    command,
    `  npx trivet held
  npx trivet held contacts-news --json
  npx trivet approve contacts-news/archive/42         let this batch go
  npx trivet drop contacts-news/archive/42            leave both ends as they are`,
  ).action(async (name: string | undefined, options: TargetOptions) => {
    const { printHeld } = await import('./run-held.ts');
    await printHeld(name, options);
  });
}

export function addApprove(program: Command): void {
  const command = program
    .command('approve')
    .description('let go what brakes hold: exactly that, and nobody who has moved since')
    .argument('<batch>', BATCH)
    .option('-y, --yes', 'without asking; for scripts');
  describeTargetCommand(
    command,
    `  npx trivet held
  npx trivet approve contacts-news/create/1
  npx trivet approve contacts-news --yes --json       all that is held of the sync, for a script

It is for these records and for what each would write now. Whoever changes before it arrives is judged anew, told
of as moved, and stays held. The caps stay as they are for everything that comes later.`,
  ).action(async (batch: string, options: SettleHeldCommand) => {
    const { settleHeld } = await import('./run-settle-held.ts');
    await settleHeld('approve', batch, options);
  });
}

export function addDrop(program: Command): void {
  const command = program
    .command('drop')
    .description('give up what brakes hold: both ends stay as they are, and that counts as agreed')
    .argument('<batch>', BATCH)
    .option('-y, --yes', 'without asking; for scripts');
  describeTargetCommand(
    command,
    `  npx trivet drop contacts-news/archive/42

\`explain\` says that it was dropped, and by whom. It ends for a record as soon as either end changes it again. Consent
cannot be dropped: put the right word back where it is wrong, and nothing is held any more.`,
  ).action(async (batch: string, options: SettleHeldCommand) => {
    const { settleHeld } = await import('./run-settle-held.ts');
    await settleHeld('drop', batch, options);
  });
}
