/** `trivet sandbox`: its options and help. What it does is in run-sandbox.ts, loaded only then: it is large. */
import { InvalidArgumentError, type Command } from 'commander';
import type { SampleApp } from '../local/sample/apps.ts';
import { wholeNumber } from './arguments.ts';
import { EXIT_HELP } from './failure.ts';
import type { SandboxCommand } from './run-sandbox.ts';

/** By name, so that the words of the help load no application. */
const SAMPLE_APPS: readonly SampleApp[] = ['news', 'ads', 'calls'];

function sampleApps(given: string): readonly SampleApp[] {
  const names = given.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !SAMPLE_APPS.some((known) => known === name));
  if (wrong !== undefined || new Set(names).size !== names.length) {
    throw new InvalidArgumentError(`Name some of ${SAMPLE_APPS.join(', ')}, each once.`);
  }
  return names as SampleApp[];
}

export function addSandbox(program: Command): void {
  program
    .command('sandbox')
    .description(
      'run the whole stack on this machine: a sample CRM, a simulated Mailchimp (or more apps), and the syncs between them',
    )
    .option(
      '--contacts <n>',
      'contacts in the sample CRM; 0 = empty tables and an empty audience',
      wholeNumber(0),
      2000,
    )
    .option(
      '--seed <n>',
      'the invented people and the simulation’s chances follow from it',
      wholeNumber(0),
      1,
    )
    .option(
      '--apps <names>',
      `which simulated apps, by comma: ${SAMPLE_APPS.join(', ')} (Mailchimp, a Meta audience, Dialpad)`,
      sampleApps,
      ['news'],
    )
    .option('--data <dir>', 'keep all state there and resume from it')
    .option(
      '--config <file>',
      'another configuration over the sample table and simulated apps, one of each kind',
    )
    .option('--assembly <dir>', 'run this synthesized cdk.out instead of synthesizing one')
    .option('--schedule <seconds>', 'how often EventBridge schedules fire here', wholeNumber(1), 5)
    .option(
      '--json',
      'one line of JSON on stdout when ready, logs on stderr, until SIGTERM or SIGINT',
    )
    .option('--verbose', 'show the functions’ logs')
    .addHelpText(
      'after',
      `
Examples:
  npx trivet sandbox                                  watch a first sync, then edits travelling
  npx trivet sandbox --apps news,ads,calls            one CRM, three apps
  npx trivet sandbox --contacts 0 --json              an empty world for a program to fill
  npx trivet sandbox --data .trivet/sandbox           stop it, start it again: it goes on where it was

Ctrl-C (or SIGTERM) stops everything; that is no failure.
${EXIT_HELP}`,
    )
    .action(async (options: SandboxCommand) => {
      const { runSandbox } = await import('./run-sandbox.ts');
      await runSandbox(options);
    });
}
