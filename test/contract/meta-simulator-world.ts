/**
 * A simulated Meta whose clock stands where the test puts it. Meta publishes no machine-readable description of
 * payloads and answers, so what is asserted here follows the pages of its documentation, by hand.
 */
import { createHash } from 'node:crypto';
import { createMetaSimulator } from '../../lib/local/meta/simulator.ts';
import type { Exchange, MetaSimulator, SimulatorOptions } from '../../lib/local/meta/simulator.ts';

/** JSON as tests read it; what is asserted about it says what it is. */
export interface Body {
  readonly [key: string]: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed, or an empty object. */
  readonly body: Body;
}

export interface MetaWorld {
  readonly simulator: MetaSimulator;
  readonly clock: { ms: number };
  /** `/users` is the audience's; a path that begins with a dot-slash is not: `./act_1`. Parameters travel as JSON, for GET in the URL. */
  api(method: string, path: string, params?: Body): Promise<Answer>;
  /** `POST /users` with a payload. */
  add(schema: unknown, data: unknown, more?: Body): Promise<Answer>;
  remove(schema: unknown, data: unknown, more?: Body): Promise<Answer>;
  replace(schema: unknown, data: unknown, session: Body): Promise<Answer>;
  control(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Who is in the audience, as the control interface shows it. */
  members(): Promise<readonly Body[]>;
  exchanges(): readonly Exchange[];
  stop(): Promise<void>;
}

/** Noon of a day that every literal time in these tests is near. */
export const noonMs = Date.UTC(2026, 9, 14, 12, 0, 0);
export const minuteMs = 60_000;
export const dayMs = 24 * 60 * minuteMs;

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The hash of a person's address. */
export const mail = (name: string): string => sha256(`${name}@trivet.test`);

export async function startMeta(options: Partial<SimulatorOptions> = {}): Promise<MetaWorld> {
  const clock = { ms: noonMs };
  const exchanges: Exchange[] = [];
  const simulator = await createMetaSimulator({
    seed: 7,
    now: () => clock.ms,
    onExchange: (exchange) => exchanges.push(exchange),
    ...options,
  });
  const root = `${simulator.baseUrl}/v26.0`;
  const api = async (method: string, path: string, params: Body = {}): Promise<Answer> => {
    const place = path.startsWith('./') ? path.slice(1) : `/${simulator.audienceId}${path}`;
    const given = { access_token: simulator.accessToken, ...params };
    if (method === 'GET') return call(`${root}${place}?${queryOf(given)}`, { method });
    const headers = { 'content-type': 'application/json' };
    return call(`${root}${place}`, { method, headers, body: JSON.stringify(given) });
  };
  const control = async (method: string, path: string, body?: unknown): Promise<Answer> =>
    call(`${simulator.controlUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    simulator,
    clock,
    api,
    add: (schema, data, more) => api('POST', '/users', { payload: { schema, data }, ...more }),
    remove: (schema, data, more) => api('DELETE', '/users', { payload: { schema, data }, ...more }),
    replace: (schema, data, session) =>
      api('POST', '/usersreplace', { payload: { schema, data }, session }),
    control,
    members: async () => {
      const { body } = await control('GET', `/audiences/${simulator.audienceId}`);
      return body['members'] as readonly Body[];
    },
    exchanges: () => exchanges,
    stop: () => simulator.stop(),
  };
}

export async function call(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  const body = isJson ? (JSON.parse(text) as Body) : {};
  return { status: response.status, headers: response.headers, text, body };
}

function queryOf(params: Body): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    query.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return query.toString();
}

/** Code and subcode of a refusal. */
export function codeOf(answer: Answer): readonly unknown[] {
  const error = (answer.body['error'] ?? {}) as Body;
  return error['error_subcode'] === undefined
    ? [error['code']]
    : [error['code'], error['error_subcode']];
}

/** The usage a header tells, parsed. */
export function usageOf(answer: Answer): Body {
  const header = JSON.parse(answer.headers.get('x-business-use-case-usage') ?? '{}') as Body;
  const [bucket] = Object.values(header)[0] as readonly Body[];
  return bucket ?? {};
}
