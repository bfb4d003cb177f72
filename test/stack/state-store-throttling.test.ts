/** A page while the table says "not now": everything is written once, and in the end. */
import { GetItemCommand, type BatchStatementResponse } from '@aws-sdk/client-dynamodb';
import type { CrmKey, RemoteId } from '../../lib/engine/model.ts';
import type { StoredRecord } from '../../lib/ports/state.ts';
import { sampleRecord } from '../state/sample-record.ts';
import { useStateTables, type StateTables } from './state-store-tables.ts';

const sync = 'contacts-news';
const key = (text: string): CrmKey => text as CrmKey;
const id = (text: string): RemoteId => text as RemoteId;

const newTables = useStateTables();

describe('a page under throttling', () => {
  /** Of each three statements one is not sent at all, and one is sent and its answer is lost; each once. */
  function addFaults(tables: StateTables): void {
    const fates = new Map<string, 'dropped' | 'unheard' | 'sent'>();
    const fateOf = (statement: unknown): 'dropped' | 'unheard' | 'sent' => {
      const text = JSON.stringify(statement);
      if (fates.has(text)) return 'sent';
      const fate = (['unheard', 'dropped', 'sent'] as const)[fates.size % 3] ?? 'sent';
      fates.set(text, fate);
      return fate;
    };
    tables.client.middlewareStack.add(
      (next) => async (args) => {
        const { Statements: all } = args.input as { Statements?: readonly unknown[] };
        if (all === undefined) return next(args);
        const rows = all.map((statement) => ({ statement, fate: fateOf(statement) }));
        const sent = rows.filter(({ fate }) => fate !== 'dropped').map((row) => row.statement);
        const input = { ...args.input, Statements: sent } as never;
        const nothing = { output: { $metadata: {} }, response: undefined };
        const result = sent.length === 0 ? nothing : await next({ ...args, input });
        const answers = (result.output as { Responses?: BatchStatementResponse[] }).Responses ?? [];
        const Responses = rows.map(({ fate }) => {
          if (fate === 'dropped') return { Error: { Code: 'ThrottlingError' } };
          const answer = answers.shift();
          return fate === 'unheard' ? { Error: { Code: 'InternalServerError' } } : answer;
        });
        return { ...result, output: { ...result.output, Responses } };
      },
      { step: 'initialize', name: 'faults' },
    );
  }

  test('is stored completely; what was stored unheard is reported lost and found on the next look', async () => {
    const tables = await newTables();
    addFaults(tables);
    const store = tables.another({ sleep: () => Promise.resolve() });
    const records: StoredRecord[] = Array.from({ length: 50 }, (_, index) => ({
      state: sampleRecord({ key: key(String(index)) }),
      version: 0,
      marks: 0,
    }));
    const outcomes = await store.save(sync, records);
    expect(outcomes).toContain('saved');
    expect(outcomes).toContain('lost');
    const loaded = await store.load(
      sync,
      records.map(({ state }) => state.key),
    );
    for (const record of records) {
      expect(loaded.get(record.state.key)).toStrictEqual({ ...record, version: 1 });
    }
    const links = records.map(({ state }) => ({ id: id(`m${state.key}`), key: state.key }));
    const held = await store.claimLinks(sync, links);
    expect(held).toStrictEqual(records.map(({ state }) => state.key));
  });

  test('keeps one tombstone key although its making was unheard', async () => {
    const tables = await newTables();
    addFaults(tables);
    const quick = { sleep: () => Promise.resolve() };
    await tables.another(quick).bury(['a'], 5);
    expect(await tables.another(quick).buried(['a'])).toStrictEqual(new Map([['a', 5]]));
    const keyItem = new GetItemCommand({
      TableName: tables.stateTable,
      Key: { pk: { S: '#installation' }, sk: { S: 'tombstone-key' } },
    });
    expect((await tables.client.send(keyItem)).Item?.['k']?.S).toHaveLength(43);
  });
});
