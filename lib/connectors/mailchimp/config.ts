/** What a user writes about an audience, and what the secret must hold. Both are checked here and nowhere else. */
import * as z from 'zod';
import type { AppConfig } from '../../config/model.ts';
import type { FieldType } from '../../engine/value.ts';
import type { Capabilities } from '../../ports/app.ts';
import type { Halted } from '../../ports/outcome.ts';
import { givenOptions } from '../given-options.ts';
import { checkPath, MATCH_PATH, MERGE_PREFIX } from './mapping.ts';

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
  batchMax: 500,
};

export const optionsSchema = z.strictObject({
  audience: z
    .string()
    .regex(/^[A-Za-z0-9]+$/, 'must be an audience id such as 1a2b3c4d5e')
    .meta({
      description: 'The audience (list) id, as Mailchimp shows it under “Audience settings”.',
      example: "'1a2b3c4d5e'",
    }),
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({
      description: 'Where the API is, for proxies and simulations.',
      default: 'the data centre in the key',
      example: "'http://127.0.0.1:4010/3.0'",
    }),
  connectionsMax: z.int().min(1).max(CONNECTIONS_MAX).optional().meta({
    description:
      'Simultaneous calls of one process. Mailchimp allows ten per user, over all its clients.',
    default: 'what keeps all lanes and pulls of the secret within eight',
    example: '1',
  }),
  pageRows: z.int().min(2).max(1000).optional().meta({
    description: 'Rows per listing page; fewer for an audience whose pages time out.',
    default: "1000, the vendor's most",
    example: '500',
  }),
  tagAutomations: z.boolean().default(false).meta({
    description: 'Tags we set start the customer journeys that wait for them.',
    default: 'false',
    example: 'true',
  }),
});

export type MailchimpOptions = z.infer<typeof optionsSchema>;

/** Which field types each field can hold. */
const FIELD_TYPES = {
  email_address: ['email', 'text'],
  status: ['consent'],
  tags: ['tags'],
  language: ['text', 'enum'],
  email_type: ['text', 'enum'],
  vip: ['boolean'],
} as const;

const MERGE_TYPES = [
  'text',
  'email',
  'phone',
  'number',
  'date',
  'birthday',
  'timestamp',
  'boolean',
  'enum',
  'address',
] as const;

/** For the reference page. */
export const MAILCHIMP_FIELD_TYPES: Readonly<Record<string, readonly string[]>> = {
  ...FIELD_TYPES,
  'merge_fields.TAG': MERGE_TYPES,
};

/** The same for the compiler. */
export type MailchimpFields = {
  readonly [P in keyof typeof FIELD_TYPES]: (typeof FIELD_TYPES)[P][number];
} & { readonly [merge: `merge_fields.${Uppercase<string>}`]: (typeof MERGE_TYPES)[number] };

/** An audience as an app of a sync: `mailchimp({ audience: '1a2b3c4d5e', secret: 'mailchimp' })`. */
export function mailchimp(
  options: z.input<typeof optionsSchema> & { readonly secret: string },
): AppConfig<MailchimpFields> {
  const { secret, ...own } = options;
  const parsed = optionsSchema.safeParse(own);
  return {
    kind: 'mailchimp',
    secret,
    capabilities: MAILCHIMP_CAPABILITIES,
    options: parsed.success ? givenOptions(parsed.data) : {},
    rules: {
      object: `audience ${own.audience}`,
      schema: optionsSchema,
      given: own,
      matchFields: [MATCH_PATH],
      fieldNames: Object.keys(FIELD_TYPES),
      checkField,
    },
  };
}

/** Why a field cannot be mapped with a type, and what to do. */
function checkField(path: string, type: FieldType): string | null {
  const refusal = checkPath(path);
  if (refusal !== null) {
    const upper = path.replace(
      /^merge_fields\.(.*)$/i,
      (_all, tag: string) => MERGE_PREFIX + tag.toUpperCase(),
    );
    return upper !== path && checkPath(upper) === null
      ? `${refusal}; did you mean “${upper}”?`
      : refusal;
  }
  const types: readonly string[] = path.startsWith(MERGE_PREFIX)
    ? MERGE_TYPES
    : FIELD_TYPES[path as keyof typeof FIELD_TYPES];
  return types.includes(type.name)
    ? null
    : `${path} cannot be ${type.name}; use ${types.map(callOf).join(', ')}`;
}

const callOf = (type: string): string => `${type === 'enum' ? 'enumeration' : type}()`;

/** Parses the options again on the other side of JSON. Throws: a wrong configuration must not be deployed. */
export function requireOptions(raw: unknown): MailchimpOptions {
  const parsed = optionsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new Error(`mailchimp(): ${z.prettifyError(parsed.error)}`);
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
