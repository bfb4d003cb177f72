/** `trivet uninstall`: its options and help. */
import type { Command } from 'commander';
import type { UninstallCommand } from './run-uninstall.ts';
import { describeSetupCommand } from './setup-options.ts';

export function addUninstall(program: Command): void {
  const command = program
    .command('uninstall')
    .description('take the capture out of the CRM’s database again, and leave no trace there')
    .option('--table <name>', 'only this table: contacts, or crm.contacts in another schema');
  describeSetupCommand(
    command,
    `  npx trivet uninstall --print
  npx trivet uninstall
  npx trivet uninstall --table crm.leads --yes

Takes away triggers, functions, schema trivet with the change log, and the rights that “install” granted; rights
that somebody else granted stay, and so does every row of the CRM. A sync that runs is to be paused before.
What changes from then on is in no log: after installing again the whole table is compared once.`,
  ).action(async (options: UninstallCommand) => {
    const { runUninstall } = await import('./run-uninstall.ts');
    await runUninstall(options);
  });
}
