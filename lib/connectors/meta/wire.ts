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
