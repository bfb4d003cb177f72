/**
 * What can be turned while the simulation runs: the state of the key, the limits, and every point on which the
 * vendor's pages are silent or users contradict them. A connector must do right by both ends of each.
 */
import * as z from 'zod';
import { createSettingsChange } from '../simulation/settings.ts';

const settingsSchema = z.strictObject({
  key: z.enum(['valid', 'expired', 'revoked']).default('valid'),
  /** What the key's owner may do; `contacts` alone is no company admin. */
  permission: z.enum(['admin', 'contacts', 'none']).default('admin'),
  /** The company itself, as the vendor sees it. */
  companyState: z
    .enum(['active', 'cancelled', 'deleted', 'pending', 'suspended'])
    .default('active'),
  /** Fields a PATCH leaves out: the description says they are kept, users saw them cleared. */
  patchOmitted: z.enum(['keep', 'clear']).default('keep'),
  /** A null in a PATCH: a value that clears, or as good as left out. */
  patchNull: z.enum(['clear', 'omitted']).default('clear'),
  /** PUT with a uid that is taken. */
  putExisting: z.enum(['replace', 'merge']).default('replace'),
  /** How fields without a value are shown. */
  emptyFields: z.enum(['omitted', 'null', 'empty']).default('omitted'),
  /** How the last page says that it is the last. */
  endCursor: z.enum(['absent', 'null', 'empty']).default('absent'),
  /** Ids of webhooks, subscriptions and the company: numbers in the description, texts in its examples. */
  numberIds: z.enum(['number', 'text']).default('number'),
  /** Ids of contacts in events; of other events it is known that they have numbers. */
  eventIds: z.enum(['text', 'number']).default('text'),
  /** An id with a colon in the path that is not URL-encoded. The vendor's own client sends such. */
  rawIds: z.enum(['refuse', 'accept']).default('refuse'),
  /** What deleting in the app does: the help page says that a shared contact stays. */
  humanDelete: z.enum(['removes', 'hides']).default('removes'),
  /** Whether deleting a contact that was made with a uid is an event. */
  uidDeleteEvents: z.boolean().default(true),
  /** Which blocked numbers are listed: the description says those blocked by the API. */
  listedBlocks: z.enum(['api', 'all']).default('api'),
  /** Success without anything to say: the description has no body, and the vendor's client cannot read that. */
  emptyAnswer: z.enum(['nothing', 'object', 'no-content']).default('nothing'),
  /** The body of refusals is not described. */
  errorBody: z.enum(['message', 'text', 'none']).default('message'),
  /** Whether a 429 says when to come again. */
  retryAfter: z.enum(['none', 'seconds']).default('none'),
  /** Limits are written beside each operation: each has its own, or all of one kind share one. */
  limitsBy: z.enum(['kind', 'operation']).default('kind'),
  callsPerSecond: z.int().min(1).default(20),
  createsPerMinute: z.int().min(1).default(100),
  callsPerMinute: z.int().min(1).default(1200),
  optOutsPerMinute: z.int().min(1).default(250),
  /** Rows of a page; the vendor's own number is 100. */
  pageRows: z.int().min(1).max(100).default(100),
  /** Share of listings with a limit above 100 that are refused. */
  largeLimitRefusals: z.number().min(0).max(1).default(0.2),
  /** Where a signed event travels. */
  tokenIn: z.enum(['body', 'authorization']).default('body'),
  hookContentType: z.string().min(1).default('application/jwt'),
  /** Share of events that are never sent. */
  eventLossRate: z.number().min(0).max(1).default(0),
});

export type Settings = z.output<typeof settingsSchema>;

export const defaultSettings: Settings = settingsSchema.parse({});

export const changeSettings = createSettingsChange(settingsSchema);
