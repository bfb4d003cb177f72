/** One command, one member, by `contact_id`, which survives renames. The answer is an observation. */
import type {
  AppCommand,
  AppOutcome,
  ConsentCommand,
  CreateCommand,
  RemoveCommand,
  RenameCommand,
  ReviveCommand,
  TagsCommand,
  UpdateCommand,
} from '../../ports/app.ts';
import type { Audience, Ok, Result } from './audience.ts';
import { lookAgain, rejected, toFailure, type Verdict } from './failures.ts';
import {
  CONSENT_PATH,
  isArchived,
  MATCH_PATH,
  shapeCreate,
  shapeEmail,
  shapeProfile,
  profileOf,
  statusFor,
  subscriberHash,
  TAGS_PATH,
  tagsOf,
  toCreateRequest,
} from './mapping.ts';
import type { Observe } from './pull.ts';
import type { Run } from './push.ts';
import type { WireMember } from './wire.ts';

export interface SingleTools {
  readonly audience: Audience;
  readonly observe: Observe;
  readonly paths: readonly string[];
  /** Tags we set start the customer journeys that wait for them. */
  readonly tagAutomations: boolean;
}

export async function sendSingle(run: Run, command: AppCommand): Promise<AppOutcome> {
  switch (command.kind) {
    case 'create':
      return create(run, command);
    case 'update':
      return update(run, command);
    case 'rename':
      return rename(run, command);
    case 'consent':
      return setConsent(run, command);
    case 'tags':
      return setTags(run, command);
    case 'archive':
      return archive(run, command);
    case 'delete':
      return erase(run, command);
    case 'revive':
      return revive(run, command);
  }
}

/** POST would bring back an archived contact without a word, so the address is looked up first. */
async function create(run: Run, command: CreateCommand): Promise<AppOutcome> {
  const shaped = shapeCreate(command.fields, run.live);
  if (!shaped.ok) return rejected(shaped.reason, shaped.path);
  const { audience } = run.tools;
  const there = await audience.member(subscriberHash(shaped.value.email), run.budget);
  if (there.kind === 'ok') {
    const state = isArchived(there.value) ? 'an archived contact' : 'a member';
    return { kind: 'exists', reason: `Mailchimp has ${state} with this address already.` };
  }
  if (there.kind !== 'missing') return conclude(run, there);
  return finish(run, await audience.create(toCreateRequest(shaped.value), run.budget));
}

async function update(run: Run, command: UpdateCommand): Promise<AppOutcome> {
  const shaped = shapeProfile(command.fields, run.live);
  if (!shaped.ok) return rejected(shaped.reason, shaped.path);
  return finish(run, await run.tools.audience.patch(command.remoteId, shaped.value, run.budget));
}

async function rename(run: Run, command: RenameCommand): Promise<AppOutcome> {
  const email = shapeEmail(command.to);
  if (!email.ok) return rejected(email.reason, email.path);
  const body = { email_address: email.value };
  return finish(run, await run.tools.audience.patch(command.remoteId, body, run.budget));
}

async function setConsent(run: Run, command: ConsentCommand): Promise<AppOutcome> {
  const status = statusFor(String(command.to));
  if (status === 'transactional') {
    const reason = `Mailchimp cannot be told "${command.to}" about a member it has.`;
    return rejected(reason, command.path);
  }
  return finish(run, await run.tools.audience.patch(command.remoteId, { status }, run.budget));
}

async function setTags(run: Run, command: TagsCommand): Promise<AppOutcome> {
  if (command.add.length + command.remove.length === 0) {
    return finish(run, await run.tools.audience.member(command.remoteId, run.budget));
  }
  const written = await writeTags(run, command.remoteId, command.add, command.remove);
  if (written.kind !== 'ok') return conclude(run, written);
  return readBack(run, command.remoteId, written);
}

/** The reference promises only the address hash here, so a 404 is tried again with that. */
async function writeTags(
  run: Run,
  hash: string,
  add: readonly string[],
  remove: readonly string[],
): Promise<Result<unknown>> {
  const { audience, tagAutomations: startsAutomations } = run.tools;
  const change = { add, remove, startsAutomations };
  const written = await audience.setTags(hash, change, run.budget);
  if (written.kind !== 'missing') return written;
  const member = await audience.member(hash, run.budget);
  if (member.kind !== 'ok') return member;
  return audience.setTags(hashOf(member.value), change, run.budget);
}

