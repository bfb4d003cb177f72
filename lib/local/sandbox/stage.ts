/** What the narrated sandbox tells its audience. How it looks is the stage's business: a terminal, a log, a test. */
import type { FirstSync } from './history-tally.ts';
import type { SandboxDescription } from './description.ts';

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly elapsedMs: number;
}

/** An edit at one side, in words. */
export interface EditTold {
  readonly from: 'CRM' | 'Mailchimp' | 'Dialpad';
  /** `CRM`, `CRM, Meta, Dialpad` */
  readonly to: string;
  /** `contact 17 last_name “Weber”` */
  readonly what: string;
  /** Set where something other than arriving is to be seen: `put back: the CRM owns it`. */
  readonly outcome?: string;
}

export interface Stage {
  step(text: string): void;
  progress(progress: Progress): void;
  /** Work goes on without a count: the last rounds, until nothing is left to do. */
  finishing(text: string): void;
  firstSync(result: FirstSync): void;
  places(description: SandboxDescription, example: { sync: string; key: string }): void;
  edit(edit: EditTold): void;
  arrived(edit: EditTold, tookMs: number): void;
  missing(edit: EditTold, waitedMs: number): void;
  note(text: string): void;
}
