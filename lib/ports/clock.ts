/** Time and randomness, handed in by the composition root so that everything below it can be replayed. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** Fresh random text, for deduplication ids and marks. */
export type RandomId = () => string;

/** How long this invocation may still work; each outside call takes its time-out from it. */
export interface Budget {
  remainingMs(): number;
  /** Where calls are rationed live work goes first. @default 'live' */
  readonly rank?: Rank;
}

export type Rank = 'live' | 'backfill';
