/**
 * `/api/v2/contacts`: contacts shared by the company, and those of one user.
 *   operations   https://developers.dialpad.com/reference/contactslist and its neighbours
 *   limit        a parameter that is to go: above 100 it gives 100 rows, and one call in five is refused on purpose
 */
import { isPlainObject } from '../simulation/json.ts';
import { findMissingName, parseDraft } from './contact-draft.ts';
import type { Draft } from './contact-draft.ts';
import { sharedId } from './contact-id.ts';
import { makeContact, patchContact, putContact } from './contact-rules.ts';
import { viewContact } from './contact-view.ts';
import { allowed, badRequest, dialpadErrors, refused } from './errors.ts';
import type { Ruled } from './errors.ts';
import type { ApiRequest, Route } from './exchange.ts';
import type { Contact } from './model.ts';
import { readCursor, showPage, writeCursor } from './paging.ts';
import { placeOf } from './scatter.ts';
import type { Place } from './scatter.ts';
import type { World } from './world.ts';

const collection = '/api/v2/contacts';
const single = `${collection}/{id}`;
const rowsMax = 100;

export function createContactRoutes(world: World): readonly Route[] {
  const found =
    (act: (contact: Contact, request: ApiRequest) => Ruled<unknown>) =>
    (request: ApiRequest): Ruled<unknown> => {
      const contact = world.company.contact(request.path['id'] ?? '');
      return contact === null ? refused(dialpadErrors['not-found']) : act(contact, request);
    };
  const others = { limit: 'others', isForAdmins: false } as const;
  const creates = { limit: 'creates', isForAdmins: false } as const;
  return [
    { method: 'GET', template: collection, ...others, handle: ({ query }) => list(world, query) },
    { method: 'POST', template: collection, ...creates, handle: ({ body }) => post(world, body) },
    { method: 'PUT', template: collection, ...creates, handle: ({ body }) => put(world, body) },
    {
      method: 'GET',
      template: single,
      ...others,
      handle: found((contact) => allowed(viewContact(contact, world.settings()))),
    },
    {
      method: 'PATCH',
      template: single,
      ...others,
      handle: found((contact, { body }) => patch(world, contact, body)),
    },
    {
      method: 'DELETE',
      template: single,
      ...others,
      handle: found((contact) => remove(world, contact)),
    },
  ];
}

function list(world: World, query: URLSearchParams): Ruled<unknown> {
  const settings = world.settings();
  const rows = rowsAsked(world, query);
  if (!rows.ok) return rows;
  const cursor = readCursor('contacts', query);
  if (!cursor.ok) return cursor;
  const after = cursor.value === null ? null : placeAt(cursor.value);
  const page: Contact[] = [];
  for (const contact of world.company.walk(after)) {
    if (page.length === rows.value) break;
    if (isListed(contact, query)) page.push(contact);
  }
  const last = page.length === rows.value ? page.at(-1) : undefined;
  const next =
    last === undefined ? null : writeCursor('contacts', { ...placeOf(last.id, last.revision) });
  const items = page.map((contact) => viewContact(contact, settings));
  return allowed(showPage(items, next, settings));
}

function placeAt(bookmark: Readonly<Record<string, string | number>>): Place {
  return { rank: Number(bookmark['rank']), id: String(bookmark['id']) };
}

/** A limit above a hundred is refused now and then, so that callers notice before it is refused always. */
function rowsAsked(world: World, query: URLSearchParams): Ruled<number> {
  const settings = world.settings();
  const limit = query.get('limit');
  if (limit === null) return allowed(settings.pageRows);
  world.stats.count('limitsAsked');
  const rows = Number(limit);
  if (!Number.isInteger(rows) || rows < 1) return refused(badRequest('limit must be a number.'));
  if (rows <= rowsMax) return allowed(Math.min(rows, settings.pageRows));
  return world.random() < settings.largeLimitRefusals
    ? refused(dialpadErrors['large-limit'])
    : allowed(settings.pageRows);
}

/** "Gets company shared contacts, or user's local contacts if owner_id is provided." */
function isListed(contact: Contact, query: URLSearchParams): boolean {
  const owner = query.get('owner_id');
  if (owner !== null) return contact.ownerId === owner;
  return contact.ownerId === null || /^true$/i.test(query.get('include_local') ?? '');
}

/** Nothing keeps a second contact from being like the first. */
function post(world: World, body: unknown): Ruled<unknown> {
  const draft = parseNew(body);
  if (!draft.ok) return draft;
  const ownerId = textAt(body, 'owner_id');
  const contact = makeContact({ id: world.contactId(), uid: null, ownerId }, draft.value);
  return keep(world, contact, 'Created');
}

function put(world: World, body: unknown): Ruled<unknown> {
  const draft = parseNew(body);
  if (!draft.ok) return draft;
  const uid = textAt(body, 'uid');
  if (uid === null) return refused(badRequest('uid is required.'));
  const id = sharedId(world.identity.companyId, uid);
  const known = world.company.contact(id);
  return known === null
    ? keep(world, makeContact({ id, uid, ownerId: null }, draft.value), 'Created')
    : keep(world, putContact(known, draft.value, world.settings()), 'Updated');
}

function parseNew(body: unknown): Ruled<Draft> {
  const draft = parseDraft(body, 'api');
  if (!draft.ok) return draft;
  const fault = findMissingName(draft.value);
  return fault === null ? draft : refused(fault);
}

function textAt(body: unknown, field: string): string | null {
  const value = isPlainObject(body) ? body[field] : undefined;
  return typeof value === 'string' && value !== '' ? value : null;
}

function patch(world: World, contact: Contact, body: unknown): Ruled<unknown> {
  const draft = parseDraft(body, 'api');
  if (!draft.ok) return draft;
  return keep(world, patchContact(contact, draft.value, world.settings()), 'Updated');
}

function keep(world: World, contact: Contact, event: 'Created' | 'Updated'): Ruled<unknown> {
  world.commit({ kind: 'contacts', contacts: [contact] });
  world.tell(event, contact);
  return allowed(viewContact(contact, world.settings()));
}

/** The answer is the contact that was. */
function remove(world: World, contact: Contact): Ruled<unknown> {
  world.commit({ kind: 'contact-gone', id: contact.id });
  if (contact.uid === null || world.settings().uidDeleteEvents) world.tell('Deleted', contact);
  return allowed(viewContact(contact, world.settings()));
}
