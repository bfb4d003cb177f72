/**
 * Uploads: rows into an audience, out of it, instead of all that is in it, or out of every audience. The answer
 * is 200 even when rows were invalid, and names none of them.
 *   users              https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users
 *   usersreplace       https://developers.facebook.com/docs/marketing-api/reference/custom-audience/usersreplace
 *   usersofanyaudience https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences
 */
import { operationStatus } from './audience-status.ts';
import { allowed, graphErrors, invalidParameter, refused } from './errors.ts';
import type { Ruled } from './errors.ts';
import { planArrivals, planDepartures } from './matching.ts';
import type { AudienceRecord, Operation, Session } from './model.ts';
import type { Params } from './params.ts';
import { parsePayload, parseSession } from './payload.ts';
import type { Payload, SessionPart } from './payload.ts';
import { admitBatch, admitReplaceBatch, countBatch } from './sessions.ts';
import type { Counted, Knock } from './sessions.ts';
import { standingOf } from './world.ts';
import type { World } from './world.ts';

const samplesMax = 100;

/** An upload that was read: what to do with whose rows, and the session it belongs to. */
interface Upload {
  readonly operation: Operation;
  /** Null: every audience of the account. */
  readonly audience: AudienceRecord | null;
  readonly payload: Payload;
  readonly part: SessionPart | null;
}

export type UploadAnswer = Readonly<Record<string, unknown>>;

export function upload(
  world: World,
  operation: Operation,
  audience: AudienceRecord | null,
  params: Params,
): Ruled<UploadAnswer> {
  const payload = parsePayload(params);
  if (!payload.ok) return payload;
  const session = parseSession(params);
  if (!session.ok) return session;
  const read = { operation, audience, payload: payload.value, part: session.value };
  const refusal = findMisfit(world, read);
  if (refusal !== null) return refusal;
  return operation === 'replace' ? replace(world, read) : change(world, read);
}

function findMisfit(world: World, { operation, audience, payload }: Upload): Ruled<never> | null {
  const { keys } = payload;
  const isValued = keys.includes('LOOKALIKE_VALUE');
  if (audience?.isValueBased === true && operation !== 'remove' && !isValued) {
    const message = 'Value-Based Custom Audience requires LOOKALIKE_VALUE attribute.';
    return refused(invalidParameter(message));
  }
  if (operation !== 'replace') return null;
  if (audience?.isValueBased === false && isValued) {
    return refused(invalidParameter('This audience is not value-based'));
  }
  const isExtern = keys.includes('EXTERN_ID') && !world.settings().replaceTakesExternId;
  return isExtern ? refused(invalidParameter('EXTERN_ID is not a key of usersreplace')) : null;
}

/** Adds and removals. While a replace runs there are none. */
function change(world: World, read: Upload): Ruled<UploadAnswer> {
  const { audience, part } = read;
  if (audience !== null && standingOf(world, audience).replacing !== null) {
    return refused(graphErrors['replace-running']);
  }
  if (part === null) return allowed(answerOf(world, read, null, take(world, read)));
  const admission = admitBatch(world.account.session(part.id), knockOf(world, read, part));
  if (!admission.ok) return admission;
  const { session, isLate } = admission.value;
  if (isLate) {
    world.stats.count('rowsDiscarded', read.payload.received);
    return allowed(answerOf(world, read, session, session));
  }
  return allowed(keepSession(world, read, session, part));
}

function replace(world: World, read: Upload): Ruled<UploadAnswer> {
  const { audience, part } = read;
  if (part === null || audience === null) {
    return refused(invalidParameter('The parameter session is required'));
  }
  const standing = standingOf(world, audience);
  const known = world.account.session(part.id);
  const session = admitReplaceBatch(known, knockOf(world, read, part), {
    operationStatus: operationStatus(standing).code,
    running: standing.replacing,
    members: standing.members,
    membersMax: standing.settings.replaceMembersMax,
  });
  if (!session.ok) return session;
  if (known === null) world.commit({ kind: 'members-gone', audienceId: audience.id });
  return allowed(keepSession(world, read, session.value, part));
}

