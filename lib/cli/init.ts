/** `trivet init`: its options and help. What it does is in run-init.ts, loaded only then. */
import { InvalidArgumentError, type Command } from 'commander';
import { EXIT_HELP } from './failure.ts';
import type { InitCommand } from './run-init.ts';

export function addInit(program: Command): void {
  program
    .command('init')
    .description('write a first trivet.config.ts from your database and your audience')
    .option('--table <name>', 'the table with the people, as contacts or sales.contacts')
    .option('--match <column>', 'the column with the e-mail address that names a person')
    .option('--audience <id>', 'the Mailchimp audience, by its id or its name')
    .option('--app <name>', 'what the audience is called in the configuration', appName, 'news')
    .option('--output <file>', 'the file to write', 'trivet.config.ts')
    .option('--force', 'overwrite the file if it is there')
    .option('--yes', 'without asking: take what is recommended, and stop where nothing is')
    .option('--json', 'one JSON document on stdout')
    .addHelpText(
      'after',
      `
It reads the catalog and at most 300 rows of your database, and the audience’s merge fields. It writes nothing but the
file, and .env.example beside it. It asks only what it cannot know: which table, which address, which audience, where there are several.

Its secrets come from the environment, or from .env beside the file:
  CRM_DATABASE_URL        postgres://user:password@host:port/database; a role that may read is enough
  CRM_DATABASE_CA_FILE    PEM file of the authority of its certificate, if it is not a public one
  MAILCHIMP_API_KEY       the account’s key

Examples:
  npx trivet init
  npx trivet init --table sales.contacts --audience News
  npx trivet init --yes --json                            in a script
  npx trivet init --output other.config.ts                beside the one you have

Then read the file: every choice is in it, with the reason, and what was found and left.
${EXIT_HELP}`,
    )
    .action(async (options: InitCommand) => {
      const { runInit } = await import('./run-init.ts');
      await runInit(options);
    });
}

function appName(text: string): string {
  if (/^[a-z][a-z0-9]{0,20}$/.test(text)) return text;
  throw new InvalidArgumentError('a-z and 0-9, at most 21, beginning with a letter.');
}
