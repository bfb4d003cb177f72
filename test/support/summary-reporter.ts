/**
 * Jest's last reporter: lists what was skipped and ends with one line for people and machines,
 * `N passed, N failed`. A file that could not be run at all counts as one failure.
 */
import { writeSync } from 'node:fs';

interface Assertion {
  readonly status: string;
  readonly fullName: string;
}

interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly testFilePath: string;
    readonly testResults: readonly Assertion[];
  }[];
}

export default class SummaryReporter {
  onRunComplete(_contexts: unknown, results: Results): void {
    const skipped = results.testResults.flatMap(({ testFilePath, testResults }) =>
      testResults
        .filter(({ status }) => status === 'pending')
        .map(({ fullName }) => `skipped: ${fullName} (${relativePath(testFilePath)})`),
    );
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const lines = [...skipped, `${results.numPassedTests} passed, ${failed} failed`];
    // Jest prints its own summary after this; ours is to be the last word.
    process.once('exit', () => writeSync(1, `${lines.join('\n')}\n`));
  }
}

const relativePath = (path: string): string => path.slice(path.lastIndexOf('/test/') + 1);
