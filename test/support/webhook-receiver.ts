/** Somebody who is told by webhook: keeps what came, and answers what the test says. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly posts: () => readonly Received[];
  readonly gets: () => readonly Received[];
  /** Resolves once so many posts came, or once they are enough in another way. */
  waitFor(enough: number | ((posts: readonly Received[]) => boolean)): Promise<readonly Received[]>;
  /** One for each request to come; 0 is no answer at all. Afterwards it is 200. */
  answerWith(...statuses: number[]): void;
  stop(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const statuses: number[] = [];
  let wake = (): void => {};
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ method: request.method ?? '', headers: request.headers, body });
      const status = statuses.shift() ?? 200;
      if (status === 0) request.socket.destroy();
      else response.writeHead(status).end();
      wake();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const posts = () => received.filter(({ method }) => method === 'POST');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    posts,
    gets: () => received.filter(({ method }) => method === 'GET'),
    waitFor: async (enough) => {
      const isEnough = (): boolean =>
        typeof enough === 'number' ? posts().length >= enough : enough(posts());
      while (!isEnough()) await new Promise<void>((resolve) => (wake = resolve));
      return posts();
    },
    answerWith: (...next) => statuses.push(...next),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
