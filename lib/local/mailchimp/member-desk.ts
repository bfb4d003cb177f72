/**
 * Where a change of a member becomes fact: rules say what it would be, and only a change somebody could see
 * is stamped, written down, counted and told to webhooks. A write that changes nothing does none of that.
 */
import { deriveId } from '../simulation/random.ts';
import type { Audience } from './audience.ts';
import type { MemberDraft } from './member-draft.ts';
import { cleanTagNames, isSameMember, planCreate, planUpdate, withStatus } from './member-rules.ts';
import type { RuleContext } from './member-rules.ts';
import { mergeValues } from './merge-values.ts';
import type { Change, Hook, Member, MemberTag, RequestStatus, Source } from './model.ts';
import type { SeedMember } from './options.ts';
import { allowed, cannotArchive, refused } from './problems.ts';
import type { Ruled } from './problems.ts';
import { subscriberHash } from './subscriber-hash.ts';
import { floorToSecond } from './timestamps.ts';
import { eventsOf } from './webhook-events.ts';
import type { EventContext, WebhookEvent } from './webhook-events.ts';

/** Who asks, and in what manner. */
export interface Errand {
  readonly source: Source;
  readonly callerIp: string;
  readonly isRequiredWaived?: boolean;
  readonly reason?: NonNullable<EventContext['reason']>;
}

export interface TagChange {
  readonly name: string;
  readonly isActive: boolean;
}

export interface MemberDesk {
  create(
    draft: MemberDraft & { readonly email: string },
    status: RequestStatus,
    errand: Errand,
  ): Ruled<Member>;
  /** Tags of an existing member change only as `tagChanges` says; those in a draft are for new members. */
  update(
    member: Member,
    draft: MemberDraft,
    errand: Errand,
    tagChanges?: readonly TagChange[],
  ): Ruled<Member>;
  tag(member: Member, changes: readonly TagChange[], errand: Errand): Member;
  /** What the person or the vendor does to a member without asking the rules. */
  force(member: Member, make: (member: Member) => Member, errand: Errand): Member;
  archive(member: Member, errand: Errand): Ruled<Member>;
  erase(member: Member, errand: Errand): void;
  seed(rows: readonly SeedMember[]): readonly string[];
}

export interface DeskParts {
  readonly audience: Audience;
  readonly commit: (change: Change) => void;
  readonly now: () => number;
  readonly ring: (event: WebhookEvent) => void;
  readonly hooks: () => readonly Hook[];
  readonly onRowWritten: () => void;
}

export function createMemberDesk(parts: DeskParts): MemberDesk {
  const { audience, commit } = parts;
  const save = createSaver(parts);
  const retag = (member: Member, changes: readonly TagChange[]): Member =>
    changeTags(parts, member, changes);
  return {
    create: (draft, status, errand) => {
      const plan = planCreate(draft, status, nextIds(audience), contextFor(parts, errand));
      if (!plan.ok) return plan;
      const tags = (draft.tags ?? []).map((name) => ({ name, isActive: true }));
      return allowed(save(null, retag(plan.value, tags), errand));
    },
    update: (member, draft, errand, tagChanges = []) => {
      const plan = planUpdate(member, draft, contextFor(parts, errand));
      return plan.ok ? allowed(save(member, retag(plan.value, tagChanges), errand)) : plan;
    },
    tag: (member, changes, errand) => save(member, retag(member, changes), errand),
    force: (member, make, errand) => save(member, make(member), errand),
    archive: (member, errand) => {
      const isFixed = ['cleaned', 'pending', 'archived'].includes(member.status);
      if (isFixed) return refused(cannotArchive);
      const archived = withStatus(member, 'archived', contextFor(parts, errand));
      return allowed(save(member, archived, errand));
    },
    erase: (member, errand) => {
      commit({ kind: 'member-gone', contactId: member.contactId });
      commit({ kind: 'forgotten', hash: member.hash });
      if (errand.source === 'api') parts.onRowWritten();
      ring(parts, member, null, errand);
    },
    seed: (rows) => rows.map((row) => seedMember(parts, row)),
  };
}

type Save = (before: Member | null, wish: Member, errand: Errand) => Member;

/** The one place where a member's record is replaced. */
function createSaver(parts: DeskParts): Save {
  const { audience, commit } = parts;
  return (before, wish, errand) => {
    if (before !== null && isSameMember(before, wish)) return before;
    const after = {
      ...wish,
      changedAt: floorToSecond(parts.now()),
      changeSeq: audience.counters().changeSeq + 1,
    };
    if (audience.isForgotten(after.hash)) commit({ kind: 'forgiven', hash: after.hash });
    commit({ kind: 'member', member: after });
    if (errand.source === 'api') parts.onRowWritten();
    ring(parts, before, after, errand);
    return after;
  };
}

