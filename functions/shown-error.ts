/**
 * What a log shows of an error: its name, what was said, where, and codes. The logger would copy whatever else an error
 * carries, and that is where values are: Postgres says in `detail` whose row it was, Node in `input` which address with
 * which password it could not read, a client of AWS which item.
 */
import type { Json } from '../lib/engine/value.ts';

/** Names of things and kinds of trouble; never values. */
const CODES = ['code', 'kind', 'severity', 'schema', 'table', 'column', 'constraint', 'routine'];
const DEPTH_MAX = 4;

export function showError(error: unknown, depth = 0): Json {
  if (!isErrorLike(error)) return typeof error;
  const codes = CODES.flatMap((name) => {
    const value = error[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  const hasCause = error['cause'] !== undefined && depth < DEPTH_MAX;
  return {
    name: typeof error['name'] === 'string' ? error['name'] : 'Error',
    message: messageOf(error),
    ...Object.fromEntries(codes),
    stack: stackOf(error),
    ...(hasCause && { cause: showError(error['cause'], depth + 1) }),
  };
}

const isErrorLike = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && 'message' in value;

/** Postgres and the parser of JSON quote what they could not read: `invalid input syntax for type date: "…"`. */
function messageOf(error: Readonly<Record<string, unknown>>): string {
  const message = String(error['message']);
  const quotes = 'severity' in error || error['name'] === 'SyntaxError';
  return quotes ? message.replaceAll(/".*"/gs, '"…"') : message;
}

/** Without the message, which its first lines repeat. */
const stackOf = ({ stack }: Readonly<Record<string, unknown>>): string[] =>
  typeof stack === 'string' ? stack.split('\n').filter((line) => /^\s+at /.test(line)) : [];
