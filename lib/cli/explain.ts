/** `trivet explain <sync> <key> [field]`: its arguments and help. */
import type { Command } from 'commander';
import { describeTargetCommand, type TargetOptions } from './with-target.ts';

export function addExplain(program: Command): void {
  const command = program
    .command('explain')
    .description('both values, the agreed one, the owner, the last decisions and what happens next')
    .argument('<sync>', 'as `status` names it, e.g. contacts-news')
    .argument('<key>', 'the CRM row’s primary key (composite: a JSON array of texts)')
    .argument('[field]', 'one CRM column');
  describeTargetCommand(
    command,
    `  npx trivet explain contacts-news 17
  npx trivet explain contacts-news 17 email
  npx trivet explain contacts-news 17 email --json`,
  ).action(async (sync: string, key: string, field: string | undefined, options: TargetOptions) => {
    const { printExplanation } = await import('./run-explain.ts');
    await printExplanation(sync, key, field, options);
  });
}
