/** One command of ours against the audience: what Mailchimp's single and batch endpoints make of it. */
import type {
  AppCommand,
  AppOutcome,
  CreateCommand,
  UpdateCommand,
} from '../../../lib/ports/app.ts';
import type { CrmKey, RemoteId } from '../../../lib/engine/model.ts';
import type { AppKind } from './app-port.ts';
import type { Value } from '../../../lib/engine/value.ts';
import type { Audience, Member } from './audience.ts';
import { matchForm } from './crm-table.ts';

export interface AudienceRules {
  /** What the app stores when it is given a profile value. */
  readonly rewrite: (path: string, value: string | null) => string | null;
  /** Why it refuses one, or null. */
  readonly refuse: (path: string, value: Value) => string | null;
}

export interface WriteContext {
  readonly audience: Audience;
  readonly rules: AudienceRules;
  readonly beganAt: number;
  /** Several creates, or several bulk updates, travel in one call, whose answer names no contact_id. */
  readonly isBatch: boolean;
  readonly kind: AppKind;
}

/** An id that a create with our key in it makes. */
export const PLANTED = 'planted-';
export const plantedId = (key: CrmKey): RemoteId => `${PLANTED}${key}` as RemoteId;

export function writeMember(context: WriteContext, command: AppCommand): AppOutcome {
  const refused = refusal(context, command);
  if (refused !== null) return refused;
  if (command.kind === 'create') return create(context, command);
  if (command.kind === 'update' && context.isBatch && command.bulk && command.match !== null) {
    return updateByAddress(context, command, command.match);
  }
  const member = context.audience.members.get(command.remoteId);
  if (member === undefined) return { kind: 'gone', reason: 'Resource Not Found' };
  return writeKnown(context, command, member);
}

function refusal({ rules }: WriteContext, command: AppCommand): AppOutcome | null {
  if (!('fields' in command)) return null;
  for (const [path, value] of Object.entries(command.fields)) {
    const reason = rules.refuse(path, value);
    if (reason !== null) return { kind: 'rejected', reason, path };
  }
  return null;
}

function create(context: WriteContext, command: CreateCommand): AppOutcome {
  const { audience } = context;
  const email = command.fields['email_address'];
  if (typeof email !== 'string') {
    return { kind: 'rejected', reason: 'no address', path: 'email_address' };
  }
  const { kind } = context;
  const isThere =
    kind === 'listed'
      ? audience.members.has(plantedId(command.key))
      : audience.byAddress(email) !== undefined;
  if (isThere) return { kind: 'exists', reason: 'Member Exists' };
  if (kind === 'delta' && audience.forgotten.has(matchForm(email))) {
    return { kind: 'rejected', reason: 'Forgotten Email Not Subscribed', path: null };
  }
  const member = audience.add(email, {
    ...(kind === 'listed' ? { id: plantedId(command.key) } : {}),
    status: statusFor(command.fields['status'] ?? null),
    tags: [...((command.fields['tags'] ?? []) as readonly string[])],
    profile: profileOf(context, command.fields),
  });
  return applied(context, member);
}

/** Addressed by a string: whoever has it now is meant, and a new contact is made when nobody has. */
function updateByAddress(
  context: WriteContext,
  command: UpdateCommand,
  address: string,
): AppOutcome {
  const { audience } = context;
  const profile = profileOf(context, command.fields);
  const member = audience.byAddress(address);
  if (member === undefined) {
    audience.add(address, { profile });
    const duplicate = { remoteId: null, match: address };
    return { kind: 'duplicated', duplicate, reason: 'made a second contact' };
  }
  audience.touch(member, () => Object.assign(member.profile, profile));
  return applied(context, member);
}

