/** `trivet resolve <sync> <key> <field> --take …`: its options and help. */
import type { Command } from 'commander';
import { secondsUpTo } from './arguments.ts';
import type { ResolveOptions } from './run-resolve.ts';
import { describeTargetCommand } from './with-target.ts';

const TIMEOUT_DEFAULT_S = 30;
const TIMEOUT_MAX_S = 600;

export function addResolve(program: Command): void {
  const command = program
    .command('resolve')
    .description('settle a parked field: take the CRM’s value, the app’s, or one of your own')
    .argument('<sync>', 'as `conflicts` names it')
    .argument('<key>', 'the CRM row’s primary key')
    .argument('<field>', 'the CRM column')
    .requiredOption(
      '--take <crm|app|VALUE>',
      'whose value both ends shall hold; “value:crm” means the word itself',
    )
    .option(
      '--timeout <seconds>',
      'how long to wait for the outcome',
      secondsUpTo(TIMEOUT_MAX_S),
      TIMEOUT_DEFAULT_S,
    );
  describeTargetCommand(
    command,
    `  npx trivet resolve contacts-news 17 phone --take app
  npx trivet resolve contacts-news 17 phone --take '+49 30 1234567'
  npx trivet resolve contacts-news 17 tags --take 'vip, customer'
  npx trivet resolve contacts-news 17 city --take ''          empties it at both ends

The order travels in the record’s own lane, so it cannot race with the sync.`,
  ).action(async (sync: string, key: string, field: string, options: ResolveOptions) => {
    const { resolveField } = await import('./run-resolve.ts');
    await resolveField(sync, key, field, options);
  });
}
