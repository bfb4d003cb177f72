/** The command line as a whole: one file per command beside this one, and one place for failures and exit codes. */
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/define.ts';
import { CrmUnavailable } from '../ports/crm.ts';
import { NewerItem, StateUnavailable } from '../ports/state.ts';
import { addConflicts } from './conflicts.ts';
import { addExplain } from './explain.ts';
import { CommandFailure, EXIT, EXIT_HELP } from './failure.ts';
import { addPause } from './pause.ts';
import { addResolve } from './resolve.ts';
import { addResume } from './resume.ts';
import { addSandbox } from './sandbox.ts';
import { addStatus } from './status.ts';

export function createProgram(): Command {
  const program = new Command('trivet')
    .description('Keeps the tables of a CRM on Postgres and the SaaS apps around it in step.')
    .version('0.1.0')
    .exitOverride()
    .showHelpAfterError('(add --help for the options and examples)')
    .addHelpText(
      'after',
      `
A first look, in two terminals:
  npx trivet sandbox                          a CRM, a simulated Mailchimp, and the sync between them
  npx trivet status                           how every sync stands
  npx trivet explain contacts-news 17 email   one field: both values, the agreed one, who owns it, why
  npx trivet conflicts                        what waits for a person
  npx trivet resolve contacts-news 17 phone --take app
  npx trivet pause contacts-news              stop one sync; “resume” lets it go on
${EXIT_HELP}`,
    );
  const commands = [
    addSandbox,
    addStatus,
    addExplain,
    addConflicts,
    addResolve,
    addPause,
    addResume,
  ];
  for (const add of commands) add(program);
  return program;
}

/** Runs one command line (without `node` and the script) and returns its exit code. */
export async function runTrivet(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    process.stderr.write(`${describeFailure(error)}\n`);
    return error instanceof CommandFailure ? error.exitCode : EXIT.failed;
  }
}

/** What our own code throws is a sentence; of what the language or a library throws, the place matters. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isOurs = error.name === 'Error' || OURS.some((kind) => error instanceof kind);
  return isOurs && !('code' in error) ? error.message : (error.stack ?? error.message);
}

const OURS = [CommandFailure, ConfigError, CrmUnavailable, NewerItem, StateUnavailable];
