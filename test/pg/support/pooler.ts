/**
 * A pooler as Postgres clients meet one: it greets with a process id of its own, and gives each transaction the
 * next of its connections. One client at a time, which is what these tests need of pgbouncer.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';

export interface Pooler {
  readonly url: string;
  stop(): Promise<void>;
}

const INVENTED_PID = 4_000_000;

/** `connections`: 1 pools sessions, more pool transactions. */
export async function startPooler(url: string, connections: number): Promise<Pooler> {
  const clients: Client[] = [];
  const upstreams: Socket[] = [];
  for (let n = 0; n < connections; n += 1) {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    stream.removeAllListeners('data');
    upstreams.push(stream);
  }
  const server = createServer((socket) => serve(socket, upstreams));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = new URL(url);
  address.port = String((server.address() as AddressInfo).port);
  return { url: address.href, stop: () => stop(server, upstreams) };
}

function serve(socket: Socket, upstreams: readonly Socket[]): void {
  let current = 0;
  let isGreeted = false;
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    if (isGreeted) {
      // 'X': the client leaves; the pooler's connection stays.
      if (data[0] !== 0x58) upstreams[current]?.write(data);
      return;
    }
    isGreeted = true;
    socket.write(
      Buffer.concat([
        message('R', int32(0)),
        message('K', int32(INVENTED_PID), int32(1)),
        message('Z', Buffer.from('I')),
      ]),
    );
  });
  for (const upstream of upstreams) {
    upstream.removeAllListeners('data');
    let rest = Buffer.alloc(0);
    upstream.on('data', (data) => {
      rest = Buffer.concat([rest, data]);
      while (rest.length >= 5 && rest.length >= 1 + rest.readInt32BE(1)) {
        const size = 1 + rest.readInt32BE(1);
        const one = rest.subarray(0, size);
        rest = rest.subarray(size);
        // ReadyForQuery outside a transaction: the next one goes elsewhere.
        if (one[0] === 0x5a && one[5] === 0x49) current = (current + 1) % upstreams.length;
        if (!socket.destroyed) socket.write(one);
      }
    });
  }
}

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

async function stop(server: Server, upstreams: readonly Socket[]): Promise<void> {
  for (const upstream of upstreams) upstream.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
