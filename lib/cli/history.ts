/** `trivet history <sync> <key> [field]`: its options and help. */
import type { Command } from 'commander';
import { wholeNumber } from './arguments.ts';
import type { HistoryOptions } from './run-history.ts';
import { describeTargetCommand } from './with-target.ts';

export function addHistory(program: Command): void {
  const command = program
    .command('history')
    .description('everything that was decided about a record, newest first')
    .argument('<sync>', 'as `status` names it, e.g. contacts-news')
    .argument('<key>', 'the CRM row’s primary key (composite: a JSON array of texts)')
    .argument('[field]', 'one CRM column; what was decided about the record as a whole stays in')
    .option('--limit <count>', 'stop after so many entries', wholeNumber(1))
    .option('--from <place>', 'go on where an earlier answer stopped');
  describeTargetCommand(
    command,
    `  npx trivet history contacts-news 17
  npx trivet history contacts-news 17 phone
  npx trivet history contacts-news 17 --limit 20
  npx trivet history contacts-news 17 --json | jq -c '.decisions[]'

An entry is what one look at the record came to: when, in which run, by which message; of each decision both values,
what had been agreed on before, the rule and the reason. It is kept for historyDays (90 unless the configuration says
otherwise). With --json an entry is a line, and the last line says where to go on (null: that was all).`,
  ).action(
    async (sync: string, key: string, field: string | undefined, options: HistoryOptions) => {
      const { printHistory } = await import('./run-history.ts');
      await printHistory(sync, key, field, options);
    },
  );
}
