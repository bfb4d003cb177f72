/** Between the functions and DynamoDB: keeps every call, in the order of arrival, to be made again without the functions. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedCall {
  /** `DynamoDB_20120810.BatchGetItem` */
  readonly target: string;
  readonly body: string;
}

export interface Recorder {
  attach(endpoint: string): string;
  readonly calls: readonly RecordedCall[];
  stop(): Promise<void>;
}

export async function startRecorder(): Promise<Recorder> {
  const calls: RecordedCall[] = [];
  let endpoint = '';
  const server = createServer((request, response) => {
    void (async () => {
      const call = await readCall(request);
      calls.push(call);
      const answer = await sendCall(endpoint, call);
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(await answer.text());
    })().catch((error: unknown) => response.writeHead(502).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    attach: (given) => {
      endpoint = given;
      return `http://127.0.0.1:${port}`;
    },
    calls,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readCall(request: IncomingMessage): Promise<RecordedCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const target = request.headers['x-amz-target'];
  return { target: String(target), body: Buffer.concat(chunks).toString() };
}

/** The emulator asks for a signature and checks none. */
const SIGNED = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
  'x-amz-date': '20260101T000000Z',
};

export const sendCall = (endpoint: string, { target, body }: RecordedCall): Promise<Response> =>
  fetch(endpoint, {
    method: 'POST',
    headers: { ...SIGNED, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target },
    body,
  });
