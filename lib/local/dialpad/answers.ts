/** Answers in the vendor's dress: JSON, an empty body, or a page of a proxy in front of it. */
import type { Dressed } from '../simulation/api-server.ts';
import type { Fault } from '../simulation/faults.ts';
import { htmlPage, jsonType } from '../simulation/wire.ts';
import { dialpadErrors, errorNamed, renderError } from './errors.ts';
import type { DialpadError } from './errors.ts';
import type { ApiAnswer } from './exchange.ts';
import type { Settings } from './settings.ts';

export function dress(answer: ApiAnswer, settings: Settings): Dressed {
  if (answer.ok && answer.value === undefined) return dressNothing(settings);
  const body = answer.ok ? answer.value : renderError(answer.error, settings);
  const waits = settings.retryAfter === 'seconds' && answer.retryAfterMs !== undefined;
  const seconds = Math.ceil((answer.retryAfterMs ?? 0) / 1000);
  return {
    status: answer.ok ? 200 : answer.error.status,
    contentType: jsonType,
    text: body === undefined ? '' : JSON.stringify(body),
    headers: waits ? { 'retry-after': String(seconds) } : {},
    body,
  };
}

/** Done, and nothing to show for it. */
function dressNothing({ emptyAnswer }: Settings): Dressed {
  const isObject = emptyAnswer === 'object';
  return {
    status: emptyAnswer === 'no-content' ? 204 : 200,
    contentType: jsonType,
    text: isObject ? '{}' : '',
    headers: {},
    body: isObject ? {} : undefined,
  };
}

/** Statuses alone: in the vendor's words where it has some, the rest as pages of HTML. */
export function dressFault(fault: Fault, settings: Settings): Dressed {
  const error = fault.kind === 'error' ? errorNamed(fault.error ?? '') : errorOf(fault.status);
  if (error === undefined) {
    return { ...htmlPage(fault.status, 'Something went wrong.'), body: undefined };
  }
  return dress({ ok: false, error, retryAfterMs: fault.ms }, settings);
}

function errorOf(status: number): DialpadError | undefined {
  return Object.values<DialpadError>(dialpadErrors).find((error) => error.status === status);
}
