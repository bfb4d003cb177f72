/** What a user writes about an audience, and what the secret must hold. Both are checked here and nowhere else. */
import * as z from 'zod';
import type { AppConfig } from '../../config/model.ts';
import type { Json } from '../../engine/value.ts';
import type { Capabilities } from '../../ports/app.ts';
import type { Halted } from '../../ports/outcome.ts';

/**
 * A call may last 120 s at Mailchimp before it is cut off there.
 * https://mailchimp.com/developer/marketing/docs/fundamentals/#api-limits
 */
export const LONGEST_CALL_MS = 120_000;

/**
 * Of Mailchimp’s ten connections per user two are left to the account’s other tools.
 * https://mailchimp.com/developer/marketing/docs/fundamentals/#api-limits
 */
export const CONNECTIONS_MAX = 8;

export const MAILCHIMP_CAPABILITIES: Capabilities = {
  delta: 'time',
  versions: true,
  longestCallMs: LONGEST_CALL_MS,
  connectionsMax: CONNECTIONS_MAX,
};

const optionsSchema = z.strictObject({
  /** The audience (list) id, as Mailchimp shows it under "Audience settings". */
  audience: z.string().regex(/^[A-Za-z0-9]+$/, 'must be an audience id such as 1a2b3c4d5e'),
  /** Where the API is, for proxies and simulations. @default https://<data centre>.api.mailchimp.com/3.0 */
  baseUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** Simultaneous calls of one process. Mailchimp allows ten per user, over all its clients. @default what keeps all lanes and the pull within eight */
  connectionsMax: z.int().min(1).max(CONNECTIONS_MAX).optional(),
  /** Rows per listing page; fewer for an audience whose pages time out. @default 1000, the vendor's most */
  pageRows: z.int().min(2).max(1000).optional(),
  /** Tags we set start the customer journeys that wait for them. @default false */
  tagAutomations: z.boolean().default(false),
});

export type MailchimpOptions = z.infer<typeof optionsSchema>;

/** An audience as an app of a sync: `mailchimp({ audience: '1a2b3c4d5e', secret: 'mailchimp' })`. */
export function mailchimp(
  options: z.input<typeof optionsSchema> & { readonly secret: string },
): AppConfig {
  const { secret, ...own } = options;
  if (secret === '') {
    throw new Error('mailchimp({ secret }): name the secret that holds { "apiKey": "…-us1" }');
  }
  return {
    kind: 'mailchimp',
    secret,
    capabilities: MAILCHIMP_CAPABILITIES,
    options: withoutUndefined(requireOptions(own)),
  };
}

/** Parses the options again on the other side of JSON. Throws: a wrong configuration must not be deployed. */
export function requireOptions(raw: unknown): MailchimpOptions {
  const parsed = optionsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new Error(`mailchimp(): ${z.prettifyError(parsed.error)}`);
}

function withoutUndefined(options: MailchimpOptions): { readonly [key: string]: Json } {
  const given = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(given);
}

export interface MailchimpCredentials {
  /** The Authorization header's value. */
  readonly authorization: string;
  /** The data centre the account lives in, such as `us1`; null when only a base URL is known. */
  readonly server: string | null;
  readonly baseUrl: string | null;
}

/**
 * The secret from environment variables, for one machine without Secrets Manager: `MAILCHIMP_API_KEY`, or
 * `MAILCHIMP_ACCESS_TOKEN` with `MAILCHIMP_SERVER`; `MAILCHIMP_BASE_URL` for a proxy or a simulation. A text: what
 * is missing.
 */
export function secretFromVariables(
  read: (name: string) => string | undefined,
): z.input<typeof secretSchema> | string {
  const [apiKey, accessToken, server, baseUrl] = [
    'API_KEY',
    'ACCESS_TOKEN',
    'SERVER',
    'BASE_URL',
  ].map((name) => read(`MAILCHIMP_${name}`));
  const where = baseUrl === undefined ? {} : { baseUrl };
  if (apiKey !== undefined) return { apiKey, ...where };
  if (accessToken === undefined) return 'MAILCHIMP_API_KEY';
  if (server === undefined) return 'MAILCHIMP_SERVER';
  return { accessToken, server, ...where };
}

const secretSchema = z.union([
  z.object({ apiKey: z.string().min(1), baseUrl: z.string().optional() }),
  z.object({
    accessToken: z.string().min(1),
    server: z.string().min(1),
    baseUrl: z.string().optional(),
  }),
]);

/**
 * The secret's JSON: `{ "apiKey": "…-us1" }`, or `{ "accessToken", "server" }` of an OAuth app.
 * https://mailchimp.com/developer/marketing/guides/quick-start/#make-your-first-api-call
 */
export function parseCredentials(
  raw: unknown,
): { readonly kind: 'ok'; readonly value: MailchimpCredentials } | Halted {
  const parsed = secretSchema.safeParse(raw);
  if (!parsed.success) return halted('The Mailchimp secret must be JSON: { "apiKey": "…-us1" }.');
  const baseUrl = parsed.data.baseUrl ?? null;
  if ('accessToken' in parsed.data) {
    const { accessToken, server } = parsed.data;
    return { kind: 'ok', value: { authorization: `Bearer ${accessToken}`, server, baseUrl } };
  }
  const { apiKey } = parsed.data;
  const authorization = `Basic ${Buffer.from(`trivet:${apiKey}`).toString('base64')}`;
  return { kind: 'ok', value: { authorization, server: serverOf(apiKey), baseUrl } };
}

/** The data centre stands behind the key's last dash. */
function serverOf(apiKey: string): string | null {
  const dash = apiKey.lastIndexOf('-');
  const server = apiKey.slice(dash + 1);
  return dash > 0 && /^[a-z]+\d+$/.test(server) ? server : null;
}

/** Where to call, or why that cannot be known. */
export function parseBaseUrl(
  options: Pick<MailchimpOptions, 'baseUrl'>,
  credentials: MailchimpCredentials,
): { readonly kind: 'ok'; readonly value: string } | Halted {
  const given = options.baseUrl ?? credentials.baseUrl;
  if (given !== null) return { kind: 'ok', value: given.replace(/\/+$/, '') };
  if (credentials.server === null) {
    return halted('The Mailchimp key names no data centre (it should end in "-us1" or the like).');
  }
  return { kind: 'ok', value: `https://${credentials.server}.api.mailchimp.com/3.0` };
}

const halted = (reason: string): Halted => ({ kind: 'halted', reason });