/** 204 says nothing about the member, so it is read again. */
async function readBack(run: Run, hash: string, written: Ok<unknown>): Promise<AppOutcome> {
  const member = await run.tools.audience.member(hash, run.budget);
  if (member.kind === 'ok') return finish(run, member);
  return { kind: 'applied', observed: null, beganAt: written.beganAt };
}

async function archive(run: Run, command: RemoveCommand): Promise<AppOutcome> {
  const done = await run.tools.audience.archive(command.remoteId, run.budget);
  if (done.kind === 'ok') return { kind: 'applied', observed: null, beganAt: done.beganAt };
  if (done.kind !== 'forbidden') return conclude(run, done);
  // 405: archived already, or bounced or pending, which Mailchimp does not archive.
  const member = await run.tools.audience.member(command.remoteId, run.budget);
  if (member.kind !== 'ok') return conclude(run, member);
  return isArchived(member.value) ? finish(run, member) : conclude(run, done);
}

/** Permanent deletion goes by the address hash alone. */
async function erase(run: Run, command: RemoveCommand): Promise<AppOutcome> {
  const member = await run.tools.audience.member(command.remoteId, run.budget);
  if (member.kind !== 'ok') return conclude(run, member);
  const done = await run.tools.audience.erase(hashOf(member.value), run.budget);
  if (done.kind !== 'ok') return conclude(run, done);
  return { kind: 'applied', observed: null, beganAt: done.beganAt };
}

const hashOf = (member: WireMember): string =>
  member.id ?? subscriberHash(member.email_address ?? '');

/**
 * PUT with a status is what brings an archived contact back. It also makes a contact where none is,
 * so the member is looked at first.
 */
async function revive(run: Run, command: ReviveCommand): Promise<AppOutcome> {
  const { audience } = run.tools;
  const email = shapeEmail(command.fields[MATCH_PATH]);
  if (!email.ok) return rejected(email.reason, email.path);
  const profile = shapeProfile(profileOf(command.fields), run.live);
  if (!profile.ok) return rejected(profile.reason, profile.path);
  const before = await audience.member(command.remoteId, run.budget);
  if (before.kind !== 'ok') return conclude(run, before);
  if (!isArchived(before.value)) return lookAgain('The member is not archived any more.');
  const status = statusFor(command.fields[CONSENT_PATH] ?? null);
  const body = { email_address: email.value, status, ...profile.value };
  const revived = await audience.put(command.remoteId, body, run.budget);
  if (revived.kind !== 'ok') return conclude(run, revived);
  if (revived.value.contact_id !== command.remoteId) return secondContact(email.value);
  return addTags(run, command, revived);
}

function secondContact(email: string): AppOutcome {
  return {
    kind: 'duplicated',
    duplicate: { remoteId: null, match: email },
    reason: 'The archived contact was gone, so Mailchimp made a second one.',
  };
}

/** PUT leaves the tags of a contact it knows alone. Those it had are kept: a revival only adds. */
async function addTags(
  run: Run,
  command: ReviveCommand,
  revived: Ok<WireMember>,
): Promise<AppOutcome> {
  const has = new Set(revived.value.tags?.map(({ name }) => name.toLowerCase()));
  const missing = tagsOf(command.fields[TAGS_PATH] ?? null).filter(
    (tag) => !has.has(tag.toLowerCase()),
  );
  if (missing.length === 0) return finish(run, revived);
  const written = await writeTags(run, command.remoteId, missing, []);
  // The revival itself took effect; the tags it lacks are a difference the next merge sees.
  return written.kind === 'ok' ? readBack(run, command.remoteId, written) : finish(run, revived);
}

/** The answer of a write is the member as it is now. */
async function finish(run: Run, answer: Result<WireMember>): Promise<AppOutcome> {
  if (answer.kind !== 'ok') return conclude(run, answer);
  const observed = await run.tools.observe(answer.value, answer.beganAt, run.budget);
  return { kind: 'applied', observed, beganAt: answer.beganAt };
}

async function conclude(run: Run, verdict: Verdict): Promise<AppOutcome> {
  switch (verdict.kind) {
    case 'exists':
      return verdict;
    case 'missing':
      return (await run.triage.whyMissing()) ?? { kind: 'gone', reason: verdict.reason };
    case 'troubled':
      return run.triage.narrow(verdict.retry);
    case 'rejected':
      if (verdict.path?.startsWith('merge_fields.') === true) run.tools.mergeFields.forget();
      return verdict;
    case 'forbidden':
    case 'retry':
    case 'halted':
      return toFailure(verdict, run.tools.audience.id);
  }
}
