/** A line that a function logged, in words for a person; null for what needs nobody's eyes. Pure. */
import type { LogLine } from '../../local/runtime/log.ts';

interface Logged {
  readonly level?: string;
  readonly message?: string;
  readonly sync?: string;
  readonly reason?: string;
  readonly error?: { readonly message?: string };
}

const TOLD = new Set(['WARN', 'ERROR', 'CRITICAL']);

export function tellLine({ source, level, line }: LogLine): string | null {
  const logged = parseLogged(line);
  // What is no log line of the functions' own came from a crash, or is their chatter.
  if (logged === null) return level === 'error' ? `[${source}] ${line}` : null;
  if (!TOLD.has(logged.level ?? '')) return null;
  const { message = '', sync, reason, error } = logged;
  const why = reason ?? error?.message;
  const head = sync === undefined ? message : `${sync}: ${message}`;
  return why === undefined ? head : `${head}: ${why}`;
}

function parseLogged(line: string): Logged | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as Logged;
  } catch {
    return null;
  }
}
