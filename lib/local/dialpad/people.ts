/**
 * What people do in the app and on their phones: the same contacts change as by API calls, but people may leave
 * out names and write numbers as they like. Every user of the company may edit a shared contact.
 * https://help.dialpad.com/docs/shared-company-contacts
 */
import { isPlainObject } from '../simulation/json.ts';
import { isE164, parseDraft } from './contact-draft.ts';
import { editContact, makeContact } from './contact-rules.ts';
import type { Contact } from './model.ts';
import type { World } from './world.ts';

export type PersonResult =
  | { readonly kind: 'done'; readonly contact: Contact | null }
  | { readonly kind: 'wrong'; readonly status: 400 | 404 | 409; readonly error: string };

export type PersonAction = (body: Readonly<Record<string, unknown>>) => PersonResult;

/** By the name in the control path. */
export function createPeople(world: World): Readonly<Record<string, PersonAction>> {
  return {
    create: (body) => create(world, body),
    edit: (body) => withContact(world, body, (contact) => edit(world, contact, body['set'])),
    delete: (body) => withContact(world, body, (contact) => remove(world, contact)),
    'opt-out': (body) => withPhone(body, (number) => opt(world, number, body, 'opted_out')),
    'opt-in': (body) => withPhone(body, (number) => opt(world, number, body, 'opted_back_in')),
    block: (body) =>
      withPhone(body, (number) => {
        const isByApi = world.company.blockedNumber(number)?.isByApi ?? false;
        world.commit({ kind: 'blocked', blocked: { number, isByApi } });
        return done(null);
      }),
    unblock: (body) =>
      withPhone(body, (number) => {
        world.commit({ kind: 'unblocked', number });
        return done(null);
      }),
  };
}

function create(world: World, body: Readonly<Record<string, unknown>>): PersonResult {
  const draft = parseDraft(body, 'person');
  if (!draft.ok) return wrong(400, draft.error.message);
  const ownerId = typeof body['owner_id'] === 'string' ? body['owner_id'] : null;
  const contact = makeContact({ id: world.contactId(), uid: null, ownerId }, draft.value);
  world.commit({ kind: 'contacts', contacts: [contact] });
  world.tell('Created', contact);
  return done(contact);
}

function edit(world: World, contact: Contact, set: unknown): PersonResult {
  const draft = parseDraft(set, 'person');
  if (!draft.ok) return wrong(400, `set: ${draft.error.message}`);
  const edited = editContact(contact, draft.value);
  world.commit({ kind: 'contacts', contacts: [edited] });
  world.tell('Updated', edited);
  return done(edited);
}

/** For a shared contact the help page says that only the user's own history with it goes. */
function remove(world: World, contact: Contact): PersonResult {
  if (world.settings().humanDelete === 'hides' && contact.ownerId === null) return done(contact);
  world.commit({ kind: 'contact-gone', id: contact.id });
  world.tell('Deleted', contact);
  return done(null);
}

/** STOP or START, sent to a number of the company. */
function opt(
  world: World,
  number: string,
  body: Readonly<Record<string, unknown>>,
  state: 'opted_out' | 'opted_back_in',
): PersonResult {
  const campaignId = typeof body['campaign_id'] === 'number' ? body['campaign_id'] : null;
  world.commit({
    kind: 'opt-out',
    optOut: { number, state, campaignId, at: world.clock.now() },
  });
  return done(null);
}

/** The one contact a body means: by id, uid, phone or email. */
function withContact(
  world: World,
  body: Readonly<Record<string, unknown>>,
  act: (contact: Contact) => PersonResult,
): PersonResult {
  const { id, uid, phone, email } = body;
  if ([id, uid, phone, email].every((value) => value === undefined)) {
    return wrong(400, 'Give the id, uid, phone or email of the contact.');
  }
  const found = [...world.company.contacts()].filter(
    (contact) =>
      (id === undefined || contact.id === id) &&
      (uid === undefined || contact.uid === uid) &&
      (phone === undefined || contact.lists.phones?.some((each) => each === phone) === true) &&
      (email === undefined || contact.lists.emails?.some((each) => each === email) === true),
  );
  const [contact] = found;
  if (contact === undefined) return wrong(404, 'There is no such contact; create one first.');
  if (found.length > 1) return wrong(409, `${found.length} contacts are like that; give the id.`);
  return act(contact);
}

function withPhone(
  body: Readonly<Record<string, unknown>>,
  act: (number: string) => PersonResult,
): PersonResult {
  const { phone } = body;
  return typeof phone === 'string' && isE164(phone)
    ? act(phone)
    : wrong(400, 'Give a phone in E.164 form, such as +14155550123.');
}

const done = (contact: Contact | null): PersonResult => ({ kind: 'done', contact });

const wrong = (status: 400 | 404 | 409, error: string): PersonResult => ({
  kind: 'wrong',
  status,
  error,
});

/** A control body as people's actions take it, or null. */
export const parsePersonCall = (body: unknown): Readonly<Record<string, unknown>> | null =>
  isPlainObject(body) ? body : null;
