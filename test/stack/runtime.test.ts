import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { LogLine } from '../../lib/local/runtime/log.ts';
import { createRuntime, type Runtime } from '../../lib/local/runtime/runtime.ts';
import { startServices, type Services } from '../../lib/local/services/services.ts';
import { CAP, synthesizeTestApp } from './runtime-app.ts';

jest.setTimeout(60_000);

const access = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};

let dir: string;
let services: Services;
let runtime: Runtime;
let sqs: SQSClient;
let dynamo: DynamoDBClient;
/** Undone in reverse, also when the start itself failed half-way. */
const cleanups: (() => Promise<void>)[] = [];
const log: LogLine[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'trivet-runtime-'));
  cleanups.push(() => rm(dir, { recursive: true }));
  const assemblyDir = synthesizeTestApp(dir);
  services = await startServices({ postgres: false });
  cleanups.push(() => services.stop());
  runtime = await createRuntime({
    assemblyDir,
    services,
    secretValues: { 'given/secret': 'the given value' },
    scheduleSeconds: 1,
    onLog: (line) => log.push(line),
  });
  cleanups.push(() => runtime.stop());
  sqs = new SQSClient({ ...access, endpoint: services.sqs.endpoint });
  dynamo = new DynamoDBClient({ ...access, endpoint: services.dynamodb.endpoint });
});

afterAll(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
});

/** Construct ids are the test's handle; physical names are the runtime's business. */
function queueUrl(id: string): string {
  return runtime.outputs.queues.find(({ path }) => path === `Test/${id}/Resource`)?.url ?? '';
}

interface Task {
  readonly id: string;
  readonly act?: string;
  readonly group?: string;
}

async function send(tasks: readonly Task[], queue = 'Work'): Promise<void> {
  for (let at = 0; at < tasks.length; at += 10) {
    const Entries = tasks.slice(at, at + 10).map(({ group, ...task }, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify(task),
      MessageGroupId: group ?? task.id,
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl(queue), Entries }));
  }
}

async function readResult(id: string): Promise<{ attempts: number; notes: string[] }> {
  const TableName = runtime.outputs.tables[0]?.name;
  const { Item } = await dynamo.send(new GetItemCommand({ TableName, Key: { pk: { S: id } } }));
  const notes = (Item?.['notes']?.L ?? []).map((note) => note.S ?? '');
  return { attempts: Number(Item?.['attempts']?.N ?? 0), notes };
}

async function until(isTrue: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isTrue())) await sleep(50);
}

/** Bodies that arrived in the dead-letter queue, waiting for the first. */
async function receiveDead(id: string): Promise<string[]> {
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl(`${id}Dead`),
      WaitTimeSeconds: 20,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 0,
    }),
  );
  return (Messages ?? []).map((message) => message.Body ?? '');
}

function isQuiet(id: string): boolean {
  const name = queueUrl(id).split('/').at(-1) ?? '';
  const depths = runtime.queueDepths().get(name);
  return depths !== undefined && depths.visible + depths.inFlight === 0;
}

