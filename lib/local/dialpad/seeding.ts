/** Contacts put in place before the story begins: no rule, limit or webhook notices. */
import { isPlainObject } from '../simulation/json.ts';
import { parseDraft } from './contact-draft.ts';
import { sharedId } from './contact-id.ts';
import { makeContact } from './contact-rules.ts';
import type { Contact } from './model.ts';
import type { World } from './world.ts';

/** Their ids, or a sentence saying which row is wrong; then none is put in place. */
export function seedContacts(world: World, rows: readonly unknown[]): readonly string[] | string {
  const contacts: Contact[] = [];
  for (const [index, row] of rows.entries()) {
    const draft = parseDraft(row, 'person');
    if (!draft.ok || !isPlainObject(row)) {
      return `contacts[${index}]: ${draft.ok ? '' : draft.error.message}`;
    }
    const uid = typeof row['uid'] === 'string' ? row['uid'] : null;
    const ownerId = typeof row['owner_id'] === 'string' ? row['owner_id'] : null;
    const id = uid === null ? world.contactId() : sharedId(world.identity.companyId, uid);
    contacts.push(makeContact({ id, uid, ownerId }, draft.value));
  }
  world.commit({ kind: 'contacts', contacts });
  return contacts.map(({ id }) => id);
}
