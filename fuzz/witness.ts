/** The AWS that the fuzzed function talks to: it gives one secret, takes messages for one queue, and tells of every call. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SECRET_TEXT } from './keys.ts';

export interface WitnessedCall {
  /** Bodies of messages that were sent. */
  readonly messages: readonly string[];
  /** What no webhook has any business with. */
  readonly foreign: string | null;
}

export interface Witness {
  readonly url: string;
  /** What was called since the last time. */
  take(): readonly WitnessedCall[];
  stop(): Promise<void>;
}

export const SECRET_NAME = 'trivet/fuzz/webhooks';
const PULLS = '/000000000000/pulls.fifo';

export async function startWitness(): Promise<Witness & { readonly pullsUrl: string }> {
  let calls: WitnessedCall[] = [];
  const server = createServer((request, response) => {
    void answer(request, response).then((call) => call !== null && calls.push(call));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    pullsUrl: `${url}${PULLS}`,
    take: () => {
      const taken = calls;
      calls = [];
      return taken;
    },
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Asked {
  readonly SecretId?: string;
  readonly QueueUrl?: string;
  readonly Entries?: readonly { readonly Id: string; readonly MessageBody: string }[];
}

/** Null: it read its secret. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<WitnessedCall | null> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const target = String(request.headers['x-amz-target']);
  const asked = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Asked;
  // A date of our real clock would make the client correct its own.
  response.sendDate = false;
  const say = (status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(body));
  };
  if (target === 'secretsmanager.GetSecretValue' && asked.SecretId === SECRET_NAME) {
    say(200, { Name: SECRET_NAME, SecretString: SECRET_TEXT });
    return null;
  }
  if (target === 'AmazonSQS.SendMessageBatch' && asked.QueueUrl?.endsWith(PULLS) === true) {
    const entries = asked.Entries ?? [];
    const Successful = entries.map(({ Id, MessageBody }) => ({
      Id,
      MessageId: Id,
      MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
    }));
    say(200, { Successful, Failed: [] });
    return { messages: entries.map(({ MessageBody }) => MessageBody), foreign: null };
  }
  say(400, { __type: 'AccessDeniedException' });
  return { messages: [], foreign: target };
}
