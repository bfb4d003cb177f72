/** The command line as a whole: one file per command beside this one, and one place for failures and exit codes. */
import { Command, CommanderError } from 'commander';
import { addApply } from './apply.ts';
import { addCompletion } from './completion.ts';
import { addConflicts } from './conflicts.ts';
import { addDoctor } from './doctor.ts';
import { addErase } from './erase.ts';
import { addExplain } from './explain.ts';
import { addApprove, addDrop, addHeld } from './held.ts';
import { addHistory } from './history.ts';
import { addInit } from './init.ts';
import { addInstall } from './install.ts';
import { describeFailure, EXIT, EXIT_HELP, exitCodeOf } from './failure.ts';
import { addLocal } from './local.ts';
import { addPause } from './pause.ts';
import { addPlan } from './plan.ts';
import { addQuarantine } from './quarantine.ts';
import { addRedrive } from './redrive.ts';
import { addResolve } from './resolve.ts';
import { addResume } from './resume.ts';
import { addSandbox } from './sandbox.ts';
import { addStatus } from './status.ts';
import { addSweep } from './sweep.ts';
import { addSync } from './sync.ts';
import { addUndo } from './undo.ts';
import { addUninstall } from './uninstall.ts';
import { addWatch } from './watch.ts';
import { addWebhooks } from './webhooks.ts';

/** In the order in which help lists them. */
const COMMANDS: readonly ((program: Command) => void)[] = [
  addSandbox,
  addInit,
  addInstall,
  addUninstall,
  addDoctor,
  addLocal,
  addPlan,
  addApply,
  addSync,
  addSweep,
  addWatch,
  addStatus,
  addExplain,
  addHistory,
  addConflicts,
  addResolve,
  addHeld,
  addApprove,
  addDrop,
  addQuarantine,
  addRedrive,
  addUndo,
  addErase,
  addPause,
  addResume,
  addWebhooks,
  addCompletion,
];

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
  npx trivet watch                            every sync as it goes
  npx trivet explain contacts-news 17 email   one field: both values, the agreed one, who owns it, why
  npx trivet conflicts                        what waits for a person

Your own systems, from this machine:
  npx trivet init                             a first configuration, from your database and your audience
  npx trivet install                          the capture into your CRM’s database; asks before
  npx trivet doctor                           what is wrong at either end, and what mends it
  npx trivet local                            the same stack between your Postgres and your app
  npx trivet plan contacts-news               what a sync would do; writes nothing
  npx trivet sync --once                      one round now, seen through
  npx trivet pause contacts-news              stop one sync; “resume” lets it go on
  npx trivet webhooks register                so that the app’s changes ring at once

The same commands talk to a stack on AWS: --stack NAME, with --profile and --region.
${EXIT_HELP}`,
    );
  for (const add of COMMANDS) add(program);
  return program;
}

/** Runs one command line (without `node` and the script) and returns its exit code. */
export async function runTrivet(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const told = describeFailure(error);
    if (told !== '') process.stderr.write(`${told}\n`);
    return exitCodeOf(error);
  }
}
