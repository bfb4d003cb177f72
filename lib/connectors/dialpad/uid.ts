/**
 * Our key in Dialpad's id. A contact that is made with a uid has an id that follows from it, so the CRM's key
 * can be read off any listing, and making the contact again finds it. The uid itself is never shown.
 *
 *   uid   <installation>-<key>                                      trivet-17
 *   id    shared_contact_pool_Company:<company>_uid_<uid>
 *
 * The installation keeps two of them apart in one company, and a restored one from its former self. The form of
 * the id is in no page of the vendor; other clients rely on it. Whoever cannot read it finds no key, and goes by
 * the link or the phone number.
 */
import type { CrmKey, RemoteId } from '../../engine/model.ts';

export interface Home {
  readonly companyId: string;
  readonly installation: string;
}

/** Without a hyphen: in `a-b-17` nobody could tell whether `a` or `a-b` made it. */
const INSTALLATION = /^[A-Za-z0-9]+$/;
const ID = /^shared_contact_pool_Company:(?<company>\d+)_uid_(?<uid>.+)$/s;
/** What needs no encoding in a URL and no thought anywhere else. `~` is left out: it begins an escape. */
const PLAIN = /[A-Za-z0-9._-]/;
const PLAIN_ONLY = /^(?:[A-Za-z0-9._-]|~[0-9A-F]{2})+$/;

/** An installation's name (a-z, 0-9 and hyphens) as uids carry it: hyphens are spelt with a capital, which no name has. */
export const nameForUids = (installation: string): string => installation.replaceAll('-', 'H');

/** Throws on an installation's name that would make uids ambiguous: it is ours, and fixed. */
export function plantUid(installation: string, key: CrmKey): string {
  if (!INSTALLATION.test(installation)) {
    throw new RangeError(
      `plantUid(): the installation is "${installation}"; use letters and digits only`,
    );
  }
  return `${installation}-${escapeKey(key)}`;
}

/** The id that a PUT with this uid gives, known before it is sent. */
export function idOfUid(companyId: string, uid: string): RemoteId {
  return `shared_contact_pool_Company:${companyId}_uid_${uid}` as RemoteId;
}

/** The CRM's key in an id, or null: made by hand, by another tool, or by another installation. */
export function readKey(id: string, { companyId, installation }: Home): CrmKey | null {
  const { company, uid = '' } = ID.exec(id)?.groups ?? {};
  const prefix = `${installation}-`;
  if (company !== companyId || !uid.startsWith(prefix)) return null;
  return unescapeKey(uid.slice(prefix.length));
}

/** Keys are numbers and UUIDs nearly always; whatever else is in one is spelt out, byte by byte. */
function escapeKey(key: string): string {
  return Array.from(key, (character) =>
    PLAIN.test(character) ? character : spellOut(character),
  ).join('');
}

function spellOut(character: string): string {
  return Array.from(
    Buffer.from(character, 'utf8'),
    (byte) => `~${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}

/** Null: we never wrote that. */
function unescapeKey(escaped: string): CrmKey | null {
  if (!PLAIN_ONLY.test(escaped)) return null;
  const bytes = escaped.replaceAll(/~(..)/g, '%$1');
  try {
    const key = decodeURIComponent(bytes);
    return escapeKey(key) === escaped ? (key as CrmKey) : null;
  } catch {
    return null;
  }
}
