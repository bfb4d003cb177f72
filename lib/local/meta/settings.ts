/**
 * What can be turned while the simulation runs: the state of token, terms and permissions, the limits, and
 * every point on which the vendor's pages disagree or are silent.
 */
import * as z from 'zod';
import { createSettingsChange } from '../simulation/settings.ts';

const settingsSchema = z.strictObject({
  token: z.enum(['valid', 'expired', 'password', 'checkpoint', 'invalid']).default('valid'),
  permission: z
    .enum(['granted', 'read-only', 'ads-management-missing', 'denied', 'capability'])
    .default('granted'),
  /** Of which kind the audiences are: anything but CUSTOM is filled by the vendor. */
  audienceSubtype: z.enum(['CUSTOM', 'WEBSITE', 'LOOKALIKE', 'ENGAGEMENT']).default('CUSTOM'),
  /** The terms of service for custom audiences, accepted by a person in the vendor's pages. */
  termsAccepted: z.boolean().default(true),
  businessLinked: z.boolean().default(true),
  /** `limited` is what a new app has: about twenty writes in five minutes. */
  tier: z.enum(['limited', 'full']).default('full'),
  /** Calls in an hour. @default the vendor's formula for the tier */
  hourlyCallsMax: z.int().min(1).nullable().default(null),
  /** Rows in an hour that use up the processor's share. The vendor publishes no number; this one is ours. */
  hourlyRowsMax: z.int().min(1).default(50_000_000),
  /** The HTTP status of 80003: not documented, both were seen. */
  throttleStatus: z.union([z.literal(400), z.literal(429)]).default(400),
  /** Samples of invalid entries: the reference has a map, other answers had a list. */
  samples: z.enum(['map', 'array']).default('map'),
  /** `num_invalid_entries` is "not an exact number": by rows, or one for each bad value. */
  invalidCounts: z.enum(['rows', 'values']).default('rows'),
  /** `usersreplace`: the guide names the answer's first key `account_id`, the reference `audience_id`. */
  replaceAnswerKey: z.enum(['audience_id', 'account_id']).default('audience_id'),
  /** `usersreplace` by EXTERN_ID: in the reference's list of keys, not in the guide's. */
  replaceTakesExternId: z.boolean().default(false),
  /** More members than this cannot be replaced. */
  replaceMembersMax: z.int().min(1).default(100_000_000),
  /** How long a change is being worked in (status 441, or 414 after a replace). */
  settleMs: z.int().min(0).default(0),
  /** Fewer members give no count (-1) and no delivery. The vendor publishes neither number. */
  countedMembersMin: z.int().min(0).default(1000),
  deliveredMembersMin: z.int().min(0).default(100),
  oldestVersion: z.int().min(1).default(24),
  newestVersion: z.int().min(1).default(26),
  /** What a dead version gets: error 2635, or the oldest living one in silence. */
  deadVersion: z.enum(['refuse', 'upgrade']).default('refuse'),
});

export type Settings = z.output<typeof settingsSchema>;

export const defaultSettings: Settings = settingsSchema.parse({});

export const changeSettings = createSettingsChange(settingsSchema);
