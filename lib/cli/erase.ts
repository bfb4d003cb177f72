/** `trivet erase …`: its options and help. */
import type { Command } from 'commander';
import { secondsUpTo } from './arguments.ts';
import type { EraseCommand } from './run-erase.ts';
import { describeTargetCommand } from './with-target.ts';

const TIMEOUT_DEFAULT_S = 120;
const TIMEOUT_MAX_S = 3_600;

export function addErase(program: Command): void {
  const command = program
    .command('erase')
    .description('remove a person from the apps, from our memory and, if asked, from the CRM')
    .argument('[sync]', 'one sync, as `status` names it; with --all every sync')
    .argument('[key]', 'the CRM row’s primary key')
    .option('--all', 'from every app: of a key, in all syncs of that sync’s table')
    .option('--email <address>', 'whoever has this address, with a row or without')
    .option('--crm-row', 'delete the row in the CRM too')
    .option('--receipt <file>', 'write the signed receipt there as well')
    .option('--order <name>', 'wait for an order given before, and give its receipt')
    .option('--verify <file>', 'say whether a receipt is one of this installation, unchanged')
    .option('-y, --yes', 'without asking; for scripts')
    .option(
      '--timeout <seconds>',
      'how long to wait for it; it goes on afterwards all the same',
      secondsUpTo(TIMEOUT_MAX_S),
      TIMEOUT_DEFAULT_S,
    );
  describeTargetCommand(
    command,
    `  npx trivet erase contacts-news 17                          from one app; the row stays, and is not told to it again
  npx trivet erase contacts-news 17 --all --crm-row          from every app of that table, and the row
  npx trivet erase --all --email ann@crm.test --crm-row --receipt ann.json
  npx trivet erase contacts-news 17 --yes --json             for a script
  npx trivet erase --order 5f0c2a1b --receipt ann.json       of an order that took longer; \`status\` names it
  npx trivet erase --verify ann.json

For good where the app can: Mailchimp “delete permanently”, a deleted contact at Dialpad, out of every audience of the
account at Meta. What Trivet remembers of the person goes as well: record, links, history, parked values. Keyed
hashes stay, so that no import brings them back; an opt-in newer than the erasure does.
Nothing of this can be undone. It is a stored order: what is interrupted goes on with the next round, and
its receipt can be had for 30 days.

Exit code 0: all of it is done; 1: some of it is not done yet, and the receipt says what; 4: nobody could be asked.`,
  ).action(async (sync: string | undefined, key: string | undefined, options: EraseCommand) => {
    const { runErase } = await import('./run-erase.ts');
    await runErase(sync, key, options);
  });
}
