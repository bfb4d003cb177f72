/** What a simulated app's exchanges add up to: what vendors limit, counted outside the connector. */

export interface Counted {
  readonly calls: number;
  readonly writes: number;
  readonly rowsPeak: number;
  readonly callsPeak: number;
  readonly turnedAway: number;
}

export interface Tally {
  readonly note: (exchange: Exchanged) => void;
  read(): Counted;
}

export interface Exchanged {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly requestBody?: unknown;
  readonly fault?: string;
}

export interface TallyOptions {
  readonly withinMs: number;
  /** Rows a call carried. */
  readonly rowsOf: (exchange: Exchanged) => number;
  readonly isWrite: (exchange: Exchanged) => boolean;
  /** The vendor's clock. @default the machine's */
  readonly now?: () => number;
}

/** Too large, too many, or too often. */
const TURNED_AWAY = new Set([413, 429, 431]);

export function createTally({ withinMs, rowsOf, isWrite, now = Date.now }: TallyOptions): Tally {
  const at: number[] = [];
  let [writes, rowsPeak, turnedAway] = [0, 0, 0];
  return {
    note: (exchange) => {
      at.push(now());
      if (isWrite(exchange)) {
        writes += 1;
        rowsPeak = Math.max(rowsPeak, rowsOf(exchange));
      }
      if (exchange.fault === undefined && TURNED_AWAY.has(exchange.status)) turnedAway += 1;
    },
    read: () => ({
      calls: at.length,
      writes,
      rowsPeak,
      callsPeak: peakOf(at, withinMs),
      turnedAway,
    }),
  };
}

/** The most moments that lie within one stretch of time. */
function peakOf(moments: readonly number[], withinMs: number): number {
  let [peak, from] = [0, 0];
  for (const [to, moment] of moments.entries()) {
    while ((moments[from] ?? moment) <= moment - withinMs) from += 1;
    peak = Math.max(peak, to - from + 1);
  }
  return peak;
}
