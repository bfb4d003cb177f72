import { StateUnavailable } from '../../lib/ports/state.ts';
import { getItems, putItems } from '../../lib/state/batches.ts';
import { chunk, mapParallel } from '../../lib/state/parallel.ts';
import { send, sendConditional } from '../../lib/state/sending.ts';
import { insertStatement, runStatements } from '../../lib/state/statements.ts';
import { createScriptedConnection, serviceError } from './scripted-client.ts';

const keys = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ pk: 'p', sk: String(index) }));
const inserts = (count: number) => keys(count).map((key) => insertStatement('state', key, {}));

interface GetInput {
  readonly RequestItems: { readonly state: { readonly Keys: { readonly sk: { S: string } }[] } };
}
interface WriteInput {
  readonly RequestItems: { readonly state: readonly unknown[] };
}
interface RunInput {
  readonly Statements: readonly { readonly Parameters: readonly { S: string }[] }[];
}

const row = (code?: string) => (code === undefined ? {} : { Error: { Code: code, Message: '!' } });

describe('a call', () => {
  test('is repeated with growing pauses while the service is busy', async () => {
    const { backoff, pauses } = createScriptedConnection(() => ({}));
    let calls = 0;
    const result = await send(backoff, () => {
      calls += 1;
      if (calls === 1) throw serviceError('ThrottlingException');
      if (calls === 2) throw serviceError('SomethingInside', 503);
      return Promise.resolve('answer');
    });
    expect(result).toBe('answer');
    expect(pauses).toStrictEqual([50, 100]);
  });

  test('is given up as "unavailable" after eight attempts, with the cause', async () => {
    const { backoff, pauses } = createScriptedConnection(() => ({}));
    const busy = serviceError('ProvisionedThroughputExceededException');
    const failing = send(backoff, () => Promise.reject(busy));
    await expect(failing).rejects.toMatchObject({ kind: 'state-unavailable', cause: busy });
    expect(pauses).toHaveLength(7);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1000);
  });

  test('that is wrong is not repeated', async () => {
    const { backoff, pauses } = createScriptedConnection(() => ({}));
    const failing = send(backoff, () => Promise.reject(serviceError('ValidationException')));
    await expect(failing).rejects.toThrow('ValidationException');
    expect(pauses).toStrictEqual([]);
  });

  test('that loses its condition has that as its answer', async () => {
    const { backoff } = createScriptedConnection(() => ({}));
    const lost = serviceError('ConditionalCheckFailedException');
    await expect(sendConditional(backoff, () => Promise.reject(lost))).resolves.toBe('refused');
  });
});

describe('a batch of reads', () => {
  test('goes a hundred to a call, four calls at a time', async () => {
    let inFlight = 0;
    let peak = 0;
    const connection = createScriptedConnection(async (input) => {
      peak = Math.max(peak, (inFlight += 1));
      await new Promise(setImmediate);
      inFlight -= 1;
      const { Keys } = (input as unknown as GetInput).RequestItems.state;
      return { Responses: { state: Keys } };
    });
    const items = await getItems(connection, 'state', keys(730));
    expect(new Set(items.map((item) => item['sk']?.S)).size).toBe(730);
    const sizes = connection.sent.map(
      (input) => (input as unknown as GetInput).RequestItems.state.Keys.length,
    );
    expect(sizes).toStrictEqual([100, 100, 100, 100, 100, 100, 100, 30]);
    expect(peak).toBe(4);
  });

  test('asks again for what was left over, at once while there is progress', async () => {
    const connection = createScriptedConnection((input) => {
      const { Keys } = (input as unknown as GetInput).RequestItems.state;
      const left = Keys.slice(40);
      const rest = left.length === 0 ? {} : { state: { Keys: left } };
      return { Responses: { state: Keys.slice(0, 40) }, UnprocessedKeys: rest };
    });
    const items = await getItems(connection, 'state', keys(100));
    expect(items).toHaveLength(100);
    expect(connection.pauses).toStrictEqual([]);
  });

  test('pauses without progress, and ends', async () => {
    const connection = createScriptedConnection((input) => ({
      UnprocessedKeys: (input as unknown as GetInput).RequestItems,
    }));
    await expect(getItems(connection, 'state', keys(3))).rejects.toThrow(StateUnavailable);
    expect(connection.sent).toHaveLength(8);
  });
});

describe('a batch of puts', () => {
  test('is complete only when nothing is left unprocessed', async () => {
    const connection = createScriptedConnection((input, call) => {
      const all = (input as unknown as WriteInput).RequestItems.state;
      return call <= 3 ? { UnprocessedItems: { state: all.slice(10) } } : {};
    });
    await putItems(
      connection,
      'state',
      keys(25).map(({ sk }) => ({ sk: { S: sk } })),
    );
    const sizes = connection.sent.map(
      (input) => (input as unknown as WriteInput).RequestItems.state.length,
    );
    expect(sizes).toStrictEqual([25, 15, 5]);
  });

  test('that never gets through is "unavailable"', async () => {
    const connection = createScriptedConnection((input) => ({
      UnprocessedItems: (input as unknown as WriteInput).RequestItems,
    }));
    await expect(putItems(connection, 'state', [{ sk: { S: '1' } }])).rejects.toThrow(
      StateUnavailable,
    );
  });
});

describe('a batch of statements', () => {
  test('repeats only the rows that were throttled, and keeps the outcomes in order', async () => {
    const connection = createScriptedConnection((input, call) => {
      const { Statements } = input as unknown as RunInput;
      if (call > 1) return { Responses: Statements.map(() => row()) };
      const codes = ['ThrottlingError', 'DuplicateItem', undefined, 'ConditionalCheckFailed'];
      return { Responses: [...codes, 'InternalServerError'].map(row) };
    });
    const outcomes = await runStatements(connection, inserts(5));
    expect(outcomes).toStrictEqual(['done', 'refused', 'done', 'refused', 'done']);
    const repeated = connection.sent[1] as unknown as RunInput;
    expect(repeated.Statements.map(({ Parameters }) => Parameters[1]?.S)).toStrictEqual(['0', '4']);
  });

  test('goes 25 to a call', async () => {
    const connection = createScriptedConnection((input) => ({
      Responses: (input as unknown as RunInput).Statements.map(() => row()),
    }));
    await expect(runStatements(connection, inserts(60))).resolves.toHaveLength(60);
    const sizes = connection.sent.map((input) => (input as unknown as RunInput).Statements.length);
    expect(sizes).toStrictEqual([25, 25, 10]);
  });

  test('names the item the service does not take', async () => {
    const connection = createScriptedConnection(() => ({ Responses: [row('ValidationError')] }));
    await expect(runStatements(connection, inserts(1))).rejects.toThrow(
      'DynamoDB does not take the item p 0: ValidationError (!).',
    );
  });
});

describe('work in parallel', () => {
  test('begins nothing after a failure and leaves nothing running', async () => {
    const begun: number[] = [];
    let running = 0;
    const work = async (item: number): Promise<number> => {
      begun.push(item);
      running += 1;
      await new Promise(setImmediate);
      running -= 1;
      if (item === 1) throw new Error('bad');
      return item;
    };
    await expect(mapParallel([0, 1, 2, 3, 4, 5, 6, 7], 2, work)).rejects.toThrow('bad');
    expect(running).toBe(0);
    expect(begun.length).toBeLessThanOrEqual(4);
  });

  test('cuts pages without losing the rest', () => {
    expect(chunk([1, 2, 3, 4, 5], 2)).toStrictEqual([[1, 2], [3, 4], [5]]);
    expect(chunk([], 2)).toStrictEqual([]);
  });
});
