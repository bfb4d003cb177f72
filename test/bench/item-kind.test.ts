/** What the meter takes a call for: every form in which the state store asks DynamoDB. */
import { kindOfItem } from '../../bench/rig/item-kind.ts';
import {
  controlKey,
  historyPartition,
  linkKey,
  plannedKey,
  recordKey,
  tombstoneKeyOf,
  type ItemKey,
} from '../../lib/state/table-keys.ts';

const sync = 'contacts-news';
const item = ({ pk, sk }: ItemKey) => ({ pk: { S: pk }, sk: { S: sk } });
const insert = (key: ItemKey) => ({
  Statement: `INSERT INTO "t-State-1" VALUE {'pk': ?, 'sk': ?, 's': ?}`,
  Parameters: [{ S: key.pk }, { S: key.sk }, {}],
});
const update = (key: ItemKey) => ({
  Statement: `UPDATE "t-State-1" SET s = ? WHERE pk = ? AND sk = ?`,
  Parameters: [{}, { S: key.pk }, { S: key.sk }],
});

describe('the kind of item', () => {
  test.each([
    ['record', recordKey(sync, '17')],
    ['link', linkKey(sync, 'c0ffee')],
    ['control', controlKey(sync, 'health')],
    ['tombstone', tombstoneKeyOf('ab12')],
    ['other', plannedKey(sync, 'c0ffee')],
  ] as const)('%s is known in reads, statements and single writes', (kind, key) => {
    const gets = { RequestItems: { 't-State-1': { Keys: [item(key), item(key)] } } };
    expect(kindOfItem('BatchGetItem', gets)).toEqual({ table: 'state', kind, items: 2 });
    const statements = { Statements: [insert(key), update(key), update(key)] };
    expect(kindOfItem('BatchExecuteStatement', statements)).toMatchObject({ kind, items: 3 });
    const single = { TableName: 't-State-1', Key: item(key) };
    expect(kindOfItem('UpdateItem', single)).toMatchObject({ kind, items: 1 });
  });

  test('a query of the index is one of the index, and history is known by its table', () => {
    const query = { TableName: 't-State-1', IndexName: 'inbox', ExpressionAttributeValues: {} };
    expect(kindOfItem('Query', query)).toMatchObject({ kind: 'inbox index' });
    const key = { pk: historyPartition(sync, '17'), sk: '1' };
    const puts = { RequestItems: { 't-History-1': [{ PutRequest: { Item: item(key) } }] } };
    expect(kindOfItem('BatchWriteItem', puts)).toEqual({
      table: 'history',
      kind: 'history',
      items: 1,
    });
  });
});
