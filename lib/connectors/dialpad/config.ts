/** What a user writes about a Dialpad company, and what the secret must hold. Both are checked here and nowhere else. */
import * as z from 'zod';
import type { AppConfig } from '../../config/model.ts';
import type { Owner } from '../../engine/model.ts';
import type { FieldType } from '../../engine/value.ts';
import type { Capabilities } from '../../ports/app.ts';
import type { Halted } from '../../ports/outcome.ts';
import { givenOptions } from '../given-options.ts';
import { checkPath } from './paths.ts';

/** How long a call may last is not documented; one that takes longer is not waited for. */
export const LONGEST_CALL_MS = 30_000;

/** Connections are not limited; more than these could not use the twenty calls a second either. */
export const CONNECTIONS_MAX = 8;

/** 25 creates take 17 s at their rate: what was begun can be ended within one call of apply. */
const PORTION_MAX = 25;

const MINUTE_MS = 60_000;

export const optionsSchema = z.strictObject({
  company: z
    .string()
    .regex(/^\d+$/, 'must be the company’s id, digits only, such as 5012345678901234')
    .meta({
      description:
        'The company’s id, as `GET /api/v2/company` shows it. No other company is ever touched.',
      example: "'5012345678901234'",
    }),
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({
      description: 'Where the API is, for the vendor’s sandbox, proxies and simulations.',
      default: 'https://dialpad.com',
      example: "'http://127.0.0.1:4010'",
    }),
  listEveryMinutes: z.int().min(1).max(10_080).default(60).meta({
    description:
      'How often all contacts are listed, for what no webhook told. A million take a little over eleven minutes.',
    default: '60',
    example: '240',
  }),
  connectionsMax: z.int().min(1).max(CONNECTIONS_MAX).optional().meta({
    description: 'Simultaneous calls of one process.',
    default: 'what keeps all lanes and pulls of the secret within eight',
    example: '1',
  }),
});

export type DialpadOptions = z.infer<typeof optionsSchema>;

export function capabilitiesOf({
  listEveryMinutes,
}: Pick<DialpadOptions, 'listEveryMinutes'>): Capabilities {
  return {
    delta: 'listing',
    versions: false,
    longestCallMs: LONGEST_CALL_MS,
    connectionsMax: CONNECTIONS_MAX,
    archives: false,
    portionMax: PORTION_MAX,
    listEveryMs: listEveryMinutes * MINUTE_MS,
  };
}

/** Which field types each field can hold. */
const FIELD_TYPES = {
  first_name: ['text'],
  last_name: ['text'],
  company_name: ['text'],
  job_title: ['text'],
  extension: ['text'],
  'phones.primary': ['phone', 'text'],
  'emails.primary': ['email', 'text'],
  'urls.primary': ['text'],
  'phones.extra': ['tags'],
  'emails.extra': ['tags'],
  'urls.extra': ['tags'],
  blocked: ['optOut'],
  sms_consent: ['consent'],
} as const;

/** For the reference page. */
export const DIALPAD_FIELD_TYPES: Readonly<Record<string, readonly string[]>> = FIELD_TYPES;

/** The same for the compiler. */
export type DialpadFields = {
  readonly [P in keyof typeof FIELD_TYPES]: (typeof FIELD_TYPES)[P][number];
};

/** Fields that can name a person: those of which a contact has one. */
const MATCH_FIELDS = ['phones.primary', 'emails.primary'];

/** A company's shared contacts as an app of a sync: `dialpad({ company: '5012345678901234', secret: 'dialpad' })`. */
export function dialpad(
  options: z.input<typeof optionsSchema> & { readonly secret: string },
): AppConfig<DialpadFields> {
  const { secret, ...own } = options;
  const parsed = optionsSchema.safeParse(own);
  return {
    kind: 'dialpad',
    secret,
    capabilities: capabilitiesOf(parsed.success ? parsed.data : { listEveryMinutes: 60 }),
    options: parsed.success ? givenOptions(parsed.data) : {},
    rules: {
      object: `company ${own.company}`,
      schema: optionsSchema,
      given: own,
      matchFields: MATCH_FIELDS,
      fieldNames: Object.keys(FIELD_TYPES),
      checkField,
      checkOwner,
      readOnlyFields: ['sms_consent'],
    },
  };
}

/** Why a field cannot be mapped with a type, and what to do. */
function checkField(path: string, type: FieldType): string | null {
  const refusal = checkPath(path);
  if (refusal !== null) return refusal;
  const types: readonly string[] = FIELD_TYPES[path as keyof typeof FIELD_TYPES];
  return types.includes(type.name)
    ? null
    : `${path} cannot be ${type.name}; use ${types.map((each) => `${each}()`).join(', ')}`;
}

/** Each has the one end that can prove that a person changed their mind. */
function checkOwner(path: string, owner: Owner): string | null {
  if (path === 'blocked' && owner !== 'crm')
    return `found “${owner}”, but Dialpad cannot show that a person wants to be called again; use “crm”. What is blocked there is taken over all the same`;
  if (path === 'sms_consent' && owner !== 'app')
    return `found “${owner}”, but Dialpad cannot be told who opted out of texts; use “app”`;
  return null;
}

/** Parses the options again on the other side of JSON. Throws: a wrong configuration must not be deployed. */
export function requireOptions(raw: unknown): DialpadOptions {
  const parsed = optionsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new Error(`dialpad(): ${z.prettifyError(parsed.error)}`);
}

export interface DialpadCredentials {
  /** The Authorization header's value. */
  readonly authorization: string;
  readonly baseUrl: string | null;
}

const secretSchema = z.object({ apiKey: z.string().min(1), baseUrl: z.string().optional() });

/**
 * The secret's JSON: `{ "apiKey": "…" }`, a key that a company admin made.
 * https://developers.dialpad.com/docs/api-key-generation
 */
export function parseCredentials(
  raw: unknown,
): { readonly kind: 'ok'; readonly value: DialpadCredentials } | Halted {
  const parsed = secretSchema.safeParse(raw);
  if (!parsed.success)
    return { kind: 'halted', reason: 'The Dialpad secret must be JSON: { "apiKey": "…" }.' };
  const { apiKey, baseUrl = null } = parsed.data;
  // The key may also travel in the URL, and would then stand in every log on the way.
  return { kind: 'ok', value: { authorization: `Bearer ${apiKey}`, baseUrl } };
}

/**
 * The secret from environment variables, for one machine without Secrets Manager: `DIALPAD_API_KEY`;
 * `DIALPAD_BASE_URL` for a proxy or a simulation. A text: what is missing.
 */
export function secretFromVariables(
  read: (name: string) => string | undefined,
): z.input<typeof secretSchema> | string {
  const [apiKey, baseUrl] = [read('DIALPAD_API_KEY'), read('DIALPAD_BASE_URL')];
  if (apiKey === undefined) return 'DIALPAD_API_KEY';
  return baseUrl === undefined ? { apiKey } : { apiKey, baseUrl };
}

export function baseUrlOf(
  options: Pick<DialpadOptions, 'baseUrl'>,
  credentials: Pick<DialpadCredentials, 'baseUrl'>,
): string {
  const given = options.baseUrl ?? credentials.baseUrl ?? 'https://dialpad.com';
  return given.replace(/\/+$/, '');
}
