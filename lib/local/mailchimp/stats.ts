/** Exact counts of what API callers did: answers by route, rows really written, requests at one time. */

export interface StatsReport {
  /** `{"POST /lists/{id}": {"200": 3}}`; a request that got no answer counts under `dropped`. */
  readonly routes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly rowsWritten: number;
  readonly peakConnections: number;
}

export interface Stats {
  countAnswer(route: string, outcome: string): void;
  countRow(): void;
  /** A request began; the number now under way, refused ones included. */
  enter(): number;
  leave(): void;
  report(): StatsReport;
  reset(): void;
}

export function createStats(): Stats {
  let routes = new Map<string, Map<string, number>>();
  let rowsWritten = 0;
  let open = 0;
  let peak = 0;
  return {
    countAnswer: (route, outcome) => {
      const counts = routes.get(route) ?? new Map<string, number>();
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      routes.set(route, counts);
    },
    countRow: () => {
      rowsWritten += 1;
    },
    enter: () => {
      open += 1;
      peak = Math.max(peak, open);
      return open;
    },
    leave: () => {
      open -= 1;
    },
    report: () => ({
      routes: Object.fromEntries(
        [...routes].map(([route, counts]) => [route, Object.fromEntries(counts)]),
      ),
      rowsWritten,
      peakConnections: peak,
    }),
    reset: () => {
      routes = new Map();
      rowsWritten = 0;
      peak = open;
    },
  };
}
