/** `trivet local`: its options and help. What it does is in run-local.ts, loaded only then. */
import type { Command } from 'commander';
import { webAddress, wholeNumber } from './arguments.ts';
import { EXIT_HELP } from './failure.ts';
import type { LocalCommand } from './run-local.ts';

const PORT_DEFAULT = 8377;

export function addLocal(program: Command): void {
  program
    .command('local')
    .description(
      'run the stack on this machine against a real Postgres and the real apps, until Ctrl-C',
    )
    .option('--config <file>', 'the configuration', 'trivet.config.ts')
    .option(
      '--data <dir>',
      'where its state is kept (default: .trivet/local beside the configuration)',
    )
    .option(
      '--port <n>',
      'where webhooks and doorbells come in, on 127.0.0.1',
      wholeNumber(1, 65_535),
      PORT_DEFAULT,
    )
    .option(
      '--public-url <url>',
      'what a tunnel or proxy calls that port; “webhooks register” then registers it',
      webAddress,
    )
    .option(
      '--yes-destroy <n>',
      'let the next run archive, delete or unsubscribe up to n records, those held by a brake included',
      wholeNumber(1),
    )
    .option('--no-doctor', 'start for the first time although “doctor” finds errors')
    .option('--json', 'one line of JSON on stdout when ready, logs on stderr')
    .option('--verbose', 'show the functions’ logs')
    .addHelpText(
      'after',
      `
Its secrets come from the environment, or from .env beside the configuration:
  CRM_DATABASE_URL        postgres://user:password@host:port/database
  CRM_DATABASE_CA_FILE    PEM file of the authority of its certificate, if it is not a public one
  MAILCHIMP_API_KEY       of each Mailchimp app; with several secrets MAILCHIMP_API_KEY_<APP>
  TRIVET_DOORBELL_KEY     shared with the CRM’s application; without it one is generated

Examples:
  npx trivet local                                        ./trivet.config.ts and ./.env
  npx trivet local --config crm/trivet.config.ts --port 9000
  npx trivet local --public-url https://my-tunnel.example
  npx trivet webhooks register                            in another terminal, once

One at a time: a second start says who holds the state. Ctrl-C (or SIGTERM) stops everything; so does a crash,
and the next start goes on where it was.
${EXIT_HELP}`,
    )
    .action(async (options: LocalCommand) => {
      const { runLocal } = await import('./run-local.ts');
      await runLocal(options);
    });
}
