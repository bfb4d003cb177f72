/**
 * Events of contacts and how they travel: signed as a JWT when the webhook has a secret, as they are when it has
 * none. An event says neither when it happened nor which one it is, so two edits that end alike are the same text.
 *   events    https://developers.dialpad.com/docs/contact-events
 *   signing   https://developers.dialpad.com/reference/webhookscreate
 */
import { createHmac } from 'node:crypto';
import { viewInEvent } from './contact-view.ts';
import type { Contact } from './model.ts';
import type { Settings } from './settings.ts';
import type { EventName } from './world.ts';

export function encodeEvent(event: EventName, contact: Contact, settings: Settings): string {
  return JSON.stringify({ event, contact: viewInEvent(contact, settings) });
}

/** A JWT in its compact form, HS256. https://www.rfc-editor.org/rfc/rfc7519 */
export function signEvent(event: string, secret: string): string {
  const header = JSON.stringify({ alg: 'HS256', typ: 'JWT' });
  const signed = `${Buffer.from(header).toString('base64url')}.${Buffer.from(event).toString('base64url')}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

export interface EventRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function shapeRequest(
  event: string,
  secret: string | null,
  settings: Settings,
): EventRequest {
  const json = { headers: { 'content-type': 'application/json' }, body: event };
  if (secret === null) return json;
  const token = signEvent(event, secret);
  if (settings.tokenIn === 'authorization') {
    return { ...json, headers: { ...json.headers, authorization: `Bearer ${token}` } };
  }
  return { headers: { 'content-type': settings.hookContentType }, body: token };
}
