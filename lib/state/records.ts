/**
 * Records: what the merge starts from, and the second guard of "one writer" (DESIGN I5). Every write is
 * conditional on the version read, so whoever was overtaken learns it and looks again.
 *
 * Ordinary saves go 25 to a call. A record that is in the inbox index, or leaves it, needs three
 * attributes changed together and goes alone; whether a record was there is part of the statement's
 * condition (`s.x = 0`), so a stale memory of it costs a call and never an index entry.
 */
import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { CrmKey } from '../engine/model.ts';
import type { RecordStore, SaveOutcome, StoredRecord } from '../ports/state.ts';
import { toItem, type Item } from './attribute.ts';
import { getItems } from './batches.ts';
import { mapParallel } from './parallel.ts';
import { inboxPlaceOf, isInInbox, recordMap, recordOfItem } from './record-item.ts';
import { sendConditional, type Connection, type RowOutcome } from './sending.ts';
import { insertStatement, runStatements, type Statement } from './statements.ts';
import { recordKey } from './table-keys.ts';
import type { WaitingNotes } from './waiting-note.ts';

const updatesInFlightMax = 8;

export function createRecords(
  connection: Connection,
  table: string,
  notes: WaitingNotes,
): Pick<RecordStore, 'load' | 'save' | 'forgetRecord'> {
  return {
    load: async (sync, keys) => {
      const itemKeys = [...new Set(keys)].map((key) => recordKey(sync, key));
      const items = await getItems(connection, table, itemKeys);
      return new Map<CrmKey, StoredRecord>(
        items.map(recordOfItem).map((record) => [record.state.key, record]),
      );
    },
    save: async (sync, records) => {
      requireDistinct(records);
      if (records.some(({ state }) => state.parking?.kind === 'waiting')) await notes.open(sync);
      const inBatch = records.filter(isOrdinary);
      const statements = inBatch.map((record) => saveStatement(table, sync, record));
      const rows = await runStatements(connection, statements);
      const outcomes = new Map(inBatch.map((record, row) => [record, rows[row]]));
      // A refused insert is lost. A refused update may only have been in the inbox until now.
      const alone = records.filter(
        (record) => record.version > 0 && outcomes.get(record) !== 'done',
      );
      const update = (record: StoredRecord) => updateAlone(connection, table, sync, record);
      const second = await mapParallel(alone, updatesInFlightMax, update);
      for (const [index, record] of alone.entries()) outcomes.set(record, second[index]);
      return records.map((record) => saveOutcome(outcomes.get(record)));
    },
    forgetRecord: async (sync, { state, version }) => {
      const command = new DeleteItemCommand({
        TableName: table,
        Key: toItem({ ...recordKey(sync, state.key) }),
        ConditionExpression: 'attribute_not_exists(s) OR s.v = :v',
        ExpressionAttributeValues: toItem({ ':v': version }),
      });
      const { client, backoff } = connection;
      return saveOutcome(await sendConditional(backoff, () => client.send(command)));
    },
  };
}

function isOrdinary(record: StoredRecord): boolean {
  return record.version === 0 || !isInInbox(record.state);
}

function saveStatement(table: string, sync: string, record: StoredRecord): Statement {
  const key = recordKey(sync, record.state.key);
  const map = { M: recordMap(record) };
  if (record.version === 0) {
    const place = toItem({ ...inboxPlaceOf(sync, record.state) });
    return insertStatement(table, key, { s: map, ...place });
  }
  return {
    key,
    text: `UPDATE "${table}" SET s = ? WHERE pk = ? AND sk = ? AND s.v = ? AND s.x = ?`,
    parameters: [map, { S: key.pk }, { S: key.sk }, { N: String(record.version) }, { N: '0' }],
  };
}

function updateAlone(
  { client, backoff }: Connection,
  table: string,
  sync: string,
  record: StoredRecord,
): Promise<RowOutcome> {
  const place = inboxPlaceOf(sync, record.state);
  const values: Item = { ':s': { M: recordMap(record) }, ':v': { N: String(record.version) } };
  const command = new UpdateItemCommand({
    TableName: table,
    Key: toItem({ ...recordKey(sync, record.state.key) }),
    ConditionExpression: 's.v = :v',
    UpdateExpression:
      place === null ? 'SET s = :s REMOVE ipk, isk' : 'SET s = :s, ipk = :ipk, isk = :isk',
    ExpressionAttributeValues:
      place === null ? values : { ...values, ...toItem({ ':ipk': place.ipk, ':isk': place.isk }) },
  });
  return sendConditional(backoff, () => client.send(command));
}

function saveOutcome(row: RowOutcome | undefined): SaveOutcome {
  return row === 'done' ? 'saved' : 'lost';
}

function requireDistinct(records: readonly StoredRecord[]): void {
  const keys = new Set(records.map((record) => record.state.key));
  if (keys.size < records.length) throw new Error('One save names a record twice.');
}
