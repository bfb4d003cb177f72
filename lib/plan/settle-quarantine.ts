/** A person's word about quarantined records, carried into their own lanes, page by page. */
import type { SyncContext } from '../flow/context.ts';
import { walkQuarantine, type QuarantineFilter, type Refusal } from '../flow/quarantine.ts';
import { createSender, type Dispatch } from './send-orders.ts';
import { NO_LEGS, sendPages, type Settled, type SettleOptions } from './send-pages.ts';

export interface QuarantineOrder {
  readonly verb: 'retry' | 'drop';
  readonly filter: QuarantineFilter;
  readonly by: string;
  /** When the person saw it: what was refused later is not meant. */
  readonly seenAt: number;
}

export const settleQuarantine = (
  context: SyncContext,
  order: QuarantineOrder,
  options: SettleOptions,
): Promise<Settled> => sendPages(createSender(context, options), pagesOf(context, order), options);

async function* pagesOf(
  context: SyncContext,
  { verb, filter, by, seenAt }: QuarantineOrder,
): AsyncGenerator<readonly Dispatch[]> {
  for await (const page of walkQuarantine(context, filter)) {
    const meant = page.filter(({ lastAt }: Refusal) => lastAt <= seenAt);
    const keys = [...new Set(meant.map(({ key }) => key))];
    yield keys.map((key, seq) => ({
      seq,
      ref: { key, look: true },
      record: { key, legs: NO_LEGS, deeds: [], quarantined: { verb, by } },
    }));
  }
}
