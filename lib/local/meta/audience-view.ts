/**
 * An audience as the API shows it: the fields that were asked for, and no members, ever.
 * Names of fields: CustomAudience.json of https://github.com/facebook/facebook-business-sdk-codegen.
 */
import { approximateCounts, deliveryStatus, operationStatus } from './audience-status.ts';
import type { Standing } from './audience-status.ts';
import { allowed, invalidParameter, refused } from './errors.ts';
import type { Ruled } from './errors.ts';
import type { Session } from './model.ts';
import { isOpen } from './sessions.ts';

type View = Readonly<Record<string, unknown>>;

type FieldReader = (standing: Standing, accountId: string) => unknown;

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** An audience that nobody uses is announced (status 100), and gone ninety days later. */
const deletedAfterSeconds = 90 * 86_400;

const readers: ReadonlyMap<string, FieldReader> = new Map(
  Object.entries<FieldReader>({
    id: ({ audience }) => audience.id,
    account_id: (_standing, accountId) => accountId,
    name: ({ audience }) => audience.name,
    description: ({ audience }) => audience.description,
    subtype: ({ settings }) => settings.audienceSubtype,
    customer_file_source: ({ audience }) => audience.customerFileSource,
    retention_days: ({ audience }) => audience.retentionDays ?? undefined,
    is_value_based: ({ audience }) => audience.isValueBased,
    data_source: () => ({ type: 'FILE_IMPORTED', sub_type: 'ANYTHING', creation_params: '[]' }),
    approximate_count_lower_bound: ({ members, settings }) =>
      approximateCounts(members, settings)[0],
    approximate_count_upper_bound: ({ members, settings }) =>
      approximateCounts(members, settings)[1],
    operation_status: operationStatus,
    delivery_status: deliveryStatus,
    time_created: ({ audience }) => seconds(audience.createdAt),
    time_updated: ({ audience }) => seconds(audience.updatedAt),
    time_content_updated: ({ audience }) =>
      seconds(audience.contentUpdatedAt ?? audience.createdAt),
    delete_time: ({ audience, now }) =>
      audience.forcedStatus === 100 ? seconds(now) + deletedAfterSeconds : undefined,
    fields_violating_integrity_policy: ({ audience }) =>
      audience.forcedStatus === 471 ? ['name'] : undefined,
    lookalike_audience_ids: ({ audience }) =>
      audience.lookalikes > 0
        ? Array.from({ length: audience.lookalikes }, (_, index) => `${audience.id}${index + 1}`)
        : undefined,
  }),
);

/** Fields the description lists and that are empty for audiences of customer lists. */
const emptyFields = new Set([
  'data_source_types',
  'datafile_custom_audience_uploading_status',
  'excluded_custom_audiences',
  'external_event_source',
  'household_audience',
  'included_custom_audiences',
  'is_eligible_for_sac_campaigns',
  'is_household',
  'is_snapshot',
  'lookalike_spec',
  'messenger_marketing_messages_page',
  'opt_out_link',
  'owner_business',
  'page_deletion_marked_delete_time',
  'permission_for_actions',
  'pixel_id',
  'regulated_audience_spec',
  'rev_share_policy_id',
  'rule',
  'rule_aggregation',
  'rule_v2',
  'seed_audience',
  'sharing_status',
]);

/** A field nobody knows refuses the call; one that is empty is left out. */
export function viewAudience(
  standing: Standing,
  fields: readonly string[],
  accountId: string,
): Ruled<View> {
  const unknown = fields.find((name) => !readers.has(name) && !emptyFields.has(name));
  if (unknown !== undefined) return refused(nonexistingField(unknown, 'CustomAudience'));
  const names = new Set([...fields, 'id']);
  const shown = [...names].flatMap((name) => {
    const value = readers.get(name)?.(standing, accountId);
    return value === undefined ? [] : [[name, value] as const];
  });
  return allowed(Object.fromEntries(shown));
}

export function nonexistingField(name: string, type: string): ReturnType<typeof invalidParameter> {
  return invalidParameter(`Tried accessing nonexisting field (${name}) on node type (${type})`);
}

/** All of it is text. Names of the stages are not documented beyond "uploading". */
export function viewSession(session: Session, now: number): View {
  const isUploading = isOpen(session, now);
  return {
    session_id: session.id,
    start_time: String(seconds(session.startedAt)),
    end_time: String(session.endedAt === null ? 0 : seconds(session.endedAt)),
    num_received: String(session.received),
    num_matched: String(session.matched),
    num_invalid_entries: String(session.invalid),
    progress: isUploading ? '0' : '100',
    stage: isUploading ? 'uploading' : 'done',
  };
}
