/**
 * An app like Mailchimp in memory: members by contact_id, one member per address (archived ones keep
 * theirs), versions in whole seconds, and what people and the vendor do to members outside the API.
 */
import type { AppObservation, FetchTarget } from '../../../lib/ports/app.ts';
import type { RemoteId } from '../../../lib/engine/model.ts';
import type { Json } from '../../../lib/engine/value.ts';
import { matchForm } from './crm-table.ts';

export interface Member {
  readonly id: RemoteId;
  email: string;
  isArchived: boolean;
  status: string;
  /** Profile values by path. */
  profile: Record<string, string | null>;
  tags: string[];
  changedAt: number;
  optInAt: number | null;
  /** Unsubscribed by themselves, bounced or complained: the API may not subscribe them again. */
  isLocked: boolean;
  /** Rises with every change of any member: the order of the delta. */
  change: number;
}

export interface Audience {
  readonly members: Map<RemoteId, Member>;
  /** Addresses deleted for good: no API call brings them back. */
  readonly forgotten: Set<string>;
  now(): number;
  add(email: string, more?: Partial<Omit<Member, 'email'>>): Member;
  /** Changes a member and its version. */
  touch(member: Member, change: (member: Member) => void): void;
  byAddress(email: string): Member | undefined;
  find(target: FetchTarget): Member | undefined;
  observe(member: Member, beganAt: number): AppObservation;
  /** What a person, or the vendor, does; each finds the member by its present address. */
  readonly people: People;
  dump(): AudienceDump;
  /** The people it had then, as they were. No delta shows that. */
  restore(dump: AudienceDump): void;
}

/** An audience as JSON. */
export interface AudienceDump {
  readonly members: readonly Member[];
  readonly forgotten: readonly string[];
  readonly changes: number;
  readonly ids: number;
}

export interface People {
  signup(email: string, profile?: Record<string, string>): Member;
  unsubscribe(email: string): void;
  bounce(email: string): void;
  update(email: string, profile: Record<string, string | null>): void;
  tag(email: string, tags: readonly string[]): void;
  rename(email: string, to: string): void;
  archive(email: string): void;
  erase(email: string): void;
}

export interface AudienceOptions {
  readonly now: () => number;
  readonly profilePaths: readonly string[];
  /** An audience that was there before. @default an empty one */
  readonly resumed?: AudienceDump;
}

export function createAudience({ now, profilePaths, resumed }: AudienceOptions): Audience {
  const members = new Map((resumed?.members ?? []).map((each) => [each.id, each] as const));
  const forgotten = new Set(resumed?.forgotten);
  let changes = resumed?.changes ?? 0;
  let ids = resumed?.ids ?? 0;
  const blank = Object.fromEntries(profilePaths.map((path) => [path, null]));
  const seconds = (): number => Math.floor(now() / 1000) * 1000;

  const touch: Audience['touch'] = (member, change) => {
    const before = textOf(member);
    change(member);
    if (textOf(member) === before) return;
    member.changedAt = seconds();
    member.change = changes += 1;
  };
  const byAddress = (email: string): Member | undefined =>
    [...members.values()].find((member) => matchForm(member.email) === matchForm(email));
  const add: Audience['add'] = (email, more = {}) => {
    const member: Member = {
      id: `m${(ids += 1)}` as RemoteId,
      email,
      isArchived: false,
      status: 'transactional',
      tags: [],
      optInAt: null,
      isLocked: false,
      ...more,
      profile: { ...blank, ...more.profile },
      changedAt: seconds(),
      change: (changes += 1),
    };
    if (member.status === 'subscribed') member.optInAt ??= seconds();
    members.set(member.id, member);
    return member;
  };
  const audience: Omit<Audience, 'people'> = {
    members,
    forgotten,
    now,
    add,
    touch,
    byAddress,
    find: ({ remoteId, match }) =>
      remoteId !== null ? members.get(remoteId) : match === null ? undefined : byAddress(match),
    observe: (member, beganAt) => observe(member, beganAt),
    dump: () => ({ members: [...members.values()], forgotten: [...forgotten], changes, ids }),
    restore: (dump) => {
      members.clear();
      for (const member of structuredClone(dump.members)) members.set(member.id, member);
      forgotten.clear();
      for (const address of dump.forgotten) forgotten.add(address);
    },
  };
  return { ...audience, people: createPeople(audience) };
}

const textOf = ({ change: _change, changedAt: _at, ...rest }: Member): string =>
  JSON.stringify(rest);

function observe(member: Member, beganAt: number): AppObservation {
  const raw: Record<string, Json> = {
    email_address: member.email,
    tags: member.tags.map((name, id) => ({ id, name })),
    ...member.profile,
    // "archived" hides the consent the member had.
    ...(member.isArchived ? {} : { status: member.status }),
  };
  return {
    remoteId: member.id,
    existence: member.isArchived ? 'archived' : 'present',
    raw,
    version: member.changedAt,
    optInAt: !member.isArchived && member.status === 'subscribed' ? member.optInAt : null,
    beganAt,
  };
}

function createPeople(audience: Omit<Audience, 'people'>): People {
  const at = (email: string): Member => {
    const member = audience.byAddress(email);
    if (member === undefined) throw new Error(`Nobody in the app has the address ${email}.`);
    return member;
  };
  const change = (email: string, how: (member: Member) => void): void =>
    audience.touch(at(email), how);
  return {
    signup: (email, profile = {}) => {
      audience.forgotten.delete(matchForm(email));
      const old = audience.byAddress(email);
      if (old === undefined) return audience.add(email, { status: 'subscribed', profile });
      audience.touch(old, (member) => {
        Object.assign(member.profile, profile);
        Object.assign(member, { isArchived: false, status: 'subscribed', isLocked: false });
        member.optInAt = Math.floor(audience.now() / 1000) * 1000;
      });
      return old;
    },
    unsubscribe: (email) =>
      change(email, (member) => {
        member.status = 'unsubscribed';
        member.isLocked = true;
      }),
    bounce: (email) =>
      change(email, (member) => {
        member.status = 'cleaned';
        member.isLocked = true;
      }),
    update: (email, profile) =>
      change(email, (member) => {
        Object.assign(member.profile, profile);
      }),
    tag: (email, tags) =>
      change(email, (member) => {
        member.tags = [...tags];
      }),
    rename: (email, to) => {
      if (audience.byAddress(to) !== undefined) return;
      change(email, (member) => {
        member.email = to;
      });
    },
    archive: (email) =>
      change(email, (member) => {
        member.isArchived = true;
      }),
    erase: (email) => {
      audience.members.delete(at(email).id);
      audience.forgotten.add(matchForm(email));
    },
  };
}
