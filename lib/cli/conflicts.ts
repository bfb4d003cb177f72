/** `trivet conflicts`: the inbox, with the command that settles each item. */
import { type Command, InvalidArgumentError } from 'commander';
import { readInbox } from '../flow/inbox.ts';
import { formatItem, remedyOf } from './print/inbox.ts';
import { chosenSyncs } from './target.ts';
import { answerFrom, describeTargetCommand, type TargetOptions } from './with-target.ts';

interface Options extends TargetOptions {
  readonly limit: number;
}

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 10_000;

export function addConflicts(program: Command): void {
  const command = program
    .command('conflicts')
    .description(
      'what waits for a person or a time: parked fields, quarantined, waiting, held, unmatched',
    )
    .argument('[sync]', 'only this one')
    .option('--limit <n>', 'at most this many per sync', parseLimit, LIMIT_DEFAULT);
  describeTargetCommand(
    command,
    `  npx trivet conflicts
  npx trivet conflicts contacts-news --limit 500 --json`,
  ).action(printConflicts);
}

async function printConflicts(name: string | undefined, options: Options): Promise<void> {
  await answerFrom(options, async (target) => {
    const inboxes = [];
    for (const sync of chosenSyncs(target, name)) {
      inboxes.push(await readInbox(target.open(sync), options.limit));
    }
    const items = inboxes.flatMap((inbox) => inbox.items);
    const hasMore = inboxes.some((inbox) => inbox.hasMore);
    const now = Date.now();
    return {
      json: { items: items.map((item) => ({ ...item, remedy: remedyOf(item) })), hasMore },
      lines: (ink) => [
        ...(items.length === 0
          ? ['Nothing waits: no parked field, no quarantined, waiting or unmatched record.']
          : items.flatMap((item, index) => [
              ...(index === 0 ? [] : ['']),
              ...formatItem(ink, item, now),
            ])),
        ...(hasMore ? ['', `There is more: --limit ${options.limit * 10}`] : []),
      ],
    };
  });
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new InvalidArgumentError(`a whole number from 1 to ${LIMIT_MAX} is needed.`);
  }
  return limit;
}