function contextFor(parts: DeskParts, errand: Errand): RuleContext {
  const { audience } = parts;
  return {
    nowMs: parts.now(),
    source: errand.source,
    fields: audience.fields(),
    isRequiredWaived: errand.isRequiredWaived ?? false,
    callerIp: errand.callerIp,
    findByEmail: (email) => audience.findByEmail(email),
    isForgotten: (hash) => audience.isForgotten(hash),
  };
}

function ring(parts: DeskParts, before: Member | null, after: Member | null, errand: Errand): void {
  // Most audiences have no hook; a bulk write should not pay for describing what nobody hears.
  if (parts.hooks().length === 0) return;
  const context = {
    listId: parts.audience.identity()?.audienceId ?? '',
    fields: parts.audience.fields(),
    source: errand.source,
    ...(errand.reason === undefined ? {} : { reason: errand.reason }),
  };
  for (const event of eventsOf(before, after, context)) parts.ring(event);
}

function nextIds(audience: Audience): { contactId: string; webId: number } {
  // Web ids of real accounts are large; starting high keeps tests from taking them for positions.
  const webId = Math.max(audience.counters().webId, 400_000_000) + 1;
  const listId = audience.identity()?.audienceId ?? '';
  return { contactId: deriveId(['contact', listId, webId], 32), webId };
}

/** Tag names differing only in case are one tag; the spelling of whoever made it stays. */
function ensureTag(parts: DeskParts, name: string): number {
  const known = parts.audience.findTag(name);
  if (known !== null) return known.id;
  const id = Math.max(parts.audience.counters().tagId, 5_000_000) + 1;
  parts.commit({ kind: 'tag', tag: { id, name } });
  return id;
}

function changeTags(parts: DeskParts, member: Member, changes: readonly TagChange[]): Member {
  const named = (isActive: boolean): readonly string[] =>
    cleanTagNames(changes.filter((change) => change.isActive === isActive).map(({ name }) => name));
  const dropped = new Set(named(false).map((name) => parts.audience.findTag(name)?.id));
  const kept = member.tags.filter((tag) => !dropped.has(tag.id));
  const present = new Set(kept.map((tag) => tag.id));
  const addedAt = floorToSecond(parts.now());
  const fresh: MemberTag[] = [...new Set(named(true).map((name) => ensureTag(parts, name)))]
    .filter((id) => !present.has(id))
    .map((id) => ({ id, addedAt }));
  return { ...member, tags: [...kept, ...fresh] };
}

function seedMember(parts: DeskParts, row: SeedMember): string {
  const { audience } = parts;
  const tagIds = new Set(cleanTagNames(row.tags ?? []).map((name) => ensureTag(parts, name)));
  const changedAt = floorToSecond(row.last_changed_ms ?? parts.now());
  const status = row.status ?? 'subscribed';
  const known = audience.findByEmail(row.email_address);
  const merged = mergeValues({}, row.merge_fields ?? {}, audience.fields());
  if (!merged.ok) {
    const detail = JSON.stringify(merged.problem.errors ?? merged.problem.detail);
    throw new Error(`Cannot seed ${row.email_address}: ${detail}. Correct its merge_fields.`);
  }
  const member: Member = {
    ...(known ?? nextIds(audience)),
    email: row.email_address,
    hash: subscriberHash(row.email_address),
    status,
    mergeValues: merged.value,
    tags: [...tagIds].map((id) => ({ id, addedAt: changedAt })),
    emailType: 'html',
    language: '',
    isVip: false,
    ipSignup: '',
    ipOpt: '',
    signedUpAt: row.timestamp_signup_ms ?? null,
    optedInAt: seedOptIn(row, status, changedAt),
    unsubscribeReason: status === 'unsubscribed' ? 'N/A (Unsubscribed by admin)' : null,
    isHeld: row.is_held ?? status === 'cleaned',
    sourceName: 'Import',
    changedAt,
    changeSeq: audience.counters().changeSeq + 1,
  };
  parts.commit({ kind: 'member', member });
  return member.contactId;
}

function seedOptIn(row: SeedMember, status: string, changedAt: number): number | null {
  if (row.timestamp_opt_ms !== undefined) {
    return row.timestamp_opt_ms === null ? null : floorToSecond(row.timestamp_opt_ms);
  }
  return status === 'subscribed' ? changedAt : null;
}
