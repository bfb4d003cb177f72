/** JSON as it comes in: bodies of requests and of control calls. */

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

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
