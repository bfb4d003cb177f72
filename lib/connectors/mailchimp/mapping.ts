/**
 * Member ↔ record, pure. A path names a place in the member: `email_address`, `status`, `tags`,
 * `merge_fields.FNAME`, and the plain properties below.
 */
import { createHash } from 'node:crypto';
import type { RemoteId } from '../../engine/model.ts';
import type { Json, Value } from '../../engine/value.ts';
import type { AppObservation } from '../../ports/app.ts';
import { formMergeValue, type MergeFields } from './merge-fields.ts';
import type {
  BatchRequest,
  CreateRequest,
  MergeFieldForm,
  PatchRequest,
} from './wire.generated.ts';
import type { WireMember } from './wire.ts';

export const MATCH_PATH = 'email_address';
export const CONSENT_PATH = 'status';
export const TAGS_PATH = 'tags';
export const MERGE_PREFIX = 'merge_fields.';
/** Plain properties that are read and written as they are. */
const PLAIN_PATHS = ['language', 'email_type', 'vip'] as const;

export type BatchRow = BatchRequest['members'][number];
/** What a profile write carries. Neither `status` nor an address: those have commands of their own. */
export type ProfileBody = Pick<PatchRequest, 'merge_fields' | 'language' | 'email_type' | 'vip'>;

export type Shaped<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly path: string; readonly reason: string };

/** Why a path cannot be mapped, or null when it can. For the configuration's checks. */
export function checkPath(path: string): string | null {
  if ([MATCH_PATH, CONSENT_PATH, TAGS_PATH, ...PLAIN_PATHS].includes(path)) return null;
  if (/^merge_fields\.[A-Z0-9_]{1,10}$/.test(path)) return null;
  return `Mailchimp has no path "${path}"; use email_address, status, tags, ${PLAIN_PATHS.join(', ')} or merge_fields.TAG`;
}

/** The member's key in paths: MD5 of the lower-cased address. */
export function subscriberHash(email: string): string {
  return createHash('md5').update(normalEmail(email)).digest('hex');
}

/** Addresses are compared the way Mailchimp hashes them. */
export const normalEmail = (email: string): string => email.trim().toLowerCase();

/** The `fields` a listing asks for: pages of 1000 stay small. */
export function listingFields(paths: readonly string[]): string {
  const always = ['contact_id', 'email_address', 'status', 'last_changed', 'timestamp_opt'];
  const mapped = paths.flatMap((path) => {
    if (path === TAGS_PATH) return ['tags', 'tags_count'];
    return [path.startsWith(MERGE_PREFIX) ? 'merge_fields' : path];
  });
  return [...new Set([...always, ...mapped])].map((name) => `members.${name}`).join(',');
}

/** What a member shows. Empty strings are how Mailchimp says "no value". */
export function observeMember(
  member: WireMember,
  paths: readonly string[],
  beganAt: number,
): AppObservation {
  const raw: Record<string, Json> = {};
  for (const path of paths) {
    const value = readPath(member, path);
    if (value !== undefined) raw[path] = value === '' ? null : value;
  }
  return {
    remoteId: (member.contact_id as RemoteId | undefined) ?? null,
    existence: isArchived(member) ? 'archived' : 'present',
    raw,
    version: parseTime(member.last_changed),
    optInAt: member.status === 'subscribed' ? parseTime(member.timestamp_opt) : null,
    beganAt,
  };
}

export const isArchived = (member: WireMember): boolean => member.status === 'archived';

/** More tags than the member shows (at most 50 are): only the tags endpoint has them all. */
export const hasHiddenTags = (member: WireMember): boolean =>
  (member.tags_count ?? 0) > (member.tags?.length ?? 0);

/** Undefined: not observed, which is not the same as empty. */
function readPath(member: WireMember, path: string): Json | undefined {
  if (path.startsWith(MERGE_PREFIX)) return member.merge_fields?.[path.slice(MERGE_PREFIX.length)];
  if (path === TAGS_PATH) {
    return hasHiddenTags(member) ? undefined : member.tags?.map(({ name }) => name);
  }
  // An archived member hides the consent it had; "archived" is no consent.
  if (path === CONSENT_PATH) return isArchived(member) ? undefined : member.status;
  if (path === MATCH_PATH) return member.email_address;
  return isPlain(path) ? member[path] : undefined;
}

function isPlain(path: string): path is (typeof PLAIN_PATHS)[number] {
  return PLAIN_PATHS.some((plain) => plain === path);
}

export function parseTime(text: string | undefined): number | null {
  const at = text === undefined || text === '' ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

const isProfilePath = (path: string): boolean => path.startsWith(MERGE_PREFIX) || isPlain(path);

/** The profile among a record's fields: what is neither address nor consent nor tags. */
export function profileOf(fields: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(fields).filter(([path]) => isProfilePath(path)));
}

