/** What a simulated Meta can be told, and what it is when told nothing. */
import type { Exchange } from '../simulation/exchange.ts';

export interface SimulatorOptions {
  /** @default 0: any free port */
  readonly port?: number;
  /** Ids, and which faults take hold of which request, follow from it. */
  readonly seed: number;
  /** @default derived from the seed */
  readonly accessToken?: string;
  /** The ad account's number, without `act_`. @default derived from the seed */
  readonly accountId?: string;
  /** The first audience's name. @default 'Trivet sample audience' */
  readonly audienceName?: string;
  /** @default derived from the seed */
  readonly audienceId?: string;
  /** Epoch ms. @default the machine's clock */
  readonly now?: () => number;
  /** A journal file: state is kept there and resumed from it. @default memory only */
  readonly statePath?: string;
  /** Some of the settings; they win over what the journal remembers. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Sees every API request with its answer. */
  readonly onExchange?: (exchange: Exchange) => void;
}
