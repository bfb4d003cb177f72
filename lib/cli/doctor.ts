/** `trivet doctor`: its options and help. */
import type { Command } from 'commander';
import type { DoctorCommand } from './run-doctor.ts';
import { SETUP_CONFIG } from './setup-options.ts';
import { describeTargetCommand } from './with-target.ts';

export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description(
      'look at both ends before a sync relies on them: what is wrong, where, and what mends it',
    )
    .argument('[sync]', 'only this one')
    .option('--fix', 'make the merge fields that are missing at the app; asks before')
    .option('--yes', 'with --fix: without asking');
  describeTargetCommand(
    command,
    `  npx trivet doctor
  npx trivet doctor contacts-news --json
  npx trivet doctor --fix                            makes the app’s missing fields, after asking

It connects as Trivet does, and looks at the server, role, rights, tables, columns, triggers, the oldest open
transaction, the app’s key, object and fields, the webhook, and the clocks. Everything is looked at, whatever else is wrong.
An error means that a sync cannot work or misses something (exit code 4); a warning, that it works, but not well or not
safely; a note is good to know. It changes nothing without --fix.`,
    SETUP_CONFIG,
  ).action(async (name: string | undefined, options: DoctorCommand) => {
    const { runDoctor } = await import('./run-doctor.ts');
    await runDoctor(name, options);
  });
}
