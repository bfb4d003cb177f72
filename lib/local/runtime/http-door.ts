/**
 * The HTTP server of one API. It listens before the stack is deployed, because its port is part of
 * the values that the stack's properties resolve to; until then it answers 503.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toMessage, type HttpAnswer, type HttpRequest } from './http-event.ts';

export type Answerer = (request: HttpRequest) => Promise<HttpAnswer>;

export interface HttpDoor {
  readonly url: string;
  readonly port: number;
  serve(answer: Answerer): void;
  stop(): Promise<void>;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const bodyBytesMax = 10 * 1_048_576;

/** `wanted` keeps URLs the same over restarts, and when it is taken another will do; `only` is what others were told. */
export type PortChoice = { readonly wanted: number | undefined } | { readonly only: number };

export async function openDoor(choice: PortChoice): Promise<HttpDoor> {
  let answer: Answerer = () => Promise.resolve(toMessage(503, 'Service Unavailable'));
  const server = createServer((request, response) => {
    void respond(request, response, (read) => answer(read));
  });
  if ('only' in choice) await listenOnly(server, choice.only);
  else await listen(server, choice.wanted ?? 0).catch(() => listen(server, 0));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    serve: (answerer) => {
      answer = answerer;
    },
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Throws a sentence when nobody can listen there now: asked before much else is done. */
export async function requireFreePort(port: number): Promise<void> {
  const probe = createServer();
  await listenOnly(probe, port);
  await new Promise<void>((resolve) => probe.close(() => resolve()));
}

async function listenOnly(server: Server, port: number): Promise<void> {
  try {
    await listen(server, port);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new Error(
      code === 'EADDRINUSE'
        ? `Port ${port} on 127.0.0.1 is taken by another process. Choose another port.`
        : `Port ${port} on 127.0.0.1 cannot be used (${code}). Choose another port.`,
    );
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answerer,
): Promise<void> {
  let result: HttpAnswer;
  try {
    const body = await readBody(request);
    result =
      body === undefined
        ? toMessage(413, 'Request Entity Too Large')
        : await answer({
            method: request.method ?? 'GET',
            url: request.url ?? '/',
            rawHeaders: request.rawHeaders,
            body,
            sourceIp: request.socket.remoteAddress ?? '',
          });
  } catch {
    result = toMessage(500, 'Internal Server Error');
  }
  try {
    write(response, result);
  } catch {
    // The function named a header that HTTP does not allow.
    write(response, toMessage(500, 'Internal Server Error'));
  }
}

function write(response: ServerResponse, result: HttpAnswer): void {
  // The rest of a body that is too large is not read: the connection cannot go on.
  const close = result.status === 413 ? { connection: 'close' } : {};
  response.writeHead(result.status, { ...result.headers, ...close });
  response.end(result.body);
}

/** Undefined when it is too large. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > bodyBytesMax) return undefined;
  }
  return Buffer.concat(chunks);
}
