/** Messages that were handed over too often and never deleted. They wait for a person, for fourteen days. */

export interface DeadLetter {
  /** The sync’s name, or `pulls`. */
  readonly queue: string;
  readonly group: string;
  readonly sentAt: number;
  /** Records it names; empty where it names none, or cannot be read. */
  readonly keys: readonly string[];
}

export interface Redriven {
  readonly moved: number;
  /** What is no message of ours stays where it is. */
  readonly unreadable: number;
}

export interface DeadLetters {
  /** About how many there are. */
  count(queue: string): Promise<number>;
  /** Some of them; they stay where they are. */
  peek(queue: string, limit: number): Promise<readonly DeadLetter[]>;
  /** Back to the lane each came from, as a look at its records; crashed in between, one may go twice. */
  redrive(queue: string): Promise<Redriven>;
}
