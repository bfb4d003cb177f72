/** `trivet plan <sync>`: its options and help. */
import type { Command } from 'commander';
import { wholeNumber } from './arguments.ts';
import type { PlanCommand } from './run-plan.ts';
import { SETUP_CONFIG } from './setup-options.ts';
import { describeTargetCommand } from './with-target.ts';

export function addPlan(program: Command): void {
  const command = program
    .command('plan')
    .description('what a sync would do if it looked at everybody now; writes nothing anywhere')
    .argument('<sync>', 'as `status` names it, e.g. contacts-news')
    .option('-o, --out <file>', 'keep it, for `trivet apply`; people’s values are in the file')
    .option('--samples <n>', 'records shown of each kind', wholeNumber(0, 100), 3);
  describeTargetCommand(
    command,
    `  npx trivet plan contacts-news
  npx trivet plan contacts-news -o plan.json          then: npx trivet apply plan.json
  npx trivet plan contacts-news --config trivet.config.ts     before anything is started or installed
  npx trivet plan contacts-news --json | jq '.plan.groups[] | {kind, field, count}'

It reads the whole table, the whole listing of the app and what was agreed, and rehearses the sync on copies of
them. It works before the first sync, while the sync works, and with a changed map: it then shows what the new
one would do, and the code that \`resume --accept\` asks for.`,
    SETUP_CONFIG,
  ).action(async (name: string, options: PlanCommand) => {
    const { runPlan } = await import('./run-plan.ts');
    await runPlan(name, options);
  });
}
