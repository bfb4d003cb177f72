/** Orders of a person about records that are out of traffic: sent a page after the other, and what became of them all. */
import type { CarryExcuse } from './carry-out.ts';
import { Stopped, type Dispatch, type SendOptions, type SendOrders } from './send-orders.ts';

/** Such an order is compared with what its record would really do; an empty leg fits nothing, for code that knows no such orders. */
export const NO_LEGS = { crm: '', state: '', app: '' } as const;

export interface Settled {
  readonly orders: number;
  readonly applied: number;
  /** Nobody wanted it any more. */
  readonly already: number;
  readonly moved: number;
  readonly failed: number;
  readonly stopped: string | null;
}

export interface SettleOptions extends SendOptions {
  readonly onExcuse?: (excuse: CarryExcuse) => void;
  /** Records whose outcome is known. */
  readonly onProgress?: (done: number) => void;
}

export async function sendPages(
  send: SendOrders,
  pages: AsyncIterable<readonly Dispatch[]>,
  options: SettleOptions,
): Promise<Settled> {
  const counts = { orders: 0, applied: 0, already: 0, moved: 0, failed: 0 };
  try {
    for await (const dispatches of pages) {
      if (options.signal?.aborted === true) throw new Stopped('stopped by you');
      if (dispatches.length === 0) continue;
      counts.orders += dispatches.length;
      const answered = await send(dispatches);
      counts.applied += answered.applied;
      counts.already += answered.already;
      counts.moved += answered.moved.length;
      counts.failed += answered.failed.length;
      for (const kind of ['moved', 'failed'] as const)
        for (const excuse of answered[kind]) options.onExcuse?.({ kind, ...excuse });
      options.onProgress?.(counts.orders);
    }
    return { ...counts, stopped: null };
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    return { ...counts, stopped: error.message };
  }
}
