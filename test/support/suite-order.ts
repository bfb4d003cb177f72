/**
 * Jest's test sequencer: quick suites first, so that a slip shows within seconds, and the same order in each run. Of the
 * sandbox's files, which are the last, the longest come first: else one worker is done while the other has a minute to go.
 */

interface Suite {
  readonly path: string;
  readonly context: { readonly config: { readonly displayName?: { readonly name: string } } };
}

const ORDER = ['checks', 'unit', 'simulate', 'contract', 'pg', 'stack', 'e2e'];

/** Those of half a minute and more, the longest first. The others follow by name. */
export const LONGEST: readonly string[] = [
  'chaos',
  'policies',
  'kills',
  'local',
  'restart',
  'doctor',
  'install',
  'cli',
  'faults',
  'people',
  'edits',
  'plan',
  'long-chain',
  'cli-aws',
  'counts',
  'steering',
].map((name) => `test/e2e/${name}.test.ts`);

const rank = ({ context }: Suite): number => ORDER.indexOf(context.config.displayName?.name ?? '');

/** Those that are not among the longest come after all of them. */
const length = ({ path }: Suite): number => {
  const at = LONGEST.findIndex((file) => path.endsWith(`/${file}`));
  return at === -1 ? LONGEST.length : at;
};

// Jest insists on a class that is the default export.
export default class SuiteOrder {
  sort<S extends Suite>(suites: readonly S[]): readonly S[] {
    return suites.toSorted(
      (a, b) => rank(a) - rank(b) || length(a) - length(b) || (a.path < b.path ? -1 : 1),
    );
  }

  /** For `--onlyFailures`, which we do not remember. */
  allFailedTests<S extends Suite>(suites: readonly S[]): readonly S[] {
    return suites;
  }

  cacheResults(): void {
    // Nothing is remembered: the order does not depend on earlier runs.
  }
}
