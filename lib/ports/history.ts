/** What is kept of every decision, record by record, and of the last day in the order of time. */
import type { Action, CrmKey, Decision } from '../engine/model.ts';

export interface HistoryEntry {
  readonly at: number;
  readonly decisions: readonly Decision[];
  /** In what it was decided: 'live', 'backfill', 'plan …'. */
  readonly cause: string;
  /** The round, backfill, plan or undo that asked for the look. Entries of earlier code, and looks nobody's run asked for, have none. */
  readonly run?: string;
  /** The queue's message that named the record last. */
  readonly message?: string;
}

/** A piece of one record's history, newest first. */
export interface HistoryPage {
  readonly entries: readonly HistoryEntry[];
  /** Where what is older begins; null: there is nothing older. */
  readonly cursor: string | null;
}

/** One page of decisions, for somebody who watches: how many of each kind, and some of them in full. */
export interface RecentPage {
  readonly at: number;
  readonly cause: string;
  readonly records: number;
  readonly actions: Readonly<Partial<Record<Action, number>>>;
  readonly samples: readonly RecentDecision[];
}

export interface RecentDecision {
  readonly key: CrmKey;
  readonly field: string | null;
  readonly action: Action;
  readonly text: string;
}

export interface HistoryStore {
  /** One item per record and round, with a time to live; and one for the page, which stays for a day. */
  append(sync: string, entries: readonly { key: CrmKey; entry: HistoryEntry }[]): Promise<void>;
  /** Newest first. */
  read(sync: string, key: CrmKey, limit: number): Promise<readonly HistoryEntry[]>;
  /** As `read`, from where another page ended; a null cursor begins at the newest. */
  readPage(
    sync: string,
    key: CrmKey,
    from: { readonly cursor: string | null; readonly limit: number },
  ): Promise<HistoryPage>;
  /** All entries of a record. Pages of `recent` that name it go by themselves, within a day. */
  forgetHistory(sync: string, key: CrmKey): Promise<void>;
  /** The pages closed since then, newest first, at most `limit`. */
  recent(sync: string, since: number, limit: number): Promise<readonly RecentPage[]>;
}