function knockOf(world: World, read: Upload, part: SessionPart): Knock {
  return {
    part,
    operation: read.operation,
    audienceId: read.audience?.id ?? null,
    schema: read.payload.keys.join(','),
    now: world.now(),
  };
}

function keepSession(world: World, read: Upload, before: Session, part: SessionPart): UploadAnswer {
  const session = countBatch(before, part, take(world, read), world.now());
  world.commit({ kind: 'session', session });
  return answerOf(world, read, session, session);
}

/** Lets the rows take effect. */
function take(world: World, read: Upload): Counted {
  const { payload, operation, audience } = read;
  world.meter.countRows(payload.received);
  world.stats.count('rowsReceived', payload.received);
  world.stats.count('rowsInvalid', payload.invalid.length);
  world.stats.count('emptyHashes', payload.emptyHashes);
  const audiences = audience === null ? world.account.audiences() : [audience];
  const isRemoval = operation === 'remove' || operation === 'remove-everywhere';
  const matched = audiences.map((each) =>
    isRemoval ? depart(world, each, payload) : arrive(world, each, payload),
  );
  const { invalidCounts } = world.settings();
  return {
    received: payload.received,
    invalid: invalidCounts === 'rows' ? payload.invalid.length : payload.invalid.flat().length,
    matched: Math.max(0, ...matched),
  };
}

function arrive(world: World, audience: AudienceRecord, payload: Payload): number {
  const { account, commit } = world;
  const lookup = (externId: string) => account.extern(externId);
  const plan = planArrivals(payload.rows, account.book(audience.id), lookup, world.now());
  if (plan.externs.length > 0) commit({ kind: 'externs', externs: plan.externs });
  commit({ kind: 'members', audienceId: audience.id, added: plan.added, removed: [] });
  touch(world, audience);
  return plan.matched;
}

function depart(world: World, audience: AudienceRecord, payload: Payload): number {
  const { account, commit } = world;
  const lookup = (externId: string) => account.extern(externId);
  const plan = planDepartures(payload.rows, account.book(audience.id), lookup, world.now());
  if (plan.removed.length === 0) return plan.matched;
  commit({ kind: 'members', audienceId: audience.id, added: [], removed: plan.removed });
  touch(world, audience);
  return plan.matched;
}

function touch(world: World, audience: AudienceRecord): void {
  const now = world.now();
  // A failed replace (415) is over once something else was uploaded.
  const forcedStatus = audience.forcedStatus === 415 ? null : audience.forcedStatus;
  const settlesAt = now + world.settings().settleMs;
  world.commit({
    kind: 'audience',
    audience: { ...audience, contentUpdatedAt: now, settlesAt, forcedStatus },
  });
}

function answerOf(
  world: World,
  { operation, audience, payload }: Upload,
  session: Session | null,
  counted: Counted,
): UploadAnswer {
  const settings = world.settings();
  const named =
    audience === null || (operation === 'replace' && settings.replaceAnswerKey === 'account_id')
      ? { account_id: world.identity.accountId }
      : { audience_id: audience.id };
  const samples = payload.invalid.flat().slice(0, samplesMax);
  return {
    ...named,
    session_id: session === null ? world.nextId('session') : numberOf(session.id),
    num_received: counted.received,
    num_invalid_entries: counted.invalid,
    invalid_entry_samples:
      settings.samples === 'array'
        ? samples
        : Object.fromEntries(samples.map((sample, index) => [String(index), sample])),
  };
}

/** The caller's own id comes back as the number it was, unless numbers are too short for it. */
function numberOf(id: string): number | string {
  const number = Number(id);
  return Number.isSafeInteger(number) ? number : id;
}
