/** `trivet install`: its options and help. */
import type { Command } from 'commander';
import type { InstallCommand } from './run-install.ts';
import { describeSetupCommand } from './setup-options.ts';

export function addInstall(program: Command): void {
  const command = program
    .command('install')
    .description(
      'put the capture into the CRM’s database: schema trivet and triggers; again does no harm',
    )
    .option('--role <name>', 'the role Trivet connects as; it is granted the least it needs');
  describeSetupCommand(
    command,
    `  npx trivet install --print > install.sql          to read, or for whoever may run it
  npx trivet install                                shows what would change, and asks
  npx trivet install --role trivet --yes            in a script, with the grants

Run it as the owner of the tables: CRM_ADMIN_URL in the environment or in .env beside the configuration, or
--database-url; without either, Trivet’s own connection is used. Trivet’s own role, when it is another, gets only
the rights it lacks, column by column. Run it again after every change of the configuration or of partitions: what
is right already is not touched, triggers of a former release are upgraded in place.
A table gets four triggers and no column; nothing is rewritten. A table in use is waited for one second at a time.`,
  ).action(async (options: InstallCommand) => {
    const { runInstall } = await import('./run-install.ts');
    await runInstall(options);
  });
}
