/**
 * Whether anybody waits at all, in one small item: without it each idle round would ask all shards of the
 * inbox index for records that are due, which costs more than all the rest of the round.
 *
 * The note is written before the record that waits, so a crash in between costs a look and forgets nobody.
 * It is taken back only some minutes later, because the index answers late; and once an hour the index is
 * asked whatever the note says, because earlier code stores waiting records without it.
 */
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { requireNumber, toItem } from './attribute.ts';
import { getItems } from './batches.ts';
import { itemRevision, requireKnownRevision } from './revision.ts';
import { send, sendConditional, type Connection } from './sending.ts';
import { controlKey } from './table-keys.ts';

export interface WaitingNote {
  /** Somebody may wait, so the index must be asked. */
  readonly isOpen: boolean;
  /** When somebody was last known to wait; 0: nobody. Null: no note was ever made. */
  readonly at: number | null;
}

export interface WaitingNotes {
  read(sync: string): Promise<WaitingNote>;
  /** Somebody is about to wait. */
  open(sync: string): Promise<void>;
  /** The index was asked: `found` says whether anybody waits, due or not. */
  answer(sync: string, note: WaitingNote, found: () => Promise<boolean>): Promise<void>;
}

const INDEX_LAG_MAX_MS = 5 * 60_000;
const LOOK_ANYWAY_MS = 60 * 60_000;

export function createWaitingNotes(
  connection: Connection,
  table: string,
  now: () => number,
): WaitingNotes {
  const { client, backoff } = connection;
  return {
    read: async (sync) => {
      const key = controlKey(sync, 'waiting');
      const [item] = await getItems(connection, table, [key]);
      if (item === undefined) return { isOpen: true, at: null };
      requireKnownRevision(key, requireNumber(item, 'g'));
      const [at, lookedAt] = [requireNumber(item, 'at'), requireNumber(item, 'l')];
      return { isOpen: at > 0 || now() - lookedAt > LOOK_ANYWAY_MS, at };
    },
    open: async (sync) => {
      await send(backoff, () => client.send(noteCommand(table, sync, now(), now())));
    },
    answer: async (sync, note, found) => {
      const isFresh = note.at !== null && note.at > 0 && now() - note.at < INDEX_LAG_MAX_MS;
      if (isFresh) return;
      const at = (await found()) ? now() : 0;
      // Whoever began to wait meanwhile has written the note anew, and that one stands.
      const command = noteCommand(table, sync, at, now());
      command.input.ConditionExpression =
        note.at === null ? 'attribute_not_exists(#at)' : '#at = :seen';
      if (note.at !== null) {
        Object.assign(command.input.ExpressionAttributeValues ?? {}, toItem({ ':seen': note.at }));
      }
      await sendConditional(backoff, () => client.send(command));
    },
  };
}

function noteCommand(table: string, sync: string, at: number, lookedAt: number): UpdateItemCommand {
  return new UpdateItemCommand({
    TableName: table,
    Key: toItem({ ...controlKey(sync, 'waiting') }),
    UpdateExpression: 'SET #at = :at, l = :l, g = :g',
    ExpressionAttributeNames: { '#at': 'at' },
    ExpressionAttributeValues: toItem({ ':at': at, ':l': lookedAt, ':g': itemRevision }),
  });
}
