/**
 * Which members a listing shows, and in what order. `since_last_changed` and `before_last_changed` both leave
 * the second they name out: the first is observed, the second is the reading that punishes a careless client.
 * https://mailchimp.com/developer/marketing/api/list-members/list-members-info/
 */
import type { Audience } from './audience.ts';
import type { Stretch } from './change-order.ts';
import { memberStatuses } from './model.ts';
import type { Member } from './model.ts';
import type { Page } from './paging.ts';
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

const sortFields = ['last_changed', 'timestamp_opt', 'timestamp_signup'];

/** One page and how many members there are in all. */
export interface Listed {
  readonly members: readonly Member[];
  readonly total: number;
}

export function listMembers(
  audience: Audience,
  query: URLSearchParams,
  page: Page,
  unfilteredIncludesArchived: boolean,
): Ruled<Listed> {
  const wanted = parseWanted(query);
  if (!wanted.ok) return wanted;
  const isShown = createFilter(wanted.value, unfilteredIncludesArchived);
  return allowed(pick(candidates(audience, wanted.value), isShown, wanted.value, page));
}

/** Times of change go through the ordered index; everything else is in the order members came. */
function candidates(audience: Audience, wanted: Wanted): Stretch {
  const { after, before } = wanted.changed;
  const { sortField } = wanted;
  const isByChange = after !== null || before !== null || sortField === 'last_changed';
  if (isByChange) return sortByOptIn(audience.changedBetween(after, before), sortField);
  return sortByOptIn(stretchOf([...audience.members()]), sortField);
}

function sortByOptIn(stretch: Stretch, sortField: SortField | null): Stretch {
  if (sortField === null || sortField === 'last_changed') return stretch;
  const at = (member: Member): number =>
    (sortField === 'timestamp_opt' ? member.optedInAt : member.signedUpAt) ?? 0;
  const members = stretch.entries
    .slice(stretch.begin, stretch.end)
    .filter((entry) => entry !== null);
  return stretchOf(members.toSorted((left, right) => at(left) - at(right)));
}

function stretchOf(entries: readonly Member[]): Stretch {
  return { entries, begin: 0, end: entries.length };
}

/** Counts everybody and keeps only the page, so a page of a large audience copies little. */
function pick(
  { entries, begin, end }: Stretch,
  isShown: (member: Member) => boolean,
  wanted: Wanted,
  page: Page,
): Listed {
  const isBackward = wanted.isDescending && wanted.sortField !== null;
  const members: Member[] = [];
  let total = 0;
  for (let step = 0; step < end - begin; step += 1) {
    const member = entries[isBackward ? end - 1 - step : begin + step];
    if (member === null || member === undefined || !isShown(member)) continue;
    if (total >= page.offset && members.length < page.count) members.push(member);
    total += 1;
  }
  return { members, total };
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

function parseWanted(query: URLSearchParams): Ruled<Wanted> {
  const status = parseOneOf(query, 'status', memberStatuses);
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
