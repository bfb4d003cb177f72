/** Bytes in and bytes out: request bodies, and answers in the vendor's dress. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export const bodyBytesMax = 20 * 1024 * 1024;

/** The body, or null when it is larger than anybody may send. */
export async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyBytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export type ParsedJson = { readonly value: unknown } | { readonly isBroken: true };

/** An empty body is no body. */
export function parseJson(bytes: Buffer): ParsedJson {
  if (bytes.length === 0) return { value: undefined };
  try {
    return { value: JSON.parse(bytes.toString('utf8')) as unknown };
  } catch {
    return { isBroken: true };
  }
}

export interface WireAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const jsonType = 'application/json; charset=utf-8';
export const problemType = 'application/problem+json; charset=utf-8';

export function send(response: ServerResponse, answer: WireAnswer): void {
  if (response.destroyed) return;
  const hasBody = answer.status !== 204;
  response.writeHead(answer.status, {
    server: 'openresty',
    'content-type': answer.contentType,
    ...(hasBody ? { 'content-length': String(Buffer.byteLength(answer.text)) } : {}),
    ...answer.headers,
  });
  response.end(hasBody ? answer.text : undefined);
}

/** For paths that are neither the API's nor the control's. */
export function sendNotFound(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const error = 'Nothing lives here; the API is below /3.0, the controls are below /_sim.';
  send(response, {
    status: 404,
    contentType: jsonType,
    text: JSON.stringify({ error }),
    headers: {},
  });
}