/** Profile values in the forms the audience takes. The first value that has none is named. */
export function shapeProfile(
  fields: Readonly<Record<string, Value>>,
  live: MergeFields,
): Shaped<ProfileBody> {
  const merge: Record<string, MergeFieldForm> = {};
  const body: ProfileBody = {};
  for (const [path, value] of Object.entries(fields)) {
    const refusal = path.startsWith(MERGE_PREFIX)
      ? putMerge(merge, path.slice(MERGE_PREFIX.length), value, live)
      : putPlain(body, path, value);
    if (refusal !== null) return { ok: false, path, reason: refusal };
  }
  const hasMerge = Object.keys(merge).length > 0;
  return { ok: true, value: hasMerge ? { ...body, merge_fields: merge } : body };
}

function putMerge(
  merge: Record<string, MergeFieldForm>,
  tag: string,
  value: Value,
  live: MergeFields,
): string | null {
  const field = live.get(tag);
  // Mailchimp ignores unknown tags without a word, which would look like a value that will not stick.
  if (field === undefined) return `The audience has no merge field ${tag}; add it or unmap it.`;
  const formed = formMergeValue(field, value);
  if (!formed.ok) return `Merge field ${tag} (${field.type}): ${formed.reason}`;
  merge[tag] = formed.value;
  return null;
}

function putPlain(body: ProfileBody, path: string, value: Value): string | null {
  if (path === 'vip') body.vip = value === true || value === 'true';
  else if (typeof value !== 'string') return `${path} takes text.`;
  else if (path === 'language') body.language = value;
  else if (path === 'email_type') body.email_type = value;
  else throw new Error(`"${path}" is no profile path of a Mailchimp member`);
  return null;
}

export interface NewMember {
  readonly email: string;
  readonly status: SettableStatus;
  readonly tags: readonly string[];
  readonly profile: ProfileBody;
}

/**
 * A new member. Consent is what was merged; someone who was never asked (or has not confirmed) is
 * `transactional`, because `pending` would send a mail that nobody asked for.
 */
export function shapeCreate(
  fields: Readonly<Record<string, Value>>,
  live: MergeFields,
): Shaped<NewMember> {
  const email = shapeEmail(fields[MATCH_PATH]);
  if (!email.ok) return email;
  const filled = Object.entries(profileOf(fields)).filter(([, value]) => !isBlank(value));
  const profile = shapeProfile(Object.fromEntries(filled), live);
  if (!profile.ok) return profile;
  const status = statusFor(fields[CONSENT_PATH] ?? null);
  const tags = tagsOf(fields[TAGS_PATH] ?? null);
  return { ok: true, value: { email: email.value, status, tags, profile: profile.value } };
}

/** For POST members. */
export function toCreateRequest(member: NewMember): CreateRequest {
  return { email_address: member.email, status: member.status, ...tagsAndProfile(member) };
}

/**
 * For a batch. Only `status_if_new`: a `status` would bring back an archived contact, consent and all,
 * where `exists` is the answer we need.
 */
export function toCreateRow(member: NewMember): BatchRow {
  return { email_address: member.email, status_if_new: member.status, ...tagsAndProfile(member) };
}

function tagsAndProfile({ tags, profile }: NewMember): ProfileBody & { tags?: string[] } {
  return tags.length > 0 ? { ...profile, tags: [...tags] } : profile;
}

/** A profile update addressed by the address the member last showed. A stranger it may make gets no mail. */
export function shapeBulkUpdate(
  match: string,
  fields: Readonly<Record<string, Value>>,
  live: MergeFields,
): Shaped<BatchRow> {
  const profile = shapeProfile(fields, live);
  if (!profile.ok) return profile;
  return {
    ok: true,
    value: { email_address: match, status_if_new: 'transactional', ...profile.value },
  };
}

export function shapeEmail(value: Value | undefined): Shaped<string> {
  if (typeof value === 'string' && value.includes('@')) return { ok: true, value: value.trim() };
  return { ok: false, path: MATCH_PATH, reason: 'A Mailchimp member needs an e-mail address.' };
}

export type SettableStatus = 'subscribed' | 'unsubscribed' | 'cleaned' | 'transactional';

const STATUS_OF: Readonly<Record<string, SettableStatus>> = {
  subscribed: 'subscribed',
  unsubscribed: 'unsubscribed',
  cleaned: 'cleaned',
  complained: 'unsubscribed',
};

/** Our consent as Mailchimp's status. A complaint is an unsubscribe there: it has no word of its own to set. */
export function statusFor(value: Value): SettableStatus {
  return (typeof value === 'string' ? STATUS_OF[value] : undefined) ?? 'transactional';
}

export function tagsOf(value: Value): readonly string[] {
  return Array.isArray(value) ? value.filter((tag) => typeof tag === 'string') : [];
}

const isBlank = (value: Value): boolean => value === null || value === '';
