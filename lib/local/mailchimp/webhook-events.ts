/**
 * Which webhooks a change rings, and their form-encoded bodies. Pure.
 * https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/
 */
import { shownMergeValue, uniqueEmailId } from './member-view.ts';
import type { HookEventName, Member, MergeField, Source } from './model.ts';
import { formatFiredAt } from './timestamps.ts';

export interface WebhookEvent {
  readonly name: HookEventName;
  readonly source: Source;
  readonly data: readonly (readonly [string, string])[];
}

export interface EventContext {
  readonly listId: string;
  readonly fields: readonly MergeField[];
  readonly source: Source;
  /** Why a person left, in the webhook's words: `manual`, `abuse` or `hard`. */
  readonly reason?: 'manual' | 'abuse' | 'hard';
}

/** No event for a change nobody could see, for tags, or for `pending`: the vendor defines none. */
export function eventsOf(
  before: Member | null,
  after: Member | null,
  context: EventContext,
): readonly WebhookEvent[] {
  const events: WebhookEvent[] = [];
  const add = (name: HookEventName, data: WebhookEvent['data']): void => {
    events.push({ name, source: context.source, data });
  };
  if (before !== null && after !== null && before.hash !== after.hash) {
    add('upemail', upemailData(before, after, context));
  }
  const left = leavingEvent(before, after, context);
  if (left !== null) add(left.name, left.data);
  else if (after?.status === 'subscribed' && before?.status !== 'subscribed') {
    add('subscribe', profileData(after, context));
  } else if (before !== null && after !== null && isProfileChanged(before, after)) {
    add('profile', profileData(after, context));
  }
  return events;
}

function leavingEvent(
  before: Member | null,
  after: Member | null,
  context: EventContext,
): Pick<WebhookEvent, 'name' | 'data'> | null {
  const reason = context.reason ?? 'manual';
  if (after === null || after.status === 'archived') {
    if (before === null || before.status === 'archived') return null;
    return { name: 'unsubscribe', data: leaveData(before, 'delete', reason, context) };
  }
  if (after.status === before?.status) return null;
  if (after.status === 'cleaned') {
    return { name: 'cleaned', data: cleanedData(after, context) };
  }
  // A member first created as unsubscribed never left anything.
  if (after.status !== 'unsubscribed' || before === null) return null;
  return { name: 'unsubscribe', data: leaveData(after, 'unsub', reason, context) };
}

function isProfileChanged(before: Member, after: Member): boolean {
  return (
    before.email !== after.email ||
    JSON.stringify(before.mergeValues) !== JSON.stringify(after.mergeValues)
  );
}

/** The body of one webhook request. */
export function encodeEvent(event: WebhookEvent, firedAt: number): string {
  const form = new URLSearchParams();
  form.append('type', event.name);
  form.append('fired_at', formatFiredAt(firedAt));
  for (const [name, value] of event.data) form.append(name, value);
  return form.toString();
}

type Data = (readonly [string, string])[];

function profileData(member: Member, context: EventContext): Data {
  return [
    // Ten hex digits: the id of the address, not the MD5 that paths use.
    ['data[id]', uniqueEmailId(member)],
    ['data[list_id]', context.listId],
    ['data[email]', member.email],
    ['data[email_type]', member.emailType],
    ['data[ip_opt]', member.ipOpt],
    ['data[ip_signup]', member.ipSignup],
    ['data[web_id]', String(member.webId)],
    ['data[merges][EMAIL]', member.email],
    ...mergesData(member, context),
    ['data[merges][INTERESTS]', ''],
  ];
}

function mergesData(member: Member, context: EventContext): Data {
  return context.fields.flatMap((field): Data => {
    const value = shownMergeValue(member, field);
    const name = `data[merges][${field.tag}]`;
    if (typeof value !== 'object') return [[name, String(value)]];
    return Object.entries(value).map(([part, text]) => [`${name}[${part}]`, String(text)]);
  });
}

function leaveData(
  member: Member,
  action: 'unsub' | 'delete',
  reason: string,
  context: EventContext,
): Data {
  return [['data[action]', action], ['data[reason]', reason], ...profileData(member, context)];
}

/** Neither `upemail` nor `cleaned` names a durable id; receivers have only the addresses. */
function upemailData(before: Member, after: Member, context: EventContext): Data {
  return [
    ['data[list_id]', context.listId],
    ['data[new_id]', uniqueEmailId(after)],
    ['data[new_email]', after.email],
    ['data[old_email]', before.email],
  ];
}

function cleanedData(member: Member, context: EventContext): Data {
  return [
    ['data[list_id]', context.listId],
    ['data[campaign_id]', ''],
    ['data[reason]', context.reason === 'abuse' ? 'abuse' : 'hard'],
    ['data[email]', member.email],
  ];
}
