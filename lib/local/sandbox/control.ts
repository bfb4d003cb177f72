/** The sandbox's control API on loopback: GET /status, POST /settle, POST /kill. See docs/sandbox.md. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { syncStatus, type SyncStatus } from '../../flow/status.ts';
import type { PullQueue } from '../../ports/messages.ts';
import type { StateStore } from '../../ports/state.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { SqsServer } from '../services/sqs/server.ts';
import { settle } from './settle.ts';

export interface ControlOptions {
  readonly state: StateStore;
  readonly runtime: Runtime;
  readonly sqs: SqsServer;
  readonly syncs: readonly string[];
}

export interface SandboxStatus {
  readonly mode: 'sandbox';
  readonly syncs: Readonly<Record<string, SyncStatus>>;
  readonly queues: Readonly<
    Record<string, { readonly visible: number; readonly inFlight: number }>
  >;
  readonly metrics: Readonly<Record<string, number>>;
}

export interface Control {
  readonly url: string;
  status(): Promise<SandboxStatus>;
  settle(timeoutMs: number): Promise<boolean>;
  stop(): Promise<void>;
}

const SETTLE_DEFAULT_MS = 60_000;
const FUNCTIONS = ['apply', 'pull', 'webhook'];

export async function startControl(options: ControlOptions): Promise<Control> {
  const queue = createPullQueue(options);
  const stopping = new AbortController();
  const settling = { ...options, queue, signal: stopping.signal };
  const status = (): Promise<SandboxStatus> => readStatus(options);
  const settleFor = (timeoutMs: number): Promise<boolean> => settle(settling, timeoutMs);
  const server = createServer((request, response) => {
    answer(options, { status, settle: settleFor }, request).then(
      ([code, body]) => send(response, code, body),
      (error: unknown) => send(response, 500, { error: String(error) }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    status,
    settle: settleFor,
    stop: () =>
      new Promise((resolve) => {
        stopping.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Answer = [code: number, body: unknown];

async function answer(
  { runtime }: ControlOptions,
  control: Pick<Control, 'status' | 'settle'>,
  request: IncomingMessage,
): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://sandbox');
  const route = `${request.method} ${url.pathname}`;
  if (route === 'GET /status') return [200, await control.status()];
  if (route === 'POST /settle') {
    const timeoutMs = Number(url.searchParams.get('timeoutMs') ?? SETTLE_DEFAULT_MS);
    if (!Number.isFinite(timeoutMs) || timeoutMs < 0)
      return [400, { error: 'timeoutMs must be milliseconds' }];
    const isSettled = await control.settle(timeoutMs);
    return [isSettled ? 200 : 408, await control.status()];
  }
  if (route === 'POST /kill') {
    const name = url.searchParams.get('function') ?? '';
    if (!FUNCTIONS.includes(name))
      return [400, { error: `function must be one of ${FUNCTIONS.join(', ')}` }];
    return runtime.killOne(name)
      ? [200, { killed: name }]
      : [409, { error: `no ${name} is running now` }];
  }
  return [
    404,
    { error: 'GET /status, POST /settle?timeoutMs=, POST /kill?function=apply|pull|webhook' },
  ];
}

async function readStatus({ state, runtime, syncs }: ControlOptions): Promise<SandboxStatus> {
  const statuses = await Promise.all(
    syncs.map(async (sync) => [sync, await syncStatus(state, sync, Date.now())] as const),
  );
  return {
    mode: 'sandbox',
    syncs: Object.fromEntries(statuses),
    queues: Object.fromEntries(runtime.queueDepths()),
    metrics: runtime.metrics()['Trivet'] ?? {},
  };
}

function createPullQueue({ runtime, sqs }: ControlOptions): PullQueue {
  const url = runtime.outputs.values['PullsQueue'] ?? '';
  return {
    sendPull: async (messages) => {
      for (const message of messages) {
        await sqs.call('SendMessage', {
          QueueUrl: url,
          MessageBody: JSON.stringify(message),
          MessageGroupId: message.sync,
          MessageDeduplicationId: randomUUID(),
        });
      }
    },
  };
}

function send(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}
