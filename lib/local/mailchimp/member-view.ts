/**
 * A member as the API shows it. The two answers differ on purpose: the bulk call's rows have no `contact_id`,
 * so a caller must look again to learn who was made. https://mailchimp.com/developer/marketing/api/list-members/
 */
import type { Audience } from './audience.ts';
import { memberLinks } from './links.ts';
import type { Member, MergeField, MergeValue } from './model.ts';
import { formatTimestamp } from './timestamps.ts';

/** Shown tags stop at 50; `tags_count` has the true number. */
const tagsShownMax = 50;

export const memberKeys: readonly string[] = [
  'id',
  'email_address',
  'unique_email_id',
  'contact_id',
  'full_name',
  'web_id',
  'email_type',
  'status',
  'unsubscribe_reason',
  'consents_to_one_to_one_messaging',
  'merge_fields',
  'interests',
  'stats',
  'ip_signup',
  'timestamp_signup',
  'ip_opt',
  'timestamp_opt',
  'member_rating',
  'last_changed',
  'language',
  'vip',
  'email_client',
  'location',
  'marketing_permissions',
  'last_note',
  'source',
  'tags_count',
  'tags',
  'list_id',
  '_links',
  'sms_phone_number',
  'sms_subscription_status',
  'sms_subscription_last_updated',
];

export interface MemberViews {
  member(member: Member, withLinks: boolean): Record<string, unknown>;
  /** As a row of the bulk call's answer. */
  batchRow(member: Member): Record<string, unknown>;
}

export function createMemberViews(audience: Audience, apiRoot: () => string): MemberViews {
  const listId = (): string => audience.identity()?.audienceId ?? '';
  const links = (member: Member): unknown => memberLinks(apiRoot(), listId(), member.hash);
  const shared = (member: Member): Record<string, unknown> => ({
    merge_fields: shownMergeFields(member, audience.fields()),
    stats: { avg_open_rate: 0, avg_click_rate: 0 },
    ip_signup: member.ipSignup,
    timestamp_signup: formatTimestamp(member.signedUpAt),
    ip_opt: member.ipOpt,
    timestamp_opt: formatTimestamp(member.optedInAt),
    member_rating: 2,
    last_changed: formatTimestamp(member.changedAt),
    language: member.language,
    vip: member.isVip,
    email_client: '',
    location: {
      latitude: 0,
      longitude: 0,
      gmtoff: 0,
      dstoff: 0,
      country_code: '',
      timezone: '',
    },
  });
  const tail = (member: Member): Record<string, unknown> => ({
    tags_count: member.tags.length,
    tags: member.tags
      .slice(0, tagsShownMax)
      .map((tag) => ({ id: tag.id, name: audience.tagName(tag.id) })),
    list_id: listId(),
  });
  return {
    member: (member, withLinks) => ({
      id: member.hash,
      email_address: member.email,
      unique_email_id: uniqueEmailId(member),
      contact_id: member.contactId,
      full_name: fullName(member, audience.fields()),
      web_id: member.webId,
      email_type: member.emailType,
      status: member.status,
      ...(member.unsubscribeReason === null
        ? {}
        : { unsubscribe_reason: member.unsubscribeReason }),
      consents_to_one_to_one_messaging: true,
      ...shared(member),
      source: member.sourceName,
      ...tail(member),
      ...(withLinks ? { _links: links(member) } : {}),
    }),
    batchRow: (member) => ({
      id: member.hash,
      email_address: member.email,
      unique_email_id: uniqueEmailId(member),
      email_type: member.emailType,
      // The bulk answer's description has no word for an archived member, so the row says nothing.
      ...(member.status === 'archived' ? {} : { status: member.status }),
      ...shared(member),
      ...tail(member),
      _links: links(member),
    }),
  };
}

/** Every field of the audience appears; one without a value is an empty string. */
export function shownMergeFields(
  member: Member,
  fields: readonly MergeField[],
): Record<string, MergeValue> {
  const shown: Record<string, MergeValue> = {};
  for (const field of fields) shown[field.tag] = shownMergeValue(member, field);
  return shown;
}

export function shownMergeValue(member: Member, field: MergeField): MergeValue {
  return member.mergeValues[field.id] ?? '';
}

/** The id of the address over all audiences; it changes with the address. */
export function uniqueEmailId(member: Member): string {
  return member.hash.slice(11, 21);
}

function fullName(member: Member, fields: readonly MergeField[]): string {
  const nameOf = (tag: string): string => {
    const field = fields.find((candidate) => candidate.tag === tag);
    const value = field === undefined ? '' : shownMergeValue(member, field);
    return typeof value === 'string' ? value : '';
  };
  return `${nameOf('FNAME')} ${nameOf('LNAME')}`.trim();
}
