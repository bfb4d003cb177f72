/** Exact counts of what API callers did: answers by route, what each vendor counts besides, requests at one time. */

export interface StatsReport {
  /** `{"POST /lists/{id}": {"200": 3}}`; a request that got no answer counts under `dropped`. */
  readonly routes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly peakConnections: number;
}

export interface Stats<Counter extends string = never> {
  countAnswer(route: string, outcome: string): void;
  count(counter: Counter, by?: number): void;
  /** A request began; the number now under way, refused ones included. */
  enter(): number;
  leave(): void;
  report(): StatsReport & Readonly<Record<Counter, number>>;
  reset(): void;
}

export function createStats<Counter extends string>(counters: readonly Counter[]): Stats<Counter> {
  const zeros = (): Record<Counter, number> =>
    Object.fromEntries(counters.map((counter) => [counter, 0])) as Record<Counter, number>;
  let routes = new Map<string, Map<string, number>>();
  let counts = zeros();
  let open = 0;
  let peak = 0;
  return {
    countAnswer: (route, outcome) => {
      const answers = routes.get(route) ?? new Map<string, number>();
      answers.set(outcome, (answers.get(outcome) ?? 0) + 1);
      routes.set(route, answers);
    },
    count: (counter, by = 1) => {
      counts[counter] += by;
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
        [...routes].map(([route, answers]) => [route, Object.fromEntries(answers)]),
      ),
      ...counts,
      peakConnections: peak,
    }),
    reset: () => {
      routes = new Map();
      counts = zeros();
      peak = open;
    },
  };
}
