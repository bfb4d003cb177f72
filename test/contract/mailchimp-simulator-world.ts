/** A simulator under contract: every exchange of a test is checked, and the clock stands where the test puts it. */
import { createMailchimpSimulator } from '../../lib/local/mailchimp/simulator.ts';
import type { Exchange, SimulatorOptions } from '../../lib/local/mailchimp/simulator.ts';
import { loadMailchimpContract } from '../support/openapi-contract.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed, or an empty object. */
  readonly body: Body;
}

/** JSON as tests read it; what is asserted about it says what it is. */
export interface Body {
  readonly [key: string]: unknown;
}

export interface SimulatorWorld {
  readonly simulator: Awaited<ReturnType<typeof createMailchimpSimulator>>;
  readonly clock: { ms: number };
  /** Below the audience: `/members`; a path of another list or none starts with a dot-slash. */
  api(method: string, path: string, body?: unknown): Promise<Answer>;
  control(method: string, path: string, body?: unknown): Promise<Answer>;
  exchanges(): readonly Exchange[];
  /** Throws if any exchange broke the contract. */
  stop(): Promise<void>;
}

/** Noon of a day that every literal time in these tests is near. */
export const noonMs = Date.UTC(2026, 2, 14, 12, 0, 0);

const contract = loadMailchimpContract();

export async function startWorld(options: Partial<SimulatorOptions> = {}): Promise<SimulatorWorld> {
  const clock = { ms: noonMs };
  const exchanges: Exchange[] = [];
  const violations: string[] = [];
  const simulator = await createMailchimpSimulator({
    seed: 7,
    now: () => clock.ms,
    onExchange: (exchange) => {
      exchanges.push(exchange);
      violations.push(...(contract?.check(exchange) ?? []));
    },
    ...options,
  });
  const headers = {
    authorization: `Basic ${Buffer.from(`any:${simulator.apiKey}`).toString('base64')}`,
    'content-type': 'application/json',
  };
  return {
    simulator,
    clock,
    api: async (method, path, body) =>
      call(
        path.startsWith('./')
          ? `${simulator.baseUrl}${path.slice(1)}`
          : `${simulator.baseUrl}/lists/${simulator.audienceId}${path}`,
        { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) },
      ),
    control: async (method, path, body) =>
      call(`${simulator.controlUrl}${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
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

/** The members of a listing, as rows. */
export function membersOf(answer: Answer): readonly Body[] {
  return answer.body['members'] as Body[];
}

export function emailsOf(answer: Answer): readonly unknown[] {
  return membersOf(answer).map((member) => member['email_address']);
}
