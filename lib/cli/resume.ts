/** `trivet resume <sync>`: its options and help. */
import type { Command } from 'commander';
import type { ResumeOptions } from './run-resume.ts';
import { describeTargetCommand } from './with-target.ts';

export function addResume(program: Command): void {
  const command = program
    .command('resume')
    .description('let a paused sync go on, or one whose map is another one than before')
    .argument('<sync>', 'as `status` names it, e.g. contacts-news')
    .option(
      '--accept <code>',
      'work by the changed map from now on: the code `trivet plan` printed',
    );
  describeTargetCommand(
    command,
    `  npx trivet resume contacts-news
  npx trivet resume contacts-news --accept 3k9x2a

A changed map (fields, owners, policies, creates, deletes, the filter) stops its sync until somebody has seen
what it would do. Once it is accepted both ends are walked: a field that was added meets for the first
time, the others stay as they are.`,
  ).action(async (name: string, options: ResumeOptions) => {
    const { resume } = await import('./run-resume.ts');
    await resume(name, options);
  });
}
