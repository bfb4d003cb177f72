/**
 * What of an HTTP API's event reaches the door: method, path, headers and the bytes that were sent, each within a
 * limit, or the reason why not. Total: an event that lacks something is refused, never an exception, and a body that is
 * too large is refused before it is decoded.
 */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Refused } from '../lib/flow/ring.ts';
import type { WebhookRequest } from '../lib/ports/app.ts';

/** No vendor's event comes near; connectors have lower limits of their own. */
const BODY_BYTES_MAX = 256 * 1024;
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html: 10,240 bytes, line and headers. */
const HEADER_BYTES_MAX = 16 * 1024;
const PATH_BYTES_MAX = 2 * 1024;

/** An event as it may come: who can invoke the function may send anything. */
type Unproven = { readonly [Name in keyof APIGatewayProxyEventV2]?: unknown } | null | undefined;

export function readEvent(event: Unproven): WebhookRequest | Refused {
  const method = methodOf(event?.requestContext);
  const { rawPath: path, body = '' } = event ?? {};
  if (typeof method !== 'string' || typeof path !== 'string')
    return { status: 400, reason: 'the event lacks a method or a path' };
  if (typeof body !== 'string') return { status: 400, reason: 'the body is no text' };
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) return { status: 414, reason: 'path too long' };
  const headers = headersOf(event?.headers);
  if (sizeOf(headers) > HEADER_BYTES_MAX) return { status: 431, reason: 'headers too large' };
  const encoding = event?.isBase64Encoded === true ? 'base64' : 'utf8';
  if (Buffer.byteLength(body, encoding) > BODY_BYTES_MAX)
    return { status: 413, reason: 'body too large' };
  // The signature is over the bytes that were sent, not over their base64.
  return { method, path, headers, body: Buffer.from(body, encoding) };
}

function methodOf(context: unknown): unknown {
  const { http } = (context ?? {}) as { readonly http?: { readonly method?: unknown } | null };
  return http?.method;
}

/** By lower-case name; what is no text is no header. */
function headersOf(headers: unknown): Readonly<Record<string, string>> {
  const pairs = Object.entries((headers ?? {}) as Record<string, unknown>).flatMap(
    ([name, value]) => (typeof value === 'string' ? [[name.toLowerCase(), value] as const] : []),
  );
  return Object.fromEntries(pairs);
}

const sizeOf = (headers: Readonly<Record<string, string>>): number =>
  Object.entries(headers).reduce(
    (bytes, [name, value]) => bytes + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
