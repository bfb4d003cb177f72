/**
 * A simulated Dialpad under contract: every exchange of a test is held against the vendor's own description, and
 * the clock stands where the test puts it.
 */
import { createDialpadSimulator } from '../../lib/local/dialpad/simulator.ts';
import type {
  DialpadSimulator,
  Exchange,
  SimulatorOptions,
} from '../../lib/local/dialpad/simulator.ts';
import { loadDialpadContract } from '../support/openapi-contract.ts';

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

export interface DialpadWorld {
  readonly simulator: DialpadSimulator;
  readonly clock: { ms: number };
  /** Below `/api/v2`. */
  api(method: string, path: string, body?: unknown): Promise<Answer>;
  control(method: string, path: string, body?: unknown): Promise<Answer>;
  person(action: string, body: object): Promise<Answer>;
  settings(change: Body): Promise<void>;
  exchanges(): readonly Exchange[];
  /** Throws if any exchange broke the contract. */
  stop(): Promise<void>;
}

export interface WorldOptions extends Partial<SimulatorOptions> {
  /** False where a test does what the description does not know. @default true */
  readonly isChecked?: boolean;
}

/** Noon of a day that every literal time in these tests is near. */
export const noonMs = Date.UTC(2026, 10, 14, 12, 0, 0);

export const calm = { duplicateRate: 0, reorderRate: 0, delayMsMax: 0 };

const contract = loadDialpadContract();

export async function startDialpad(options: WorldOptions = {}): Promise<DialpadWorld> {
  const { isChecked = true, ...given } = options;
  const clock = { ms: noonMs };
  const exchanges: Exchange[] = [];
  const violations: string[] = [];
  const simulator = await createDialpadSimulator({
    seed: 7,
    now: () => clock.ms,
    delivery: calm,
    onExchange: (exchange) => {
      exchanges.push(exchange);
      if (isChecked) violations.push(...(contract?.check(exchange) ?? []));
    },
    ...given,
  });
  const headers = {
    authorization: `Bearer ${simulator.apiKey}`,
    'content-type': 'application/json',
  };
  const withBody = (body: unknown) => (body === undefined ? {} : { body: JSON.stringify(body) });
  const control = async (method: string, path: string, body?: unknown): Promise<Answer> =>
    call(`${simulator.controlUrl}${path}`, { method, ...withBody(body) });
  return {
    simulator,
    clock,
    api: async (method, path, body) =>
      call(`${simulator.baseUrl}/api/v2${path}`, { method, headers, ...withBody(body) }),
    control,
    person: async (action, body) => control('POST', `/people/${action}`, body),
    settings: async (change) => {
      const { status, text } = await control('POST', '/settings', change);
      if (status !== 200) throw new Error(text);
    },
    exchanges: () => exchanges,
    stop: async () => {
      await simulator.stop();
      if (violations.length > 0) throw new Error(`Contract broken:\n${violations.join('\n')}`);
    },
  };
}

export async function call(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  const body = isJson ? (JSON.parse(text) as Body) : {};
  return { status: response.status, headers: response.headers, text, body };
}

/** Ids of contacts made by PUT have a colon in them. */
export const pathOf = (id: unknown): string => `/contacts/${encodeURIComponent(String(id))}`;

export const messageOf = ({ body }: Answer): unknown =>
  (body['error'] as Body | undefined)?.['message'];

/** The rows of a page; an empty list is not shown. */
export const itemsOf = ({ body }: Answer): readonly Body[] =>
  (body['items'] ?? []) as readonly Body[];

export const ada = {
  first_name: 'Ada',
  last_name: 'Lovelace',
  phones: ['+14155550100', '+14155550101'],
  emails: ['ada@trivet.test'],
};