describe('messages to a function', () => {
  test('in one batch fail one by one: the others are not repeated', async () => {
    await send([
      { id: 'good-1', group: 'partial' },
      { id: 'bad', act: 'fail', group: 'partial' },
      { id: 'good-2', group: 'partial' },
    ]);
    await until(async () => (await readResult('bad')).attempts === 2);
    await until(() => isQuiet('Work'));
    expect((await readResult('good-1')).attempts).toBe(1);
    expect((await readResult('good-2')).attempts).toBe(1);
  });

  test('that fail as often as allowed go to the dead-letter queue', async () => {
    await send([{ id: 'poison', act: 'fail' }]);
    let dead: string[] = [];
    await until(async () => {
      dead = await receiveDead('Work');
      return dead.some((body) => body.includes('poison'));
    });
    expect((await readResult('poison')).attempts).toBe(2);
  });

  test('come back when the function runs into its timeout, which kills it', async () => {
    await send([{ id: 'hang', act: 'hang' }]);
    await until(async () => (await readResult('hang')).attempts === 2);
    await until(() => log.some(({ line }) => line === 'Task timed out after 2.00 seconds'));
    await until(() => isQuiet('Work'));
    expect((await readResult('hang')).attempts).toBe(2);
  });

  test('come back when the process of the function ends, and the function works afterwards', async () => {
    await send([{ id: 'exit', act: 'exit' }]);
    await until(async () => (await readResult('exit')).attempts === 2);
    await send([{ id: 'after-exit' }]);
    await until(async () => (await readResult('after-exit')).attempts === 1);
    expect(log.some(({ line }) => line.includes('Runtime.ExitError'))).toBe(true);
  });

  test('come back when the function uses more memory than declared, which kills it', async () => {
    await send([{ id: 'hoard', act: 'hoard' }]);
    await until(() => log.some(({ line }) => line.includes('Runtime.OutOfMemory')));
    await until(async () => (await readResult('hoard')).attempts === 2);
    expect(log.some(({ line }) => line.includes('more than 256 MB'))).toBe(true);
  });

  test('of one group are handed over in order, one batch at a time', async () => {
    const ids = Array.from({ length: 25 }, (_, n) => `ordered-${n}`);
    await send(ids.map((id) => ({ id, act: 'slow', group: 'ordered' })).slice(0, 4));
    await send(ids.slice(4).map((id) => ({ id, group: 'ordered' })));
    await until(async () => (await readResult('ordered-24')).attempts > 0);
    const notes = await Promise.all(ids.map(async (id) => (await readResult(id)).notes));
    const startedAt = notes.map((own) => Number(own[0]?.split(':')[0]));
    expect(notes.every((own) => own.length === 1)).toBe(true);
    expect(startedAt).toEqual(startedAt.toSorted((a, b) => a - b));
    expect(new Set(startedAt).size).toBeGreaterThan(2);
  });

  test('are left alone while their mapping is disabled', async () => {
    await send([{ id: 'paused' }], 'Paused');
    await send([{ id: 'not-paused' }]);
    await until(async () => (await readResult('not-paused')).attempts === 1);
    expect((await readResult('paused')).attempts).toBe(0);
    expect(isQuiet('Paused')).toBe(false);
  });

  test('come back after a kill of the running invocation', async () => {
    expect(runtime.killOne('bounded')).toBe(false);
    await send([{ id: 'killed', act: 'hang' }]);
    await until(async () => (await readResult('killed')).attempts === 1);
    expect(runtime.inFlight().map(({ functionName }) => functionName)).toContainEqual(
      expect.stringContaining('Worker'),
    );
    expect(runtime.killOne('worker')).toBe(true);
    await until(async () => (await readResult('killed')).attempts === 2);
    expect(log.map(({ line }) => line)).toContain('killed');
  });
});

describe('a schedule', () => {
  test('rings at the rate asked for, each time with another time; a disabled one never', async () => {
    await until(async () => (await readResult('Tick')).attempts >= 3);
    expect((await readResult('Tick')).notes[0]).toContain(':Tick:');
    expect((await readResult('Never')).attempts).toBe(0);
  });
});

describe('a chain of a function through its own queue', () => {
  test('ends after 16 rounds, loudly, in the dead-letter queue', async () => {
    await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl('Bounded'),
        Entries: [{ Id: '1', MessageBody: '1', MessageGroupId: 'chain' }],
      }),
    );
    expect(await receiveDead('Bounded')).toEqual(['17']);
    expect(log.some(({ line, level }) => level === 'error' && line.includes('RECURSIVE'))).toBe(
      true,
    );
  });

  test('goes on with RecursiveLoop: Allow', async () => {
    await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl('Allowed'),
        Entries: [{ Id: '1', MessageBody: '1', MessageGroupId: 'chain' }],
      }),
    );
    const TableName = runtime.outputs.tables[0]?.name;
    const last = { TableName, Key: { pk: { S: 'Allowed-100' } } };
    await until(async () => (await dynamo.send(new GetItemCommand(last))).Item !== undefined);
    const { Items } = await dynamo.send(new ScanCommand({ TableName }));
    const chain = (Items ?? []).filter((item) => item['pk']?.S?.startsWith('Allowed-'));
    expect(chain).toHaveLength(100);
  });
});

