/**
 * What Mailchimp sends, parsed once at the edge. Property names are checked by the compiler against
 * wire.generated.ts; values are taken softly, because one odd property must not sink a page of 1000.
 */
import * as z from 'zod';
import type { Json } from '../../engine/value.ts';
import type {
  BatchAnswer,
  BatchMemberBody,
  ListBody,
  MemberBody,
  MembersAnswer,
  MemberTagsAnswer,
  MergeFieldBody,
  MergeFieldsAnswer,
  ProblemBody,
  WebhookBody,
  WebhooksAnswer,
} from './wire.generated.ts';

/** A shape whose keys the vendor declares. */
type Shape<Body> = Partial<Record<keyof Body, z.ZodType>>;

const text = z.string().optional().catch(undefined);
const count = z.number().optional().catch(undefined);
/** Bodies come out of JSON.parse, so anything in them is Json. */
const json = z.custom<Json>();
const list = <T extends z.ZodType>(item: T) => z.array(item).optional().catch(undefined);

const memberShape = {
  id: text,
  contact_id: text,
  email_address: text,
  status: text,
  merge_fields: z.record(z.string(), json).optional().catch(undefined),
  tags: list(z.object({ name: z.string() })),
  tags_count: count,
  last_changed: text,
  timestamp_opt: text,
  language: text,
  email_type: text,
  vip: z.boolean().optional().catch(undefined),
} satisfies Shape<MemberBody>;

/** A member as listings, single answers and batch answers show it; batch rows lack `contact_id`. */
export const memberSchema = z.object(memberShape);
export type WireMember = z.infer<typeof memberSchema>;

const { contact_id: _unknownToBatches, ...batchMemberShape } = memberShape;
export const batchMemberSchema = z.object(batchMemberShape satisfies Shape<BatchMemberBody>);

export const membersSchema = z.object({
  members: z.array(memberSchema),
  total_items: z.number(),
} satisfies Shape<MembersAnswer>);
export type WireMembers = z.infer<typeof membersSchema>;

const rowErrorSchema = z.object({
  email_address: text,
  error: text,
  error_code: text,
  field: text,
  field_message: text,
} satisfies Shape<NonNullable<BatchAnswer['errors']>[number]>);
export type WireRowError = z.infer<typeof rowErrorSchema>;

export const batchSchema = z.object({
  new_members: z.array(batchMemberSchema).default([]),
  updated_members: z.array(batchMemberSchema).default([]),
  errors: z.array(rowErrorSchema).default([]),
} satisfies Shape<BatchAnswer>);
export type WireBatch = z.infer<typeof batchSchema>;

export const mergeFieldsSchema = z.object({
  merge_fields: z.array(
    z.object({
      tag: z.string(),
      type: z.string(),
      name: text,
      required: z.boolean().optional().catch(undefined),
      options: z
        .object({ choices: list(z.string()) })
        .optional()
        .catch(undefined),
    } satisfies Shape<MergeFieldBody>),
  ),
} satisfies Shape<MergeFieldsAnswer>);
export type WireMergeField = z.infer<typeof mergeFieldsSchema>['merge_fields'][number];

export const memberTagsSchema = z.object({
  tags: z.array(z.object({ name: z.string() })),
  total_items: count,
} satisfies Shape<MemberTagsAnswer>);

export const listSchema = z.object({ id: z.string() } satisfies Shape<ListBody>);

const switches = z.record(z.string(), z.boolean()).optional().catch(undefined);

export const webhookSchema = z.object({
  id: z.string(),
  url: z.string(),
  events: switches,
  signing_enabled: z.boolean().optional().catch(undefined),
  signing_secret: text,
} satisfies Shape<WebhookBody>);
export type WireWebhook = z.infer<typeof webhookSchema>;

export const webhooksSchema = z.object({
  webhooks: z.array(webhookSchema),
} satisfies Shape<WebhooksAnswer>);

export const problemSchema = z.object({
  title: text,
  detail: text,
  errors: list(z.object({ field: text, message: text })),
} satisfies Shape<ProblemBody>);
export type WireProblem = z.infer<typeof problemSchema>;

/** An answer without a body (204). */
export const emptySchema = z.unknown();
