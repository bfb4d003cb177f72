/** `/ping`, `/lists`, `/lists/{id}`, `/search-members` and `/lists/{id}/tag-search`. */
import { answer, answerRuled } from './exchange.ts';
import type { ApiAnswer, ApiRequest, Route } from './exchange.ts';
import { plainLinks } from './links.ts';
import { memberKeys, shownMergeFields } from './member-view.ts';
import type { Member } from './model.ts';
import { cutPage, parsePage } from './paging.ts';
import { collectionPaths, parseProjection } from './projection.ts';
import type { Projection } from './projection.ts';
import { formatTimestamp } from './timestamps.ts';
import type { World } from './world.ts';

const searchResultsMax = 30;

export function createListRoutes(world: World): readonly Route[] {
  return [
    {
      method: 'GET',
      template: '/ping',
      handle: () => answer({ health_status: "Everything's Chimpy!" }),
    },
    { method: 'GET', template: '/lists', handle: (request) => getLists(world, request) },
    { method: 'GET', template: '/lists/{id}', handle: (request) => getList(world, request) },
    {
      method: 'GET',
      template: '/lists/{id}/tag-search',
      handle: (request) => searchTags(world, request),
    },
    {
      method: 'GET',
      template: '/search-members',
      handle: (request) => searchMembers(world, request),
    },
  ];
}

/** https://mailchimp.com/developer/marketing/api/lists/get-lists-info/ */
function getLists(world: World, request: ApiRequest): ApiAnswer {
  const page = parsePage(request.query);
  if (!page.ok) return answerRuled(page, answer);
  const list = renderList(world, request.query);
  const paths = collectionPaths('lists', Object.keys(list), [
    'total_items',
    'constraints',
    '_links',
  ]);
  return answerRuled(parseProjection(request.query, paths), (projection) =>
    answer(
      projection.apply({
        lists: cutPage([list], page.value),
        total_items: 1,
        constraints: { may_create: false, max_instances: 1, current_total_instances: 1 },
        _links: plainLinks(`${world.apiRoot()}/lists`, world.apiRoot()),
      }),
    ),
  );
}

/** https://mailchimp.com/developer/marketing/api/lists/get-list-info/ */
function getList(world: World, request: ApiRequest): ApiAnswer {
  const list = renderList(world, request.query);
  const stats = Object.keys(list['stats'] as object).map((key) => `stats.${key}`);
  return answerRuled(
    parseProjection(request.query, [...Object.keys(list), ...stats]),
    (projection) => answer(projection.apply(list)),
  );
}

function renderList(world: World, query: URLSearchParams): Record<string, unknown> {
  const { identity, audience } = world;
  const self = `${world.apiRoot()}/lists/${identity.audienceId}`;
  return {
    id: identity.audienceId,
    web_id: 382_062,
    name: identity.name,
    contact: { company: 'Trivet', address1: '', city: '', state: '', zip: '', country: 'US' },
    permission_reminder: 'You signed up on our website.',
    use_archive_bar: true,
    campaign_defaults: { from_name: 'Trivet', from_email: '', subject: '', language: 'en' },
    notify_on_subscribe: '',
    notify_on_unsubscribe: '',
    date_created: formatTimestamp(identity.createdAt),
    list_rating: 0,
    email_type_option: false,
    subscribe_url_short: '',
    subscribe_url_long: '',
    beamer_address: '',
    visibility: 'prv',
    double_optin: world.options.isDoubleOptIn ?? false,
    has_welcome: false,
    marketing_permissions: false,
    modules: [],
    stats: {
      member_count: audience.count('subscribed'),
      ...(query.get('include_total_contacts') === 'true'
        ? { total_contacts: countContacts(world) }
        : {}),
      unsubscribe_count: audience.count('unsubscribed'),
      cleaned_count: audience.count('cleaned'),
      campaign_count: 0,
      campaign_last_sent: '',
      merge_field_count: audience.fields().length,
      avg_sub_rate: 0,
      avg_unsub_rate: 0,
      target_sub_rate: 0,
      open_rate: 0,
      click_rate: 0,
      last_sub_date: '',
      last_unsub_date: '',
    },
    _links: plainLinks(self, `${world.apiRoot()}/lists`),
  };
}

/** Everybody but the archived, as the vendor bills them. */
function countContacts(world: World): number {
  const counted = ['subscribed', 'unsubscribed', 'cleaned', 'pending', 'transactional'] as const;
  return counted.reduce((sum, status) => sum + world.audience.count(status), 0);
}

/** https://mailchimp.com/developer/marketing/api/list-tags/ */
function searchTags(world: World, request: ApiRequest): ApiAnswer {
  const name = (request.query.get('name') ?? '').toLowerCase();
  const tags = world.audience.tags().filter((tag) => tag.name.toLowerCase().startsWith(name));
  return answer({
    tags: tags.map(({ id, name: shown }) => ({ id, name: shown })),
    total_items: tags.length,
  });
}

/** https://mailchimp.com/developer/marketing/api/search-members/ */
function searchMembers(world: World, request: ApiRequest): ApiAnswer {
  const listId = request.query.get('list_id') ?? world.identity.audienceId;
  const words = (request.query.get('query') ?? '').trim().toLowerCase();
  const isHere = listId === world.identity.audienceId && words !== '';
  const members = isHere ? [...world.audience.members()] : [];
  const exact = members.filter((member) => member.email.toLowerCase() === words);
  const full = members.filter((member) => searchText(world, member).includes(words));
  const paths = ['exact_matches', 'full_search'].flatMap((key) =>
    collectionPaths(key, ['members', 'total_items', ...memberKeys], ['_links']),
  );
  return answerRuled(parseProjection(request.query, paths), (projection) =>
    answer(
      projection.apply({
        exact_matches: renderMatches(world, exact, projection, 'exact_matches'),
        full_search: renderMatches(world, full, projection, 'full_search'),
        _links: plainLinks(`${world.apiRoot()}/search-members`, world.apiRoot()),
      }),
    ),
  );
}

function renderMatches(
  world: World,
  members: readonly Member[],
  projection: Projection,
  key: string,
): Record<string, unknown> {
  const withLinks = projection.wants(`${key}.members._links`);
  const shown = members.slice(0, searchResultsMax);
  return {
    members: shown.map((member) => world.views.member(member, withLinks)),
    total_items: members.length,
  };
}

function searchText(world: World, member: Member): string {
  const values = Object.values(shownMergeFields(member, world.audience.fields()));
  const texts = values.filter((value) => typeof value === 'string');
  return [member.email, ...texts].join(' ').toLowerCase();
}
