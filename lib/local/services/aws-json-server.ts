/**
 * The part that all AWS JSON protocols share: POST / with the operation in `X-Amz-Target`, a JSON
 * body, and errors as `{ __type, message }`. Signatures are not checked: nobody but this machine
 * reaches 127.0.0.1.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export type JsonObject = Readonly<Record<string, unknown>>;

export interface AwsJsonRequest {
  readonly operation: string;
  readonly body: JsonObject;
  readonly headers: IncomingHttpHeaders;
  /** Aborts when the caller has hung up: a long poll must not take messages for nobody. */
  readonly signal: AbortSignal;
}

/** The text of that name, or empty. */
export function readText(body: JsonObject, name: string): string {
  const value = body[name];
  return typeof value === 'string' ? value : '';
}

/** An answer that AWS gives as an error; `code` is what SDK callers switch on. */
export class AwsServiceError extends Error {
  readonly code: string;
  readonly queryCode: string | undefined;

  constructor(code: string, message: string, queryCode?: string) {
    super(message);
    this.name = 'AwsServiceError';
    this.code = code;
    this.queryCode = queryCode;
  }
}

export interface AwsJsonServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

export interface AwsJsonServerOptions {
  readonly contentType: 'application/x-amz-json-1.0' | 'application/x-amz-json-1.1';
  readonly bodyBytesMax: number;
  readonly port?: number;
  handle(request: AwsJsonRequest): Promise<JsonObject> | JsonObject;
}

export async function startAwsJsonServer(options: AwsJsonServerOptions): Promise<AwsJsonServer> {
  const server = createServer((request, response) => {
    const caller = new AbortController();
    response.on('close', () => caller.abort());
    void answer(options, request, caller.signal).then(({ status, body, headers }) => {
      const content = JSON.stringify(body);
      response.writeHead(status, { 'content-type': options.contentType, ...headers });
      response.end(content);
    });
  });
  server.keepAliveTimeout = 60_000;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(options.port ?? 0, '127.0.0.1', resolve);
  await promise;
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers: Record<string, string>;
}

async function answer(
  options: AwsJsonServerOptions,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const body = await readJson(request, options.bodyBytesMax);
    const target = String(request.headers['x-amz-target'] ?? '');
    const operation = target.slice(target.indexOf('.') + 1);
    const result = await options.handle({ operation, body, headers: request.headers, signal });
    return { status: 200, body: result, headers: {} };
  } catch (error) {
    return describeError(error);
  }
}

function describeError(error: unknown): Answer {
  if (!(error instanceof AwsServiceError)) {
    return {
      status: 500,
      body: { __type: 'InternalFailure', message: String(error) },
      headers: {},
    };
  }
  const headers: Record<string, string> =
    error.queryCode === undefined ? {} : { 'x-amzn-query-error': `${error.queryCode};Sender` };
  return { status: 400, body: { __type: error.code, message: error.message }, headers };
}

async function readJson(request: IncomingMessage, bytesMax: number): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new AwsServiceError('RequestEntityTooLarge', 'body too large');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as JsonObject;
  } catch {
    throw new AwsServiceError('SerializationException', 'the body is not JSON');
  }
}
