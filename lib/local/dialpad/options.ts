/** What a simulated Dialpad can be told, and what it is when told nothing. */
import type { Exchange } from '../simulation/exchange.ts';
import type { ListField, TextField } from './model.ts';

export interface SimulatorOptions {
  /** @default 0: any free port */
  readonly port?: number;
  /** Ids, the order of listings, and which events come twice or late, follow from it. */
  readonly seed: number;
  /** @default derived from the seed */
  readonly apiKey?: string;
  /** Decimal text. @default derived from the seed */
  readonly companyId?: string;
  /** @default 'Trivet sample company' */
  readonly companyName?: string;
  /** Epoch ms. @default the machine's clock */
  readonly now?: () => number;
  /** A journal file: state is kept there and resumed from it. @default memory only */
  readonly statePath?: string;
  /** Some of the settings; they win over what the journal remembers. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly delivery?: Partial<DeliveryOptions>;
  /** Sees every API request with its answer. */
  readonly onExchange?: (exchange: Exchange) => void;
}

export interface DeliveryOptions {
  /** Share of events sent a second time though the first was answered. @default 0.02 */
  readonly duplicateRate: number;
  /** Share of events held back so that later ones overtake them. @default 0.05 */
  readonly reorderRate: number;
  /** Ordinary delay between a change and its event. @default 20 */
  readonly delayMsMax: number;
  /** How long an event is held back at most. @default 400 */
  readonly reorderDelayMsMax: number;
  /** Pauses before another attempt after a 5xx. @default the vendor's */
  readonly retryDelaysMs: readonly number[];
  /** The same after no answer. @default two, quick */
  readonly silenceDelaysMs: readonly number[];
  /** @default 5000, the vendor's limit */
  readonly timeoutMs: number;
  /** Requests under way to all webhooks together. @default 10 */
  readonly concurrencyMax: number;
}

export const deliveryDefaults: DeliveryOptions = {
  duplicateRate: 0.02,
  reorderRate: 0.05,
  delayMsMax: 20,
  reorderDelayMsMax: 400,
  retryDelaysMs: [100, 200, 400, 800],
  silenceDelaysMs: [50, 50],
  timeoutMs: 5000,
  concurrencyMax: 10,
};

/** A contact put in place before the story begins; no rule, limit or webhook notices. */
export type SeedContact = Readonly<
  Partial<Record<TextField, string>> & Partial<Record<ListField, readonly string[]>>
> & {
  /** Makes the id the one a PUT with this uid would have made. */
  readonly uid?: string;
  /** Makes it local. */
  readonly owner_id?: string;
};
