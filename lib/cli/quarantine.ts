/** `trivet quarantine list|retry|drop`: their options and help. */
import type { Command } from 'commander';
import { wholeNumber } from './arguments.ts';
import { EXIT_HELP } from './failure.ts';
import type { QuarantineCommand } from './run-quarantine.ts';
import { describeTargetCommand } from './with-target.ts';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 10_000;
const SYNC = 'as `status` names it, e.g. contacts-news';

export function addQuarantine(program: Command): void {
  const quarantine = program
    .command('quarantine')
    .description('what an end refused for good: list it, offer it again, or give it up')
    .addHelpText(
      'after',
      `
Examples:
  npx trivet quarantine list
  npx trivet quarantine retry contacts-news --reason 'phone number'
  npx trivet quarantine drop contacts-news --key 17

What is refused leaves by itself when either end changes it.
${EXIT_HELP}`,
    );
  addList(quarantine);
  addRetry(quarantine);
  addDrop(quarantine);
}

const withFilter = (command: Command): Command =>
  command
    .option('--key <key>', 'only this record, by the CRM row’s primary key')
    .option('--reason <text>', 'only what was refused with these words, or a part of them');

function addList(quarantine: Command): void {
  const command = withFilter(
    quarantine
      .command('list')
      .description('records and fields, with the vendor’s words, how often and since when')
      .argument('[sync]', 'only this one'),
  ).option('--limit <n>', 'at most this many per sync', wholeNumber(1, LIMIT_MAX), LIMIT_DEFAULT);
  describeTargetCommand(
    command,
    `  npx trivet quarantine list
  npx trivet quarantine list contacts-news --reason 'looks fake' --json`,
  ).action(async (name: string | undefined, options: QuarantineCommand) => {
    const { printQuarantine } = await import('./run-quarantine.ts');
    await printQuarantine(name, options);
  });
}

function addRetry(quarantine: Command): void {
  const command = withFilter(
    quarantine
      .command('retry')
      .description('judge and offer it once more, refused values included')
      .argument('<sync>', SYNC),
  );
  describeTargetCommand(
    command,
    `  npx trivet quarantine retry contacts-news
  npx trivet quarantine retry contacts-news --key 17

What is refused again stays, with the words of this time. Exit code 1: something did.`,
  ).action(async (name: string, options: QuarantineCommand) => {
    const { settleRefused } = await import('./run-quarantine.ts');
    await settleRefused('retry', name, options);
  });
}

function addDrop(quarantine: Command): void {
  const command = withFilter(
    quarantine
      .command('drop')
      .description('give it up: both ends stay as they are, and that counts as agreed')
      .argument('<sync>', SYNC),
  ).option('-y, --yes', 'without asking; for scripts');
  describeTargetCommand(
    command,
    `  npx trivet quarantine drop contacts-news --reason 'looks fake'

\`explain\` says that it was dropped, and by whom. It ends for a record as soon as either end changes it again.`,
  ).action(async (name: string, options: QuarantineCommand) => {
    const { settleRefused } = await import('./run-quarantine.ts');
    await settleRefused('drop', name, options);
  });
}
