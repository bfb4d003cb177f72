/**
 * Parameters of a Graph call come in the URL, as JSON, as a form or as multipart (what `curl -F` sends); a
 * value that is not text is JSON inside the text. A POST may say `method=delete`, for callers whose DELETE
 * carries no body.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isPlainObject } from '../simulation/json.ts';

export type Params = Readonly<Record<string, unknown>>;

export interface ParsedParams {
  readonly params: Params;
  /** Names that came in the URL: removals there grow too long for any server. */
  readonly inUrl: ReadonlySet<string>;
  readonly isBroken: boolean;
}

export async function parseParams(
  url: URL,
  headers: IncomingHttpHeaders,
  bytes: Buffer | null,
): Promise<ParsedParams> {
  const query = Object.fromEntries(url.searchParams);
  const inUrl = new Set(Object.keys(query));
  const body = bytes === null ? null : await parseBody(headers['content-type'] ?? '', bytes);
  if (body === null) return { params: query, inUrl, isBroken: true };
  for (const name of Object.keys(body)) inUrl.delete(name);
  return { params: { ...query, ...body }, inUrl, isBroken: false };
}

async function parseBody(
  contentType: string,
  bytes: Buffer,
): Promise<Record<string, unknown> | null> {
  if (bytes.length === 0) return {};
  try {
    if (/^(multipart\/form-data|application\/x-www-form-urlencoded)\b/i.test(contentType)) {
      const headers = { 'content-type': contentType };
      const form = await new Response(new Uint8Array(bytes), { headers }).formData();
      return Object.fromEntries([...form].map(([name, value]) => [name, value]));
    }
    const body: unknown = JSON.parse(bytes.toString('utf8'));
    return isPlainObject(body) ? body : null;
  } catch {
    return null;
  }
}

/** The method a call means. */
export function methodOf(method: string, params: Params): string {
  const meant = params['method'];
  return method === 'POST' && typeof meant === 'string' && meant !== ''
    ? meant.toUpperCase()
    : method;
}

/** A structured parameter: as it came in JSON, or JSON inside a text. Undefined: neither. */
export function structured(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

/** `fields=id,operation_status{code}` → the names, without what is chosen inside them. */
export function fieldNames(value: unknown): readonly string[] {
  const text = Array.isArray(value) ? value.join(',') : typeof value === 'string' ? value : '';
  return text
    .replaceAll(/\{[^{}]*\}/g, '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** A text, also when JSON brought it as a number; nothing is the empty text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** A whole number, also when a form brought it as text. */
export function wholeNumber(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) ? number : null;
}

export function flag(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === '1' || value === 1) return true;
  return value === 'false' || value === '0' || value === 0 ? false : null;
}
