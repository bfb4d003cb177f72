/** A contact as answers and events show it: ContactProto of the description. The uid is never in it. */
import { showFields } from './field-view.ts';
import type { Contact } from './model.ts';
import { listFields, textFields } from './model.ts';
import type { Settings } from './settings.ts';

type View = Readonly<Record<string, unknown>>;

export function viewContact(contact: Contact, settings: Settings): View {
  const { texts, lists } = contact;
  return showFields(
    {
      ...Object.fromEntries(textFields.map((field) => [field, texts[field]])),
      ...Object.fromEntries(listFields.map((field) => [field, lists[field] ?? []])),
      display_name: displayName(contact),
      id: contact.id,
      owner_id: contact.ownerId ?? undefined,
      primary_email: lists.emails?.[0],
      primary_phone: lists.phones?.[0],
      type: typeOf(contact),
    },
    settings,
  );
}

/** Without the owner. https://developers.dialpad.com/docs/contact-events */
export function viewInEvent(contact: Contact, settings: Settings): View {
  const { owner_id: _owner, ...view } = viewContact(contact, settings);
  const isNumber = settings.eventIds === 'number' && /^\d+$/.test(contact.id);
  return isNumber ? { ...view, id: Number(contact.id) } : view;
}

export const typeOf = ({ ownerId }: Contact): 'local' | 'shared' =>
  ownerId === null ? 'shared' : 'local';

function displayName({ texts, lists }: Contact): string | undefined {
  const names = [texts.first_name, texts.last_name].filter((name) => name !== undefined);
  const name = names.join(' ').trim();
  return name === '' ? (texts.company_name ?? lists.phones?.[0]) : name;
}