describe('the HTTP API', () => {
  const ask = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`${runtime.outputs.values['Url']}${path}`, init);

  test('hands over a GET with its path parameters, query and headers', async () => {
    const response = await ask('/echo/a%20b?x=1&x=2', { headers: { 'X-Test': 'yes' } });
    const event = (await response.json()) as Record<string, unknown>;
    expect(response.status).toBe(200);
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'GET /echo/{id}',
      pathParameters: { id: 'a b' },
      rawQueryString: 'x=1&x=2',
      queryStringParameters: { x: '1,2' },
      headers: { 'x-test': 'yes' },
      isBase64Encoded: false,
      requestContext: { http: { method: 'GET', path: '/echo/a%20b' }, stage: '$default' },
    });
  });

  test('hands over a text body as it is and any other in base64', async () => {
    const body = 'type=subscribe&data%5Bemail%5D=a%40b.c';
    const post = async (type: string): Promise<unknown> => {
      const headers = { 'content-type': type };
      return (await ask('/echo', { method: 'POST', headers, body })).json();
    };
    expect(await post('text/plain')).toMatchObject({ body, isBase64Encoded: false });
    expect(await post('application/x-www-form-urlencoded')).toMatchObject({
      body: Buffer.from(body).toString('base64'),
      isBase64Encoded: true,
    });
  });

  test('answers as the function says: status, headers, cookies, bytes', async () => {
    const response = await ask('/echo?act=answer');
    expect(response.status).toBe(418);
    expect(response.headers.get('x-own')).toBe('yes');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255, 1]);
  });

  test('refuses what has no route, what is too large and what fails', async () => {
    expect((await ask('/none')).status).toBe(404);
    expect((await ask('/echo', { method: 'DELETE' })).status).toBe(404);
    expect((await ask('/echo?act=throw')).status).toBe(500);
    const body = Buffer.alloc(10 * 1_048_576 + 1);
    expect((await ask('/echo', { method: 'POST', body })).status).toBe(413);
  });

  test('throttles a route beyond its burst', async () => {
    const responses = await Promise.all(Array.from({ length: 10 }, () => ask('/throttled')));
    const refused = responses.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(6);
    expect(responses.length - refused.length).toBeGreaterThanOrEqual(3);
  });

  test('a flood at a capped function runs no more of it than its cap, and leaves a queue’s function its way', async () => {
    const ids = Array.from({ length: 10 }, (_, n) => `beside-a-flood-${n}`);
    let isOver = false;
    let most = 0;
    const running = (): number => {
      const { length } = runtime.inFlight().filter((one) => one.functionName.includes('Capped'));
      most = Math.max(most, length);
      return length;
    };
    const flood = Promise.all(Array.from({ length: 300 }, () => ask('/capped?act=slow')));
    void flood.finally(() => (isOver = true));
    await until(() => running() === CAP);
    await send(ids.map((id) => ({ id })));
    await until(async () => {
      running();
      return (await Promise.all(ids.map(readResult))).every(({ attempts }) => attempts === 1);
    });
    // Worked while requests were still waiting: the messages did not wait for the flood.
    expect({ isOver, most }).toEqual({ isOver: false, most: CAP });
    const answers = await flood;
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  });

  test('shows the function the environment of Lambda and nothing of ours', async () => {
    const environment = (await (await ask('/echo?act=environment')).json()) as object;
    expect(environment).toMatchObject({
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_REGION: 'us-east-1',
      RESULTS: runtime.outputs.tables[0]?.name,
    });
    expect(environment).not.toHaveProperty('HOME');
    expect(environment).not.toHaveProperty('JEST_WORKER_ID');
  });

  test('gives functions the secrets that were given, and generates the others', async () => {
    const given = await ask('/echo?act=secret&of=GIVEN');
    const generated = await ask('/echo?act=secret&of=GENERATED');
    expect(await given.text()).toBe('the given value');
    expect(await generated.json()).toEqual({
      user: 'x',
      password: expect.stringMatching(/^[A-Za-z0-9]{20}$/) as string,
    });
  });
});

describe('what functions print', () => {
  test('is handed on by line, and metrics are summed', async () => {
    await send([{ id: 'printed' }]);
    await until(async () => (await readResult('printed')).attempts === 1);
    await until(() => log.some(({ line }) => line.startsWith('remaining true')));
    expect(runtime.metrics()['Test']?.['Processed']).toBeGreaterThan(0);
    expect(log.some(({ line }) => line.includes('_aws'))).toBe(false);
  });
});
