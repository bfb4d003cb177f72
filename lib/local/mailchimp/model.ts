/**
 * What the simulated audience remembers. Plain immutable records: every change makes a new one, so the
 * journal can write them down as they are and a listing that holds an old record can tell it is stale.
 */

/** `archived` appears in answers only; a request never sets it. https://mailchimp.com/developer/marketing/api/list-members/ */
export const memberStatuses = [
  'subscribed',
  'unsubscribed',
  'cleaned',
  'pending',
  'transactional',
  'archived',
] as const;

export type MemberStatus = (typeof memberStatuses)[number];

export type RequestStatus = Exclude<MemberStatus, 'archived'>;

/** Who caused a change: webhooks can be limited to some of these. */
export type Source = 'user' | 'admin' | 'api';

export interface PostalAddress {
  readonly addr1: string;
  readonly addr2: string;
  readonly city: string;
  readonly state: string;
  readonly zip: string;
  readonly country: string;
}

export type MergeValue = string | number | PostalAddress;

export interface MemberTag {
  readonly id: number;
  readonly addedAt: number;
}

export interface Member {
  /** Survives renames, archiving and revival; the only durable identity. */
  readonly contactId: string;
  readonly webId: number;
  readonly email: string;
  /** MD5 of the lower-cased address: the vendor's `id`. Moves with the address. */
  readonly hash: string;
  readonly status: MemberStatus;
  /** By merge field id, not tag, because people rename tags and the values stay. */
  readonly mergeValues: Readonly<Record<string, MergeValue>>;
  readonly tags: readonly MemberTag[];
  readonly emailType: string;
  readonly language: string;
  readonly isVip: boolean;
  readonly ipSignup: string;
  readonly ipOpt: string;
  readonly signedUpAt: number | null;
  readonly optedInAt: number | null;
  readonly unsubscribeReason: string | null;
  /** The person left, bounced or complained: the API may not subscribe them ("compliance state"). */
  readonly isHeld: boolean;
  readonly sourceName: string;
  /** Whole seconds only, as the vendor's `last_changed`. */
  readonly changedAt: number;
  /** Orders changes within one second. */
  readonly changeSeq: number;
}

export type MergeFieldType =
  | 'text'
  | 'number'
  | 'address'
  | 'phone'
  | 'date'
  | 'url'
  | 'imageurl'
  | 'radio'
  | 'dropdown'
  | 'birthday'
  | 'zip';

export interface MergeFieldOptions {
  readonly size?: number;
  readonly choices?: readonly string[];
  readonly date_format?: string;
  readonly default_country?: number;
  readonly phone_format?: string;
}

export interface MergeField {
  readonly id: number;
  readonly tag: string;
  readonly name: string;
  readonly type: MergeFieldType;
  readonly isRequired: boolean;
  readonly isPublic: boolean;
  readonly defaultValue: string;
  readonly displayOrder: number;
  readonly helpText: string;
  readonly options: MergeFieldOptions;
}

export const hookEventNames = [
  'subscribe',
  'unsubscribe',
  'profile',
  'cleaned',
  'upemail',
  'campaign',
] as const;

export type HookEventName = (typeof hookEventNames)[number];

export interface Hook {
  readonly id: string;
  readonly url: string;
  readonly events: Readonly<Record<HookEventName, boolean>>;
  readonly sources: Readonly<Record<Source, boolean>>;
  /** Null for the older, unsigned kind. */
  readonly secret: string | null;
  /** Turned off by a 410 answer or by failing for too long. */
  readonly isEnabled: boolean;
}

export interface AudienceTag {
  readonly id: number;
  readonly name: string;
}

/** One webhook request that is still owed to a hook. */
export interface Delivery {
  readonly id: number;
  readonly hookId: string;
  readonly body: string;
}

export interface Identity {
  readonly apiKey: string;
  readonly audienceId: string;
  readonly name: string;
  readonly createdAt: number;
}

/** The last number handed out of each kind; they never go back, so no id is given twice. */
export interface Counters {
  readonly webId: number;
  readonly changeSeq: number;
  readonly mergeId: number;
  readonly tagId: number;
  readonly hookId: number;
  readonly deliveryId: number;
}

/** Everything that can happen to the audience, in the words the journal keeps. */
export type Change =
  | { readonly kind: 'identity'; readonly identity: Identity }
  | { readonly kind: 'counters'; readonly counters: Counters }
  | { readonly kind: 'member'; readonly member: Member }
  | { readonly kind: 'member-gone'; readonly contactId: string }
  /** The address was erased for good: nobody but the person may bring it back. */
  | { readonly kind: 'forgotten'; readonly hash: string }
  | { readonly kind: 'forgiven'; readonly hash: string }
  | { readonly kind: 'field'; readonly field: MergeField }
  | { readonly kind: 'field-gone'; readonly id: number }
  | { readonly kind: 'hook'; readonly hook: Hook }
  | { readonly kind: 'hook-gone'; readonly id: string }
  | { readonly kind: 'tag'; readonly tag: AudienceTag }
  | { readonly kind: 'delivery'; readonly delivery: Delivery }
  | { readonly kind: 'delivery-done'; readonly id: number };
