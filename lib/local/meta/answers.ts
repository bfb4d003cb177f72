/** Answers in the vendor's dress: JSON with the account's usage in the headers, and pages of HTML. */
import { randomBytes } from 'node:crypto';
import type { Dressed } from '../simulation/api-server.ts';
import type { Fault } from '../simulation/faults.ts';
import { htmlPage } from '../simulation/wire.ts';
import { errorNamed, graphErrors, renderError } from './errors.ts';
import type { GraphError } from './errors.ts';
import type { ApiAnswer, Regain } from './exchange.ts';
import type { Meter } from './meter.ts';

const jsonType = 'application/json; charset=UTF-8';
const minuteMs = 60_000;

export interface Wardrobe {
  readonly meter: Meter;
  /** The version that answered; null when none did. */
  readonly version: string | null;
}

export function dress(answer: ApiAnswer, { meter, version }: Wardrobe): Dressed {
  const traceId = randomBytes(9).toString('base64url');
  const body = answer.ok ? answer.value : renderError(answer.error, traceId);
  return {
    status: answer.ok ? 200 : answer.error.status,
    contentType: jsonType,
    text: JSON.stringify(body),
    headers: {
      ...(version === null ? {} : { 'facebook-api-version': version }),
      'x-fb-trace-id': traceId,
      ...meter.headers(answer.ok ? undefined : answer.regain),
    },
    body,
  };
}

/** Statuses alone: 429 and 5xx in the vendor's words where it has some, the rest as pages of HTML. */
export function dressFault(fault: Fault, wardrobe: Wardrobe): Dressed {
  if (fault.kind === 'error') {
    const error = errorNamed(fault.error ?? '');
    return dress({ ok: false, error, regain: regainAfter(error, fault.ms) }, wardrobe);
  }
  const error = statusErrors[fault.status];
  if (error === undefined) {
    const page = htmlPage(fault.status, 'Sorry, something went wrong.');
    return { ...page, body: undefined };
  }
  const regain = regainAfter(error, fault.ms);
  return dress({ ok: false, error: { ...error, status: fault.status }, regain }, wardrobe);
}

/** A throttle that was injected is over after the fault's `ms`. */
function regainAfter({ code }: GraphError, ms: number): Regain {
  if ([80003, 80004].includes(code)) return { minutes: Math.ceil(ms / minuteMs) };
  return [17, 613].includes(code) ? { seconds: Math.ceil(ms / 1000) } : {};
}

const statusErrors: Readonly<Record<number, GraphError>> = {
  429: graphErrors.throttled,
  500: graphErrors.unknown,
  503: graphErrors['service-unavailable'],
};
