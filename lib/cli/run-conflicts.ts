/** What `trivet conflicts` does: the inbox, with the command that settles each item. */
import { readInbox } from '../flow/inbox.ts';
import { formatItem, remedyOf } from './print/inbox.ts';
import { chosenSyncs } from './target.ts';
import { answerFrom, type TargetOptions } from './with-target.ts';

export interface ConflictsOptions extends TargetOptions {
  readonly limit: number;
}

export async function printConflicts(
  name: string | undefined,
  options: ConflictsOptions,
): Promise<void> {
  await answerFrom(options, async (target) => {
    const inboxes = [];
    for (const sync of chosenSyncs(target, name)) {
      inboxes.push(await readInbox(await target.open(sync), options.limit));
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
