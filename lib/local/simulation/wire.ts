/** Bytes in and bytes out. What they mean is each vendor's own. */
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

export interface WireAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const jsonType = 'application/json; charset=utf-8';

export function send(response: ServerResponse, answer: WireAnswer): void {
  if (response.destroyed) return;
  const hasBody = answer.status !== 204;
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    ...(hasBody ? { 'content-length': String(Buffer.byteLength(answer.text)) } : {}),
    ...answer.headers,
  });
  response.end(hasBody ? answer.text : undefined);
}

/** A page of a proxy in front of the API, which knows nothing of JSON. */
export function htmlPage(status: number, sentence: string): WireAnswer {
  const text = `<html><head><title>${status}</title></head><body><h1>${sentence}</h1></body></html>`;
  return { status, contentType: 'text/html', text, headers: {} };
}
