/** Tries the connectors of the harness files named, and prints a report of each. `npm run conformance` names ours. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Harness } from './harness.ts';
import { isPassed, printReport } from './report.ts';
import { runConformance } from './run.ts';

const files = process.argv.slice(2);
if (files.length === 0) {
  process.stderr.write('Name the harness files: node lib/conformance/main.ts my-app/harness.ts\n');
  process.exitCode = 2;
}
for (const file of files) {
  const report = await runConformance(await loadHarness(file));
  process.stdout.write(`${printReport(report)}\n`);
  if (!isPassed(report)) process.exitCode = 1;
}

async function loadHarness(file: string): Promise<Harness> {
  const module = (await import(pathToFileURL(resolve(file)).href)) as { harness?: Harness };
  if (module.harness === undefined) {
    throw new Error(`${file} must export the harness: export const harness: Harness = { … }`);
  }
  return module.harness;
}
