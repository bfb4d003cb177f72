/** `/lists/{id}/members/{hash}/tags`. https://mailchimp.com/developer/marketing/api/list-member-tags/ */
import { isPlainObject } from '../simulation/json.ts';
import { answer, answerRuled, noContent, refuse } from './exchange.ts';
import type { ApiAnswer, ApiRequest, Route } from './exchange.ts';
import { plainLinks } from './links.ts';
import type { TagChange } from './member-desk.ts';
import { misfit } from './member-draft.ts';
import { apiErrand } from './member-routes.ts';
import type { Member } from './model.ts';
import { cutPage, parsePage } from './paging.ts';
import { allowed, invalidShape, refused, resourceNotFound } from './problems.ts';
import type { Ruled } from './problems.ts';
import { collectionPaths, parseProjection } from './projection.ts';
import { formatTimestamp } from './timestamps.ts';
import type { World } from './world.ts';

const template = '/lists/{id}/members/{hash}/tags';

export function createTagRoutes(world: World): readonly Route[] {
  return [
    {
      method: 'GET',
      template,
      handle: (request) => {
        const member = world.audience.find(request.params['hash'] ?? '');
        return member === null ? refuse(resourceNotFound) : getTags(world, member, request);
      },
    },
    {
      method: 'POST',
      template,
      handle: (request) => {
        // The description lets the GET take a contact id or an address, but not the POST.
        const member = world.audience.findByHash(request.params['hash'] ?? '');
        if (member === null) return refuse(resourceNotFound);
        return answerRuled(parseTagChanges(request.body), (changes) => {
          world.desk.tag(member, changes, apiErrand(request));
          return noContent;
        });
      },
    },
  ];
}

function getTags(world: World, member: Member, request: ApiRequest): ApiAnswer {
  const page = parsePage(request.query);
  if (!page.ok) return refuse(page.problem);
  const paths = collectionPaths('tags', ['id', 'name', 'date_added'], ['total_items', '_links']);
  const self = `${world.apiRoot()}/lists/${world.identity.audienceId}/members/${member.hash}`;
  return answerRuled(parseProjection(request.query, paths), (projection) =>
    answer(
      projection.apply({
        tags: cutPage(member.tags, page.value).map((tag) => ({
          id: tag.id,
          name: world.audience.tagName(tag.id),
          date_added: formatTimestamp(tag.addedAt),
        })),
        total_items: member.tags.length,
        _links: plainLinks(`${self}/tags`, self),
      }),
    ),
  );
}

function parseTagChanges(body: unknown): Ruled<readonly TagChange[]> {
  if (!isPlainObject(body)) return refused(misfit('', 'object', body));
  const tags = body['tags'];
  if (!Array.isArray(tags)) return refused(misfit('tags', 'array', tags));
  const changes: TagChange[] = [];
  for (const [index, tag] of (tags as unknown[]).entries()) {
    if (!isPlainObject(tag)) return refused(misfit(`tags.${index}`, 'object', tag));
    const { name, status } = tag;
    if (typeof name !== 'string') return refused(misfit(`tags.${index}.name`, 'string', name));
    if (status !== 'active' && status !== 'inactive') {
      const message = 'Data presented is not one of the accepted values: inactive, active.';
      return refused(invalidShape(`tags.${index}.status`, message));
    }
    changes.push({ name, isActive: status === 'active' });
  }
  return allowed(changes);
}
