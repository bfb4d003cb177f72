/**
 * What Meta sends, parsed once and softly: what is missing or of another kind is left out, never guessed at. Meta
 * publishes no description of these answers; each follows the page named above it.
 */
import * as z from 'zod';

/** https://developers.facebook.com/docs/graph-api/guides/error-handling */
export const graphErrorSchema = z.object({
  error: z.object({
    message: z.string().catch(''),
    code: z.int(),
    error_subcode: z.int().optional().catch(undefined),
    error_user_title: z.string().optional().catch(undefined),
    error_user_msg: z.string().optional().catch(undefined),
    is_transient: z.boolean().optional().catch(undefined),
  }),
});

export type WireError = z.output<typeof graphErrorSchema>['error'];

export function parseError(body: unknown): WireError | null {
  const parsed = graphErrorSchema.safeParse(body);
  return parsed.success ? parsed.data.error : null;
}

const idSchema = z.union([z.string(), z.number().transform(String)]);

/**
 * https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users — of the samples nothing is
 * kept: they repeat what we sent, as a map or as a list.
 */
const uploadSchema = z.object({
  num_received: z.int(),
  num_invalid_entries: z.int().catch(0),
  session_id: idSchema.optional().catch(undefined),
  audience_id: idSchema.optional().catch(undefined),
  account_id: idSchema.optional().catch(undefined),
});

export interface WireUpload {
  /** Of the whole session so far. */
  readonly received: number;
  /** "Not an exact number", says the page: more than none means that there are some. */
  readonly invalid: number;
  readonly sessionId: string | null;
}

export function parseUpload(body: unknown): WireUpload | null {
  const parsed = uploadSchema.safeParse(body);
  if (!parsed.success) return null;
  const { num_received, num_invalid_entries, session_id } = parsed.data;
  return {
    received: num_received,
    invalid: Math.max(0, num_invalid_entries),
    sessionId: session_id ?? null,
  };
}

/** https://developers.facebook.com/docs/marketing-api/reference/custom-audience */
const audienceSchema = z.object({
  id: idSchema,
  account_id: idSchema.optional().catch(undefined),
  subtype: z.string().optional().catch(undefined),
  operation_status: z.object({ code: z.int() }).optional().catch(undefined),
});

export interface WireAudience {
  readonly id: string;
  readonly accountId: string | null;
  readonly operationStatus: number | null;
  /** `CUSTOM`: a customer list. Null where it was not asked for. */
  readonly subtype: string | null;
}

export function parseAudience(body: unknown): WireAudience | null {
  const parsed = audienceSchema.safeParse(body);
  if (!parsed.success) return null;
  const { id, account_id, operation_status, subtype } = parsed.data;
  return {
    id,
    accountId: account_id ?? null,
    operationStatus: operation_status?.code ?? null,
    subtype: subtype ?? null,
  };
}

/** https://developers.facebook.com/docs/marketing-api/audiences/reference/custom-audience-terms-of-service */
const accountSchema = z.object({
  tos_accepted: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

/** Null: it does not say. */
export function parseAccount(body: unknown): { readonly termsAccepted: boolean | null } | null {
  const parsed = accountSchema.safeParse(body);
  if (!parsed.success) return null;
  const { tos_accepted: terms } = parsed.data;
  return { termsAccepted: terms === undefined ? null : Boolean(terms['custom_audience_tos']) };
}

/** https://developers.facebook.com/docs/graph-api/reference/user/permissions */
const permissionsSchema = z.object({
  data: z.array(z.object({ permission: z.string(), status: z.string() })),
});

/** Those that are granted; null: it does not say. */
export function parsePermissions(body: unknown): readonly string[] | null {
  const parsed = permissionsSchema.safeParse(body);
  if (!parsed.success) return null;
  const granted = parsed.data.data.filter(({ status }) => status === 'granted');
  return granted.map(({ permission }) => permission);
}

/** https://developers.facebook.com/docs/marketing-api/reference/custom-audience/sessions — all of it is text. */
const sessionsSchema = z.object({ data: z.array(z.object({ session_id: idSchema })) });

/** The ids of the sessions that have begun. */
export function parseSessions(body: unknown): readonly string[] {
  const parsed = sessionsSchema.safeParse(body);
  return parsed.success ? parsed.data.data.map(({ session_id: id }) => id) : [];
}
