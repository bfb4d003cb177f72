/** A server on this machine only, in whose first path segment it is decided who answers. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jsonType, send } from './wire.ts';

/** `url` is below the first segment. */
export type Serve = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

export interface HostParts {
  /** For reports of bugs. */
  readonly name: string;
  /** Who answers below a first segment; null: nobody does. */
  readonly doorOf: (segment: string) => Serve | null;
  /** Where something lives, said to whoever knocks elsewhere. */
  readonly directions: string;
  /** @default 0: any free port */
  readonly port?: number;
}

export interface Host {
  readonly port: number;
  stop(): Promise<void>;
}

export async function openHost(parts: HostParts): Promise<Host> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const [, first = ''] = url.pathname.split('/');
    const serve = parts.doorOf(first);
    if (serve === null) {
      sendNotFound(request, response, parts.directions);
      return;
    }
    url.pathname = url.pathname.slice(first.length + 1) || '/';
    serve(request, response, url).catch((error: unknown) => reportBug(parts.name, error));
  });
  // Callers reuse connections; one that was closed between two requests would look like a fault nobody injected.
  server.keepAliveTimeout = 120_000;
  const port = await listen(server, parts.port ?? 0);
  return { port, stop: () => close(server) };
}

function sendNotFound(request: IncomingMessage, response: ServerResponse, error: string): void {
  request.resume();
  const text = JSON.stringify({ error });
  send(response, { status: 404, contentType: jsonType, text, headers: {} });
}

function reportBug(name: string, error: unknown): void {
  const report = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`simulated ${name}: ${report}\n`);
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
