/**
 * What Dialpad sends, parsed once at the edge. Property names are checked by the compiler against
 * wire.generated.ts; values are taken softly. The description lets every field be null, its own examples have
 * texts for numbers, and a field without a value may as well be missing: all of these mean "no value" here.
 */
import * as z from 'zod';
import type {
  BlockedNumberBody,
  BlockedNumbersAnswer,
  CompanyBody,
  ContactBody,
  ContactsAnswer,
  OptOutBody,
  OptOutsAnswer,
} from './wire.generated.ts';

/** A shape whose keys the vendor declares. */
type Shape<Body> = Partial<Record<keyof Body, z.ZodType>>;

const text = z.string().catch('');

const texts = z
  .array(z.unknown())
  .catch([])
  .transform((items) => items.filter((item) => typeof item === 'string'));

/** A number that JSON cannot hold exactly names nobody, or somebody else. */
const idSchema = z.union([z.string().min(1), z.int().transform(String)]);

const contactShape = {
  first_name: text,
  last_name: text,
  company_name: text,
  job_title: text,
  extension: text,
  trunk_group: text,
  phones: texts,
  emails: texts,
  urls: texts,
  type: text,
} satisfies Shape<ContactBody>;

/** https://developers.dialpad.com/reference/contactsget */
export const contactSchema = z.object({
  ...contactShape,
  id: idSchema,
} satisfies Shape<ContactBody>);
export type WireContact = z.output<typeof contactSchema>;

/** Rows that cannot be read are left out: one must not sink the other ninety-nine. */
const rowsOf = <Row extends z.ZodType>(row: Row) =>
  z
    .array(z.unknown())
    .nullish()
    .transform((items) =>
      (items ?? []).flatMap((item) => {
        const parsed = row.safeParse(item);
        return parsed.success ? [parsed.data] : [];
      }),
    );

/** Null on the last page: a cursor that is missing, null or empty. */
const cursor = z
  .string()
  .nullish()
  .transform((given) => given || null);

/** https://developers.dialpad.com/reference/contactslist */
export const contactsSchema = z.object({
  items: rowsOf(contactSchema),
  cursor,
} satisfies Shape<ContactsAnswer>);
export type WireContacts = z.output<typeof contactsSchema>;

/** https://developers.dialpad.com/reference/companyget */
export const companySchema = z.object({
  id: idSchema,
  name: text,
  /** '': it does not say. */
  state: text,
} satisfies Shape<CompanyBody>);
export type WireCompany = z.output<typeof companySchema>;

/** https://developers.dialpad.com/reference/blockednumberslist */
export const blockedNumbersSchema = z.object({
  items: rowsOf(z.object({ number: z.string() } satisfies Shape<BlockedNumberBody>)),
  cursor,
} satisfies Shape<BlockedNumbersAnswer>);

/** https://developers.dialpad.com/reference/companysms_opt_out */
export const optOutsSchema = z.object({
  items: rowsOf(
    z.object({
      external_endpoint: z.string(),
      opt_out_state: z.enum(['opted_back_in', 'opted_out']),
      /** Epoch ms. */
      date: z.int().nullable().catch(null),
    } satisfies Shape<OptOutBody>),
  ),
  cursor,
} satisfies Shape<OptOutsAnswer>);

/**
 * https://developers.dialpad.com/reference/webhookslist — the secret comes back in every answer, and is not kept: it
 * is known to whoever made it, and must be in no log.
 */
export const hookSchema = z
  .object({ id: idSchema, hook_url: text, signature: z.unknown().optional() })
  .transform(({ id, hook_url: url, signature }) => ({
    id,
    url,
    isSigned: typeof signature === 'object' && signature !== null,
  }));
export type WireHook = z.output<typeof hookSchema>;

export const hooksSchema = z.object({ items: rowsOf(hookSchema), cursor });

/** https://developers.dialpad.com/reference/webhook_contact_event_subscriptionlist */
export const subscriptionSchema = z
  .object({
    id: idSchema,
    enabled: z.boolean().catch(true),
    contact_type: text,
    webhook: z.object({ id: idSchema }).nullish().catch(null),
  })
  .transform(({ id, enabled, contact_type: kind, webhook }) => ({
    id,
    enabled: enabled && kind === 'shared',
    hookId: webhook?.id ?? null,
  }));
export type WireSubscription = z.output<typeof subscriptionSchema>;

export const subscriptionsSchema = z.object({ items: rowsOf(subscriptionSchema), cursor });

/**
 * An event, after its signature was found good. https://developers.dialpad.com/docs/contact-events — the id is all
 * that is taken from it; of the times nothing is documented, but whoever writes one means it.
 */
export const eventSchema = z.object({
  event: z.string(),
  contact: z.object({ id: idSchema.nullable().catch(null) }),
  exp: z.number().optional().catch(undefined),
  nbf: z.number().optional().catch(undefined),
});

/** The same, with what the contact shows: never data, only whether a look would tell anything new. */
export const toldSchema = z.object({ event: z.string(), contact: contactSchema });

/** Refusals are not described; clients of others find a sentence here. */
export const refusalSchema = z.object({ error: z.object({ message: z.string() }) });
