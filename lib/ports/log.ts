/** What the flow tells operators: ids and field names, never contact values. */
export interface Log {
  info(message: string, details?: Readonly<Record<string, unknown>>): void;
  warn(message: string, details?: Readonly<Record<string, unknown>>): void;
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
  /** Adds to a metric of the sync. */
  count(metric: string, by: number): void;
}
