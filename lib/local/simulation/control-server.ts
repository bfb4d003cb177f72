/**
 * `/_sim`: what happens outside the API and what an onlooker wants to know. No key is asked; the server listens
 * on this machine only. Faults and statistics are the same for every simulated app.
 */
import { kindsWith, parseFault } from './faults.ts';
import type { Faults } from './faults.ts';
import type { Serve } from './host.ts';
import { parseJson } from './json.ts';
import { createRouter } from './router.ts';
import type { Routed, Router } from './router.ts';
import type { Stats } from './stats.ts';
import { jsonType, readBody, send } from './wire.ts';

export interface ControlCall {
  /** Decoded variables of the route's template. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON, or undefined. */
  readonly body: unknown;
}

export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface ControlRoute extends Routed {
  readonly handle: (call: ControlCall) => ControlAnswer;
}

/** `flush` writes down what a call changed before it is answered. */
export function createControlServer(routes: readonly ControlRoute[], flush: () => void): Serve {
  const router = createRouter(routes);
  const known = routes.map(({ method, template }) => `${method} ${template}`).join(', ');
  return async (request, response, url) => {
    const bytes = await readBody(request).catch(() => null);
    const parsed = bytes === null ? { isBroken: true as const } : parseJson(bytes);
    const method = request.method ?? 'GET';
    const answer =
      'isBroken' in parsed
        ? wrong(400, 'The body is not JSON; send one JSON object.')
        : (answerBy(router, { method, url, body: parsed.value }) ??
          wrong(404, `${method} ${url.pathname} is unknown; there is ${known}.`));
    flush();
    const text = JSON.stringify(answer.body);
    send(response, { status: answer.status, contentType: jsonType, text, headers: {} });
  };
}

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly body: unknown;
}

/** Null: there is no such route. A bug must not leave the caller waiting. */
function answerBy(
  router: Router<ControlRoute>,
  { method, url, body }: Asked,
): ControlAnswer | null {
  const match = router(method, url.pathname);
  if (match.kind !== 'found') return null;
  try {
    return match.route.handle({ params: match.params, query: url.searchParams, body });
  } catch (error) {
    return wrong(500, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

/** `errorNames`: what a fault of kind `error` may be called, where the vendor's errors have names. */
export function createFaultRoutes(
  faults: Faults,
  errorNames: readonly string[] = [],
): readonly ControlRoute[] {
  const named = errorNames.length === 0 ? {} : { errors: errorNames };
  return [
    {
      method: 'POST',
      template: '/faults',
      handle: ({ body }) => {
        const fault = parseFault(body, errorNames);
        if (typeof fault === 'string') return wrong(400, fault);
        faults.add(fault);
        return ok({ faults: faults.list() });
      },
    },
    {
      method: 'GET',
      template: '/faults',
      handle: () => ok({ faults: faults.list(), kinds: kindsWith(errorNames), ...named }),
    },
    {
      method: 'DELETE',
      template: '/faults',
      handle: () => ok({ cleared: faults.clear() }),
    },
  ];
}

export function createStatsRoutes(stats: Stats): readonly ControlRoute[] {
  return [
    { method: 'GET', template: '/stats', handle: () => ok(stats.report()) },
    {
      method: 'POST',
      template: '/reset-stats',
      handle: () => {
        stats.reset();
        return ok(stats.report());
      },
    },
  ];
}

export function ok(body: unknown): ControlAnswer {
  return { status: 200, body };
}

export function wrong(status: number, error: string): ControlAnswer {
  return { status, body: { error } };
}
