/** How a contact comes to be and how it changes. Pure. */
import type { Draft } from './contact-draft.ts';
import type { Contact, ContactFields, ListField, TextField } from './model.ts';
import { listFields, textFields } from './model.ts';
import type { Settings } from './settings.ts';

export interface NewContact {
  readonly id: string;
  readonly uid: string | null;
  readonly ownerId: string | null;
}

const nothing: ContactFields = { texts: {}, lists: {} };

export function makeContact(identity: NewContact, draft: Draft): Contact {
  return { ...identity, revision: 1, ...overlay(nothing, draft, 'keep') };
}

/** "Create or Update": what becomes of the fields that a second PUT does not name is not said. */
export function putContact(contact: Contact, draft: Draft, { putExisting }: Settings): Contact {
  const fields = overlay(putExisting === 'replace' ? nothing : contact, draft, 'keep');
  return { ...contact, ...fields, revision: contact.revision + 1 };
}

/** Lists are always replaced as a whole. */
export function patchContact(contact: Contact, draft: Draft, settings: Settings): Contact {
  const named = settings.patchNull === 'clear' ? draft : withoutNulls(draft);
  const fields = overlay(contact, named, settings.patchOmitted);
  return { ...contact, ...fields, revision: contact.revision + 1 };
}

/** In the app only what a person touches changes. */
export function editContact(contact: Contact, draft: Draft): Contact {
  return { ...contact, ...overlay(contact, draft, 'keep'), revision: contact.revision + 1 };
}

function overlay(
  before: ContactFields,
  draft: Draft,
  omitted: Settings['patchOmitted'],
): ContactFields {
  const texts: Partial<Record<TextField, string>> = {};
  const lists: Partial<Record<ListField, readonly string[]>> = {};
  for (const field of textFields) {
    const kept = omitted === 'keep' ? before.texts[field] : undefined;
    const value = draft.texts[field] === undefined ? kept : draft.texts[field];
    if (value !== undefined && value !== null) texts[field] = value;
  }
  for (const field of listFields) {
    const kept = omitted === 'keep' ? before.lists[field] : undefined;
    const value = draft.lists[field] === undefined ? kept : draft.lists[field];
    if (value !== undefined && value !== null && value.length > 0) lists[field] = value;
  }
  return { texts, lists };
}

function withoutNulls({ texts, lists }: Draft): Draft {
  const given = <T extends object>(fields: T): T =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as T;
  return { texts: given(texts), lists: given(lists) };
}
