/** Jest's test sequencer: quick suites first, so that a slip shows within seconds, and the same order in each run. */

interface Suite {
  readonly path: string;
  readonly context: { readonly config: { readonly displayName?: { readonly name: string } } };
}

const ORDER = ['checks', 'unit', 'simulate', 'contract', 'pg', 'stack', 'e2e'];

const rank = ({ context }: Suite): number => ORDER.indexOf(context.config.displayName?.name ?? '');

// Jest insists on a class that is the default export.
export default class SuiteOrder {
  sort<S extends Suite>(suites: readonly S[]): readonly S[] {
    return suites.toSorted((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
  }

  /** For `--onlyFailures`, which we do not remember. */
  allFailedTests<S extends Suite>(suites: readonly S[]): readonly S[] {
    return suites;
  }

  cacheResults(): void {
    // Nothing is remembered: the order does not depend on earlier runs.
  }
}
