/**
 * Which members a listing shows, and in what order. `since_last_changed` and `before_last_changed` both leave
 * the second they name out: the first is observed, the second is the reading that punishes a careless client.
 * https://mailchimp.com/developer/marketing/api/list-members/list-members-info/
 */
import type { Audience } from './audience.ts';
import type { Member } from './model.ts';
import { allowed, invalidShape, refused } from './problems.ts';
import type { Ruled } from './problems.ts';
import { parseTimestamp } from './timestamps.ts';

type SortField = 'last_changed' | 'timestamp_opt' | 'timestamp_signup';

interface Wanted {
  readonly status: string | null;
  readonly changed: Range;
  readonly optedIn: Range;
  readonly unsubscribedSince: number | null;
  readonly uniqueEmailId: string | null;
  readonly emailType: string | null;
  readonly isVipOnly: boolean;
  readonly sortField: SortField | null;
  readonly isDescending: boolean;
}

interface Range {
  readonly after: number | null;
  readonly before: number | null;
}

const statuses = ['subscribed', 'unsubscribed', 'cleaned', 'pending', 'transactional', 'archived'];
const sortFields = ['last_changed', 'timestamp_opt', 'timestamp_signup'];

export function listMembers(
  audience: Audience,
  query: URLSearchParams,
  unfilteredIncludesArchived: boolean,
): Ruled<readonly Member[]> {
  const wanted = parseWanted(query);
  if (!wanted.ok) return wanted;
  const isShown = createFilter(wanted.value, unfilteredIncludesArchived);
  return allowed(sortMembers(candidates(audience, wanted.value).filter(isShown), wanted.value));
}

/** Times of change go through the ordered index; everything else is in the order members came. */
function candidates(audience: Audience, wanted: Wanted): Member[] {
  const { after, before } = wanted.changed;
  const isByChange = after !== null || before !== null || wanted.sortField === 'last_changed';
  return isByChange ? audience.changedBetween(after, before) : [...audience.members()];
}

function createFilter(
  wanted: Wanted,
  unfilteredIncludesArchived: boolean,
): (member: Member) => boolean {
  return (member) => {
    if (wanted.status === null) {
      if (member.status === 'archived' && !unfilteredIncludesArchived) return false;
    } else if (member.status !== wanted.status) return false;
    if (!isInside(member.optedInAt, wanted.optedIn)) return false;
    if (wanted.unsubscribedSince !== null && member.changedAt <= wanted.unsubscribedSince) {
      return false;
    }
    if (wanted.isVipOnly && !member.isVip) return false;
    if (wanted.emailType !== null && member.emailType !== wanted.emailType) return false;
    return wanted.uniqueEmailId === null || member.hash.slice(11, 21) === wanted.uniqueEmailId;
  };
}

function isInside(at: number | null, range: Range): boolean {
  if (range.after === null && range.before === null) return true;
  if (at === null) return false;
  return (range.after === null || at > range.after) && (range.before === null || at < range.before);
}

function sortMembers(members: Member[], wanted: Wanted): readonly Member[] {
  const { sortField } = wanted;
  if (sortField === 'timestamp_opt' || sortField === 'timestamp_signup') {
    const at = (member: Member): number =>
      (sortField === 'timestamp_opt' ? member.optedInAt : member.signedUpAt) ?? 0;
    members.sort((left, right) => at(left) - at(right));
  }
  return wanted.isDescending && sortField !== null ? members.reverse() : members;
}

function parseWanted(query: URLSearchParams): Ruled<Wanted> {
  const status = parseOneOf(query, 'status', statuses);
  if (!status.ok) return status;
  const sortField = parseOneOf(query, 'sort_field', sortFields);
  if (!sortField.ok) return sortField;
  const sortDir = parseOneOf(query, 'sort_dir', ['ASC', 'DESC']);
  if (!sortDir.ok) return sortDir;
  const times = parseTimes(query);
  if (!times.ok) return times;
  const at = (name: TimeName): number | null => times.value.get(name) ?? null;
  if (at('unsubscribed_since') !== null && status.value !== 'unsubscribed') {
    return refused(invalidShape('unsubscribed_since', 'Only with status=unsubscribed.'));
  }
  return allowed({
    status: status.value,
    changed: { after: at('since_last_changed'), before: at('before_last_changed') },
    optedIn: { after: at('since_timestamp_opt'), before: at('before_timestamp_opt') },
    unsubscribedSince: at('unsubscribed_since'),
    uniqueEmailId: query.get('unique_email_id'),
    emailType: query.get('email_type'),
    isVipOnly: query.get('vip_only') === 'true',
    sortField: sortField.value as SortField | null,
    isDescending: sortDir.value === 'DESC',
  });
}

const timeNames = [
  'since_last_changed',
  'before_last_changed',
  'since_timestamp_opt',
  'before_timestamp_opt',
  'unsubscribed_since',
] as const;

type TimeName = (typeof timeNames)[number];

function parseTimes(query: URLSearchParams): Ruled<ReadonlyMap<TimeName, number>> {
  const times = new Map<TimeName, number>();
  for (const name of timeNames) {
    const text = query.get(name);
    if (text === null || text === '') continue;
    const ms = parseTimestamp(text);
    if (ms === null) return refused(invalidShape(name, 'Please enter a valid date in ISO 8601.'));
    times.set(name, ms);
  }
  return allowed(times);
}

function parseOneOf(
  query: URLSearchParams,
  name: string,
  values: readonly string[],
): Ruled<string | null> {
  const value = query.get(name);
  if (value === null || value === '') return allowed(null);
  const message = `Data presented is not one of the accepted values: ${values.join(', ')}.`;
  return values.includes(value) ? allowed(value) : refused(invalidShape(name, message));
}
