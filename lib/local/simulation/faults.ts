/**
 * Injected faults. A fault waits for requests it matches and takes hold of some of them: by `rate`, and at most
 * `count` of them. Latency adds up; of the others, the first in order of arrival wins. A vendor whose errors
 * have codes beside the status gives them names, and then `error` injects one by name.
 */
import { isPlainObject } from './json.ts';
import type { Random } from './random.ts';

export const faultKinds = [
  'status',
  'page',
  'timeout-before',
  'timeout-after',
  'latency',
  'reset',
] as const;

export type FaultKind = (typeof faultKinds)[number] | 'error';

export interface Fault {
  readonly kind: FaultKind;
  /**
   * For `status`: the body is the vendor's, a problem document, a page of HTML, or nothing. For `page`: of a page
   * of HTML that a proxy in front of the vendor answers with; 200 too, as sign-in pages and notices of maintenance do.
   */
  readonly status: number;
  /** For `error`: the name of one of the vendor's own. */
  readonly error?: string;
  /** `latency`: how long the answer is held up. Time-outs: how long the connection stays open and its slot taken. */
  readonly ms: number;
  readonly rate: number;
  readonly count: number;
  /**
   * Part of `METHOD /path`, both as sent (`PATCH /lists/abc/members/1f3…`) and as the statistics name it
   * (`PATCH /lists/{id}/members/{hash}`). With `*` it is a pattern for the whole of it.
   */
  readonly match: string | null;
}

/** What happens to one request. */
export interface FaultVerdict {
  readonly delayMs: number;
  readonly fault: Fault | null;
}

export interface Faults {
  add(fault: Fault): void;
  /** How many were there. */
  clear(): number;
  list(): readonly Fault[];
  judge(names: readonly string[]): FaultVerdict;
}

export function createFaults(random: Random): Faults {
  let armed: { readonly fault: Fault; left: number }[] = [];
  const takes = (
    entry: { readonly fault: Fault; left: number },
    names: readonly string[],
  ): boolean =>
    entry.left > 0 &&
    names.some((name) => isMatch(entry.fault.match, name)) &&
    (entry.fault.rate >= 1 || random() < entry.fault.rate);
  return {
    add: (fault) => {
      armed.push({ fault, left: fault.count });
    },
    clear: () => {
      const { length } = armed;
      armed = [];
      return length;
    },
    list: () => armed.map((entry) => ({ ...entry.fault, count: entry.left })),
    judge: (names) => {
      let delayMs = 0;
      for (const entry of armed) {
        if (!takes(entry, names)) continue;
        entry.left -= 1;
        if (entry.fault.kind !== 'latency') return { delayMs, fault: entry.fault };
        delayMs += entry.fault.ms;
      }
      return { delayMs, fault: null };
    },
  };
}

export function isMatch(match: string | null, name: string): boolean {
  if (match === null || match === '') return true;
  if (!match.includes('*')) return name.includes(match);
  const pattern = match.split('*').map(escapePattern).join('.*');
  return new RegExp(`^${pattern}$`).test(name);
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The fault a control call describes, or a sentence saying what is wrong with it. */
export function parseFault(body: unknown, errorNames: readonly string[] = []): Fault | string {
  if (!isPlainObject(body)) return 'The body must be a JSON object with a kind.';
  const kinds = kindsWith(errorNames);
  const kind = kinds.find((known) => known === body['kind']);
  if (kind === undefined) {
    return `kind ${JSON.stringify(body['kind'])} is unknown; use one of ${kinds.join(', ')}.`;
  }
  const { status, match, error } = body;
  if (kind === 'status' && (typeof status !== 'number' || status < 400 || status > 599)) {
    return `status ${JSON.stringify(status)} is no error status; a status fault needs one from 400 to 599.`;
  }
  if (kind === 'page' && (typeof status !== 'number' || status < 200 || status > 599)) {
    return `status ${JSON.stringify(status)} is no HTTP status; a page needs one from 200 to 599.`;
  }
  if (kind === 'error' && !errorNames.some((name) => name === error)) {
    return `error ${JSON.stringify(error)} is unknown; use one of ${errorNames.join(', ')}.`;
  }
  if (match !== undefined && typeof match !== 'string') {
    return 'match must be a string such as "POST /lists/*".';
  }
  const rate = numberOf(body['rate'], 1);
  if (rate === null || rate > 1) return 'rate must be a number from 0 to 1.';
  const ms = numberOf(body['ms'], kind === 'latency' ? 1000 : 120_000);
  if (ms === null) return 'ms must be a number of milliseconds, 0 or more.';
  const count = numberOf(body['count'], Number.MAX_SAFE_INTEGER);
  if (count === null) return 'count must be a number, 0 or more; leave it out for no limit.';
  const named = kind === 'error' ? { error: String(error) } : {};
  return { kind, status: Number(status ?? 0), ...named, ms, rate, count, match: match ?? null };
}

/** The kinds one vendor's faults may have. */
export function kindsWith(errorNames: readonly string[]): readonly FaultKind[] {
  return errorNames.length === 0 ? faultKinds : [...faultKinds, 'error'];
}

function numberOf(value: unknown, fallback: number): number | null {
  if (value === undefined || value === null) return fallback;
  return typeof value === 'number' && value >= 0 ? value : null;
}
