/**
 * One audience: reading, renaming, deleting, its sessions, and the doors for uploads.
 * https://developers.facebook.com/docs/marketing-api/reference/custom-audience
 */
import { findTermsFault } from './access.ts';
import { isSuggestive } from './audience-status.ts';
import { viewAudience, viewSession } from './audience-view.ts';
import { allowed, graphErrors, invalidParameter, noSuchObject, refused } from './errors.ts';
import type { GraphError, Ruled } from './errors.ts';
import type { ApiRequest, Route } from './exchange.ts';
import type { AudienceRecord, Operation } from './model.ts';
import { fieldNames, textOf } from './params.ts';
import { upload } from './uploads.ts';
import { standingOf } from './world.ts';
import type { World } from './world.ts';

type OfAudience = (audience: AudienceRecord, request: ApiRequest) => Ruled<unknown>;

export function createAudienceRoutes(world: World): readonly Route[] {
  const route = (method: string, edge: string, act: OfAudience): Route => ({
    method,
    template: `/{audience}${edge}`,
    handle: (request) => {
      const audience = findAudience(world, request);
      return audience.ok ? act(audience.value, request) : audience;
    },
  });
  const uploading =
    (operation: Operation): OfAudience =>
    (audience, { params }) => {
      const fault = findUploadFault(world, audience);
      return fault === null ? upload(world, operation, audience, params) : refused(fault);
    };
  return [
    route('GET', '', (audience, request) => view(world, audience, request)),
    route('GET', '/sessions', (audience, request) => listSessions(world, audience, request)),
    route('POST', '', (audience, request) => edit(world, audience, request)),
    route('DELETE', '', (audience) => remove(world, audience)),
    route('POST', '/users', uploading('add')),
    route('DELETE', '/users', uploading('remove')),
    route('POST', '/usersreplace', uploading('replace')),
  ];
}

function findAudience(world: World, { method, path }: ApiRequest): Ruled<AudienceRecord> {
  const id = path['audience'] ?? '';
  const audience = world.account.audience(id);
  if (audience !== null) return allowed(audience);
  return refused(
    world.account.isDeleted(id) ? graphErrors['audience-deleted'] : noSuchObject(method, id),
  );
}

/** Terms first, then what the vendor holds against the audience; null: nothing is in the way. */
function findUploadFault(world: World, audience: AudienceRecord): GraphError | null {
  const flagged = audience.forcedStatus === 471 ? graphErrors['flagged-members'] : null;
  return findTermsFault(world.settings()) ?? flagged;
}

function view(world: World, audience: AudienceRecord, { params }: ApiRequest): Ruled<unknown> {
  const fields = fieldNames(params['fields']);
  return viewAudience(standingOf(world, audience), fields, world.identity.accountId);
}

function listSessions(
  world: World,
  audience: AudienceRecord,
  { params }: ApiRequest,
): Ruled<unknown> {
  const wanted = textOf(params['session_id']);
  const sessions = world.account
    .sessionsOf(audience.id)
    .filter(({ id }) => wanted === '' || id === wanted);
  return allowed({ data: sessions.map((session) => viewSession(session, world.now())) });
}

function edit(world: World, audience: AudienceRecord, { params }: ApiRequest): Ruled<unknown> {
  if (audience.forcedStatus === 471) return refused(graphErrors['flagged-edit']);
  const { name = audience.name, description = audience.description } = params;
  if (typeof name !== 'string' || name === '') {
    return refused(invalidParameter('name must be a text'));
  }
  if (typeof description !== 'string') {
    return refused(invalidParameter('description must be a text'));
  }
  const forcedStatus = isSuggestive(`${name} ${description}`) ? 471 : audience.forcedStatus;
  const updatedAt = world.now();
  world.commit({
    kind: 'audience',
    audience: { ...audience, name, description, forcedStatus, updatedAt },
  });
  return allowed({ success: true, message: '' });
}

function remove(world: World, audience: AudienceRecord): Ruled<unknown> {
  if (audience.lookalikes > 0) return refused(graphErrors.lookalikes);
  world.commit({ kind: 'audience-gone', id: audience.id });
  return allowed({ success: true });
}
