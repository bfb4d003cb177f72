/** What a simulated Mailchimp can be told, and what it is when told nothing. */
import type { Exchange } from '../simulation/exchange.ts';
import type { MemberStatus, MergeField, MergeFieldOptions, MergeFieldType } from './model.ts';

export interface SimulatorOptions {
  /** @default 0: any free port */
  readonly port?: number;
  /** @default derived from the seed, ending in `-us1` */
  readonly apiKey?: string;
  /** @default derived from the seed */
  readonly audienceId?: string;
  /** @default 'Trivet sample audience' */
  readonly audienceName?: string;
  /** Ids, and which webhooks come twice or late, follow from it. */
  readonly seed: number;
  /** Epoch ms. @default the machine's clock */
  readonly now?: () => number;
  /** A journal file: state is kept there and resumed from it. @default memory only */
  readonly statePath?: string;
  /** Added to FNAME, LNAME, PHONE, COMPANY and CITY; one with a known tag replaces it. */
  readonly mergeFields?: readonly MergeFieldSpec[];
  /** What an unfiltered listing does with archived members is not documented. @default false */
  readonly unfilteredIncludesArchived?: boolean;
  /** Whether a bulk row that gives only `status_if_new` revives an archived member. Unknown too. @default false */
  readonly bulkRevivesArchived?: boolean;
  /** @default false */
  readonly isDoubleOptIn?: boolean;
  readonly webhooks?: Partial<WebhookOptions>;
  /** Sees every API request with its answer, for contract checks. */
  readonly onExchange?: (exchange: Exchange) => void;
}

export interface MergeFieldSpec {
  readonly tag: string;
  readonly type: MergeFieldType;
  readonly name?: string;
  readonly required?: boolean;
  readonly options?: MergeFieldOptions;
}

export interface WebhookOptions {
  /** False makes hooks of the older, unsigned kind. @default true */
  readonly isSigned: boolean;
  /** Share of webhooks sent a second time though the first was answered. @default 0.02 */
  readonly duplicateRate: number;
  /** Share of webhooks held back so that later ones overtake them. @default 0.05 */
  readonly reorderRate: number;
  /** Ordinary delay between a change and its webhook. @default 20 */
  readonly delayMsMax: number;
  /** How long a webhook is held back at most. @default 400 */
  readonly reorderDelayMsMax: number;
  /** Pauses between attempts; after the last the hook is turned off. @default about 75 minutes in all */
  readonly retryDelaysMs: readonly number[];
  /** @default 10000, the vendor's limit */
  readonly timeoutMs: number;
  /** Requests under way to all hooks together. @default 10 */
  readonly concurrencyMax: number;
}

export const webhookDefaults: WebhookOptions = {
  isSigned: true,
  duplicateRate: 0.02,
  reorderRate: 0.05,
  delayMsMax: 20,
  reorderDelayMsMax: 400,
  retryDelaysMs: [1000, 4000, 15_000, 60_000, 240_000, 600_000, 1_200_000, 2_400_000],
  timeoutMs: 10_000,
  concurrencyMax: 10,
};

/** A member put in place before the story begins; nobody's rules apply and nobody is told. */
export interface SeedMember {
  readonly email_address: string;
  /** @default 'subscribed' */
  readonly status?: MemberStatus;
  readonly merge_fields?: Readonly<Record<string, unknown>>;
  readonly tags?: readonly string[];
  /** Epoch ms; shown in whole seconds. @default now */
  readonly last_changed_ms?: number;
  /** Epoch ms. @default `last_changed_ms` when subscribed */
  readonly timestamp_opt_ms?: number | null;
  readonly timestamp_signup_ms?: number | null;
  /** True for a person who left by themself: the API may not subscribe them. @default status is `cleaned` */
  readonly is_held?: boolean;
}

const defaultSpecs: readonly MergeFieldSpec[] = [
  { tag: 'FNAME', type: 'text', name: 'First Name' },
  { tag: 'LNAME', type: 'text', name: 'Last Name' },
  { tag: 'PHONE', type: 'phone', name: 'Phone Number' },
  { tag: 'COMPANY', type: 'text', name: 'Company' },
  { tag: 'CITY', type: 'text', name: 'City' },
];

/** The audience's first merge fields. The literal phone format `none` means international. */
export function firstMergeFields(extra: readonly MergeFieldSpec[]): readonly MergeField[] {
  const specs = new Map([...defaultSpecs, ...extra].map((spec) => [spec.tag, spec]));
  return [...specs.values()].map((spec, index) => ({
    id: index + 1,
    tag: spec.tag,
    name: spec.name ?? spec.tag,
    type: spec.type,
    isRequired: spec.required ?? false,
    isPublic: true,
    defaultValue: '',
    displayOrder: index + 2,
    helpText: '',
    options: spec.options ?? defaultOptions(spec.type),
  }));
}

export function defaultOptions(type: MergeFieldType): MergeFieldOptions {
  if (type === 'text') return { size: 25 };
  if (type === 'phone') return { phone_format: 'none' };
  if (type === 'date') return { date_format: 'MM/DD/YYYY' };
  if (type === 'birthday') return { date_format: 'MM/DD' };
  if (type === 'address') return { default_country: 164 };
  return {};
}
