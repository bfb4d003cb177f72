/** `/lists/{id}/members` and one member. https://mailchimp.com/developer/marketing/api/list-members/ */
import { answer, answerRuled, noContent, refuse } from './exchange.ts';
import type { ApiAnswer, ApiRequest, Route } from './exchange.ts';
import { plainLinks } from './links.ts';
import { listMembers } from './listing.ts';
import type { Errand } from './member-desk.ts';
import { parseMemberDraft, patchStatuses, requestStatuses } from './member-draft.ts';
import type { MemberDraft } from './member-draft.ts';
import { memberKeys } from './member-view.ts';
import type { Member } from './model.ts';
import { parsePage } from './paging.ts';
import { invalidShape, memberExists, resourceNotFound } from './problems.ts';
import { collectionPaths, parseProjection } from './projection.ts';
import type { World } from './world.ts';

const members = '/lists/{id}/members';
const oneMember = `${members}/{hash}`;

export function createMemberRoutes(world: World): readonly Route[] {
  const found =
    (handle: (member: Member, request: ApiRequest) => ApiAnswer) =>
    (request: ApiRequest): ApiAnswer => {
      const member = world.audience.find(request.params['hash'] ?? '');
      return member === null ? refuse(resourceNotFound) : handle(member, request);
    };
  return [
    { method: 'GET', template: members, handle: (request) => getMembers(world, request) },
    { method: 'POST', template: members, handle: (request) => postMember(world, request) },
    {
      method: 'GET',
      template: oneMember,
      handle: found((member, request) => getMember(world, member, request)),
    },
    { method: 'PUT', template: oneMember, handle: (request) => putMember(world, request) },
    {
      method: 'PATCH',
      template: oneMember,
      handle: found((member, request) => patchMember(world, member, request)),
    },
    {
      method: 'DELETE',
      template: oneMember,
      handle: found((member, request) =>
        answerRuled(world.desk.archive(member, apiErrand(request)), () => noContent),
      ),
    },
    {
      method: 'POST',
      template: `${oneMember}/actions/delete-permanent`,
      handle: (request) => {
        // By the MD5 alone, says the description; a contact id or an address finds nobody here.
        const member = world.audience.findByHash(request.params['hash'] ?? '');
        if (member === null) return refuse(resourceNotFound);
        world.desk.erase(member, apiErrand(request));
        return noContent;
      },
    },
  ];
}

/** The caller is the API; only required merge fields can be waived. */
export function apiErrand(request: ApiRequest): Errand {
  return {
    source: 'api',
    callerIp: request.callerIp,
    isRequiredWaived: request.query.get('skip_merge_validation') === 'true',
  };
}

function getMembers(world: World, request: ApiRequest): ApiAnswer {
  const page = parsePage(request.query);
  if (!page.ok) return refuse(page.problem);
  const paths = collectionPaths('members', memberKeys, ['list_id', 'total_items', '_links']);
  const projection = parseProjection(request.query, paths);
  if (!projection.ok) return refuse(projection.problem);
  const includesArchived = world.options.unfilteredIncludesArchived ?? false;
  return answerRuled(
    listMembers(world.audience, request.query, page.value, includesArchived),
    (listed) => {
      const withLinks = projection.value.wants('members._links');
      const self = `${world.apiRoot()}/lists/${world.identity.audienceId}`;
      return answer(
        projection.value.apply({
          members: listed.members.map((member) => world.views.member(member, withLinks)),
          list_id: world.identity.audienceId,
          total_items: listed.total,
          _links: plainLinks(`${self}/members`, self),
        }),
      );
    },
  );
}

function getMember(world: World, member: Member, request: ApiRequest): ApiAnswer {
  const shown = world.views.member(member, true);
  const tags = world.audience.fields().map((field) => `merge_fields.${field.tag}`);
  return answerRuled(parseProjection(request.query, [...memberKeys, ...tags]), (projection) =>
    answer(projection.apply(shown)),
  );
}

/** An existing address is refused, unless it is archived: then the same contact comes back. */
function postMember(world: World, request: ApiRequest): ApiAnswer {
  const draft = parseMemberDraft(request.body, requestStatuses);
  if (!draft.ok) return refuse(draft.problem);
  const { email, status } = draft.value;
  if (email === undefined || email === '') return refuse(missing('email_address'));
  if (status === undefined) return refuse(missing('status'));
  const holder = world.audience.findByEmail(email);
  if (holder !== null && holder.status !== 'archived') return refuse(memberExists(email.trim()));
  const errand = apiErrand(request);
  const saved =
    holder === null
      ? world.desk.create({ ...draft.value, email }, status, errand)
      : world.desk.update(holder, draft.value, errand);
  return answerRuled(saved, (member) => answer(world.views.member(member, true)));
}

/** An upsert by what the path names. A path nobody answers to makes a new contact under the body's address. */
function putMember(world: World, request: ApiRequest): ApiAnswer {
  const draft = parseMemberDraft(request.body, requestStatuses);
  if (!draft.ok) return refuse(draft.problem);
  const member = world.audience.find(request.params['hash'] ?? '');
  if (member === null) return createByPut(world, draft.value, request);
  return answerRuled(world.desk.update(member, draft.value, apiErrand(request)), (saved) =>
    answer(world.views.member(saved, true)),
  );
}

function createByPut(world: World, draft: MemberDraft, request: ApiRequest): ApiAnswer {
  const { email } = draft;
  const status = draft.statusIfNew ?? draft.status;
  if (email === undefined || email === '') return refuse(missing('email_address'));
  if (status === undefined) return refuse(missing('status_if_new'));
  // "Use PUT", it says, to a PUT whose path and address disagree.
  if (world.audience.findByEmail(email) !== null) return refuse(memberExists(email.trim()));
  return answerRuled(world.desk.create({ ...draft, email }, status, apiErrand(request)), (member) =>
    answer(world.views.member(member, true)),
  );
}

function patchMember(world: World, member: Member, request: ApiRequest): ApiAnswer {
  const draft = parseMemberDraft(request.body, patchStatuses);
  if (!draft.ok) return refuse(draft.problem);
  return answerRuled(world.desk.update(member, draft.value, apiErrand(request)), (saved) =>
    answer(world.views.member(saved, true)),
  );
}

function missing(field: string): ReturnType<typeof invalidShape> {
  return invalidShape(field, `Required fields were not provided: ${field}`);
}
