/** `trivet undo <sync> <key> [field]` and `--run`: its options and help. */
import type { Command } from 'commander';
import type { UndoCommand } from './run-undo.ts';
import { describeTargetCommand } from './with-target.ts';

export function addUndo(program: Command): void {
  const command = program
    .command('undo')
    .description('take the last decision about a record back, or all that a run wrote')
    .argument('<sync>', 'as `status` names it')
    .argument('[key]', 'the CRM row’s primary key')
    .argument('[field]', 'the CRM column')
    .option('--run <run>', 'everything this run wrote; `history` names the run of each decision')
    .option('--print', 'show what would be taken back, and do nothing')
    .option('-y, --yes', 'without asking; for scripts');
  describeTargetCommand(
    command,
    `  npx trivet history contacts-news 17                  which decision, in which run
  npx trivet undo contacts-news 17 phone               the last write of one field
  npx trivet undo contacts-news 17                     all that was last written of the record
  npx trivet undo contacts-news --run 4711 --print     what a whole run wrote: only show it
  npx trivet undo contacts-news --run 4711 --yes --json

Both ends get the value back that stood where it was overwritten. Whatever somebody has changed since is left as it is, field by
field, and told of. A record that was created in the app is archived there; one that was archived comes back where
its row is there; rows are neither deleted nor made. Nobody is subscribed again by it without a newer opt-in.
An undo of a run is under the sync's brakes; the next ones go when the same command is given again. It
stands in the history under a run of its own, and can be undone.

Exit code 0: all of it is undone; 1: some of it was left or failed.`,
  ).action(
    async (
      sync: string,
      key: string | undefined,
      field: string | undefined,
      options: UndoCommand,
    ) => {
      const { runUndo } = await import('./run-undo.ts');
      await runUndo(sync, key, field, options);
    },
  );
}
