/** What a simulated company at Dialpad remembers. Fields of contacts have the vendor's own names. */
import type { Settings } from './settings.ts';

export interface Identity {
  /** Decimal text. */
  readonly companyId: string;
  readonly companyName: string;
  readonly apiKey: string;
}

export const textFields = [
  'company_name',
  'extension',
  'first_name',
  'job_title',
  'last_name',
  'trunk_group',
] as const;

export const listFields = ['emails', 'phones', 'urls'] as const;

export type TextField = (typeof textFields)[number];
export type ListField = (typeof listFields)[number];

/** What is missing was never set, or was cleared. An empty text is one that somebody set. */
export interface ContactFields {
  readonly texts: Readonly<Partial<Record<TextField, string>>>;
  readonly lists: Readonly<Partial<Record<ListField, readonly string[]>>>;
}

export interface Contact extends ContactFields {
  readonly id: string;
  /** What it was made with by PUT. No answer ever shows it. */
  readonly uid: string | null;
  /** Null: shared with the whole company. Otherwise the one user who sees it. */
  readonly ownerId: string | null;
  /** Grows with each change. */
  readonly revision: number;
}

export interface Webhook {
  readonly id: number;
  readonly url: string;
  /** Null: events are sent as they are. */
  readonly secret: string | null;
}

export type ContactType = 'local' | 'shared';

export interface Subscription {
  readonly id: number;
  readonly contactType: ContactType;
  readonly isEnabled: boolean;
  readonly webhookId: number;
}

export interface BlockedNumber {
  readonly number: string;
  /** Those that people blocked are in no list of the API. */
  readonly isByApi: boolean;
}

export interface OptOut {
  readonly number: string;
  readonly state: 'opted_out' | 'opted_back_in';
  /** Null: from everything the company sends. */
  readonly campaignId: number | null;
  readonly at: number;
}

/** An event that a webhook is still owed. */
export interface Delivery {
  readonly id: number;
  readonly webhookId: number;
  /** The event as JSON; it is signed when it is sent. */
  readonly event: string;
}

export type Numbered = 'contact' | 'delivery' | 'hook';

export type Change =
  | { readonly kind: 'identity'; readonly identity: Identity }
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'clock'; readonly offsetMs: number }
  /** So many of them were made, also those that are gone. */
  | { readonly kind: 'made'; readonly what: Numbered; readonly count: number }
  | { readonly kind: 'contacts'; readonly contacts: readonly Contact[] }
  | { readonly kind: 'contact-gone'; readonly id: string }
  | { readonly kind: 'webhook'; readonly webhook: Webhook }
  | { readonly kind: 'webhook-gone'; readonly id: number }
  | { readonly kind: 'subscription'; readonly subscription: Subscription }
  | { readonly kind: 'subscription-gone'; readonly id: number }
  | { readonly kind: 'blocked'; readonly blocked: BlockedNumber }
  | { readonly kind: 'unblocked'; readonly number: string }
  | { readonly kind: 'opt-out'; readonly optOut: OptOut }
  | { readonly kind: 'delivery'; readonly delivery: Delivery }
  | { readonly kind: 'delivery-done'; readonly id: number };