function writeKnown(
  context: WriteContext,
  command: Exclude<AppCommand, CreateCommand>,
  member: Member,
): AppOutcome {
  const { audience } = context;
  switch (command.kind) {
    case 'update':
      audience.touch(member, () =>
        Object.assign(member.profile, profileOf(context, command.fields)),
      );
      return applied(context, member);
    case 'rename': {
      const other = audience.byAddress(command.to);
      if (context.kind === 'delta' && other !== undefined && other !== member) {
        return { kind: 'exists', reason: 'is already a list member' };
      }
      audience.touch(member, () => (member.email = command.to));
      return applied(context, member);
    }
    case 'consent':
      return setConsent(context, member, String(command.to), command.path);
    case 'tags':
      audience.touch(member, () => {
        const kept = member.tags.filter((tag) => !command.remove.includes(tag));
        member.tags = [...new Set([...kept, ...command.add])];
      });
      return applied(context, member);
    case 'archive':
      audience.touch(member, () => (member.isArchived = true));
      return { kind: 'applied', observed: null, beganAt: context.beganAt };
    case 'delete':
      audience.members.delete(member.id);
      audience.forgotten.add(matchForm(member.email));
      return { kind: 'applied', observed: null, beganAt: context.beganAt };
    case 'revive':
      return revive(context, command, member);
  }
}

function setConsent(context: WriteContext, member: Member, to: string, path: string): AppOutcome {
  const status = statusFor(to);
  if (status === 'transactional') {
    return { kind: 'rejected', reason: 'cannot be told “transactional”', path };
  }
  if (status === 'subscribed' && member.isLocked) {
    return { kind: 'rejected', reason: 'Member In Compliance State', path };
  }
  context.audience.touch(member, () => setStatus(context, member, status));
  return applied(context, member);
}

/** A status, on an archived member too, makes it a live one. */
function setStatus({ audience }: WriteContext, member: Member, status: string): void {
  const isGrant = status === 'subscribed' && member.status !== 'subscribed';
  if (isGrant) member.optInAt = Math.floor(audience.now() / 1000) * 1000;
  member.status = status;
  member.isArchived = false;
}

function revive(
  context: WriteContext,
  command: Extract<AppCommand, { kind: 'revive' }>,
  member: Member,
): AppOutcome {
  const { audience } = context;
  if (!member.isArchived) {
    const reason = 'the member is not archived any more';
    return { kind: 'retry', scope: 'record', afterMs: 0, reason, ambiguous: false };
  }
  const status = statusFor(command.fields['status'] ?? null);
  if (status === 'subscribed' && member.isLocked) {
    return { kind: 'rejected', reason: 'Member In Compliance State', path: 'status' };
  }
  const email = command.fields['email_address'];
  const other = typeof email === 'string' ? audience.byAddress(email) : undefined;
  if (other !== undefined && other !== member) {
    return { kind: 'exists', reason: 'is already a list member' };
  }
  audience.touch(member, () => {
    if (typeof email === 'string') member.email = email;
    // A revival resets the opt-in, whoever asked for it.
    if (status === 'subscribed') member.optInAt = Math.floor(audience.now() / 1000) * 1000;
    setStatus(context, member, status);
    Object.assign(member.profile, profileOf(context, command.fields));
    const tags = (command.fields['tags'] ?? []) as readonly string[];
    member.tags = [...new Set([...member.tags, ...tags])];
  });
  return applied(context, member);
}

function applied(context: WriteContext, member: Member): AppOutcome {
  const seen = context.audience.observe(member, context.beganAt);
  const observed = context.isBatch ? { ...seen, remoteId: null } : seen;
  return { kind: 'applied', observed, beganAt: context.beganAt };
}

function profileOf(
  { rules }: WriteContext,
  fields: Readonly<Record<string, Value>>,
): Record<string, string | null> {
  const profile: Record<string, string | null> = {};
  for (const [path, value] of Object.entries(fields)) {
    if (!path.startsWith('merge_fields.')) continue;
    profile[path] = rules.rewrite(path, typeof value === 'string' ? value : null);
  }
  return profile;
}

const SETTABLE = new Set(['subscribed', 'unsubscribed', 'cleaned']);

function statusFor(value: Value): string {
  if (value === 'complained') return 'unsubscribed';
  return typeof value === 'string' && SETTABLE.has(value) ? value : 'transactional';
}
