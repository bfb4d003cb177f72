/** What a user writes about a custom audience, and what the secret must hold. Both are checked here and nowhere else. */
import * as z from 'zod';
import type { AppConfig } from '../../config/model.ts';
import type { FieldType } from '../../engine/value.ts';
import type { Capabilities } from '../../ports/app.ts';
import type { Halted } from '../../ports/outcome.ts';
import { givenOptions } from '../given-options.ts';
import { ROWS_MAX } from './batches.ts';
import { TELLING_KEYS } from './identifiers.ts';

/** https://developers.facebook.com/docs/graph-api/changelog — versions of the Marketing API live for about a year. */
export const GRAPH_VERSION = 'v26.0';

/** A page is told in several calls: who leaves, who enters, and the search for a row that Meta refuses. */
const PAGE_MS = 120_000;

export const META_CAPABILITIES: Capabilities = {
  delta: 'none',
  versions: false,
  longestCallMs: PAGE_MS,
  // Meta counts calls, not connections; one lane and the pull need no more.
  connectionsMax: 4,
  rowsPerCall: ROWS_MAX,
};

export const optionsSchema = z.strictObject({
  audience: z
    .string()
    .regex(/^\d+$/, 'must be an audience id such as 6123456789012, digits only')
    .meta({
      description: 'The audience’s id, as Ads Manager shows it. It must be a customer list.',
      example: "'6123456789012'",
    }),
  adAccount: z
    .string()
    .regex(/^act_\d+$/, 'must be an ad account id such as act_1234567890')
    .optional()
    .meta({
      description: 'The ad account the audience is in.',
      default: 'Meta is asked',
      example: "'act_1234567890'",
    }),
  version: z
    .string()
    .regex(/^v\d+\.\d+$/, 'must be a version of the Graph API such as v26.0')
    .default(GRAPH_VERSION)
    .meta({
      description: 'Of the Graph API. An ended one halts the sync.',
      default: `'${GRAPH_VERSION}'`,
      example: "'v27.0'",
    }),
  country: z
    .string()
    .regex(/^[A-Za-z]{2}$/, 'must be two letters such as US')
    .optional()
    .meta({
      description:
        'Where people live whose country no column tells: for phone numbers and post codes.',
      default: 'unknown',
      example: "'US'",
    }),
  limitedDataUse: z
    .union([z.boolean(), z.strictObject({ country: z.int().min(0), state: z.int().min(0) })])
    .default(false)
    .meta({
      description:
        'Limited Data Use for everybody, where Meta finds out the place (true) or in the given one; a column mapped to `DATA_PROCESSING_OPTIONS` decides for each person.',
      default: 'false',
      example: '{ country: 1, state: 1000 }',
    }),
  searchCallsMax: z.int().min(1).max(200).default(30).meta({
    description: 'Calls that the search for refused rows may cost in one page.',
    default: '30',
    example: '60',
  }),
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({
      description: 'Where the API is, for proxies and simulations.',
      default: 'https://graph.facebook.com',
      example: "'http://127.0.0.1:4020'",
    }),
});

export type MetaOptions = z.infer<typeof optionsSchema>;

/** Which field types each column of an audience can be made of. */
const FIELD_TYPES = {
  EMAIL: ['email', 'text'],
  PHONE: ['phone', 'text'],
  MADID: ['text'],
  EXTERN_ID: ['text', 'number'],
  FN: ['text'],
  LN: ['text'],
  FI: ['text'],
  GEN: ['text', 'enum'],
  DOB: ['date', 'text'],
  DOBY: ['number', 'date', 'text'],
  DOBM: ['number', 'date', 'text'],
  DOBD: ['number', 'date', 'text'],
  CT: ['text'],
  ST: ['text', 'enum'],
  ZIP: ['text'],
  COUNTRY: ['text', 'enum'],
  consent: ['consent'],
  DATA_PROCESSING_OPTIONS: ['boolean', 'text', 'enum'],
  DATA_PROCESSING_OPTIONS_COUNTRY: ['number', 'text'],
  DATA_PROCESSING_OPTIONS_STATE: ['number', 'text'],
} as const;

/** For the reference page. */
export const META_FIELD_TYPES: Readonly<Record<string, readonly string[]>> = FIELD_TYPES;

/** The same for the compiler. */
export type MetaFields = {
  readonly [P in keyof typeof FIELD_TYPES]: (typeof FIELD_TYPES)[P][number];
};

/** A custom audience as the app of a sync: `meta({ audience: '6123…', secret: 'meta' })`. */
export function meta(
  options: z.input<typeof optionsSchema> & { readonly secret: string },
): AppConfig<MetaFields> {
  const { secret, ...own } = options;
  const parsed = optionsSchema.safeParse(own);
  return {
    kind: 'meta',
    secret,
    capabilities: META_CAPABILITIES,
    options: parsed.success ? givenOptions(parsed.data) : {},
    rules: {
      object: `audience ${own.audience}`,
      schema: optionsSchema,
      given: own,
      matchFields: TELLING_KEYS,
      fieldNames: Object.keys(FIELD_TYPES),
      checkField,
    },
  };
}

/** Why a field cannot be mapped with a type, and what to do. */
function checkField(path: string, type: FieldType): string | null {
  const types = META_FIELD_TYPES[path];
  if (types === undefined) return `“${path}” is no column of an audience`;
  return types.includes(type.name)
    ? null
    : `${path} cannot be ${type.name}; use ${types.map(callOf).join(', ')}`;
}

const callOf = (type: string): string => `${type === 'enum' ? 'enumeration' : type}()`;

/** Parses the options again on the other side of JSON. Throws: a wrong configuration must not be deployed. */
export function requireOptions(raw: unknown): MetaOptions {
  const parsed = optionsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new Error(`meta(): ${z.prettifyError(parsed.error)}`);
}

export interface MetaCredentials {
  readonly accessToken: string;
  readonly baseUrl: string | null;
}

/**
 * The secret from environment variables, for one machine without Secrets Manager: `META_ACCESS_TOKEN`, and
 * `META_BASE_URL` for a proxy or a simulation. A text: what is missing.
 */
export function secretFromVariables(
  read: (name: string) => string | undefined,
): z.input<typeof secretSchema> | string {
  const accessToken = read('META_ACCESS_TOKEN');
  const baseUrl = read('META_BASE_URL');
  if (accessToken === undefined) return 'META_ACCESS_TOKEN';
  return { accessToken, ...(baseUrl === undefined ? {} : { baseUrl }) };
}

const secretSchema = z.object({
  accessToken: z.string().min(1),
  baseUrl: z.string().optional(),
});

/**
 * The secret's JSON: `{ "accessToken": "EAAB…" }`, of a system user with the permission ads_management: a person's
 * token expires. https://developers.facebook.com/docs/marketing-api/audiences/overview
 */
export function parseCredentials(
  raw: unknown,
): { readonly kind: 'ok'; readonly value: MetaCredentials } | Halted {
  const parsed = secretSchema.safeParse(raw);
  if (!parsed.success) {
    return { kind: 'halted', reason: 'The Meta secret must be JSON: { "accessToken": "EAAB…" }.' };
  }
  const { accessToken, baseUrl = null } = parsed.data;
  return { kind: 'ok', value: { accessToken, baseUrl } };
}
