/** One line that a function, or the runtime itself, has to say. */
export interface LogLine {
  /** The function's name, or 'runtime'. */
  readonly source: string;
  /** `error` is what a person should look at: stderr, crashes, timeouts, broken chains. */
  readonly level: 'info' | 'error';
  readonly line: string;
}

export type Log = (line: LogLine) => void;
