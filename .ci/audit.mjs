/**
 * Known weaknesses of what runs: the packages of `dependencies` and theirs. Tools of the tree are left out; they see
 * nothing of anybody.
 *
 *   npm run audit        ends with 1 when the registry knows of any, with 0 when it knows of none
 *
 * A mirror may have no list of weaknesses. That is said, and is no failure: nothing was found out either way.
 */
import { spawnSync } from 'node:child_process';

const { stdout, stderr, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
});

const report = parse(stdout ?? '');
const found = Object.values(report?.vulnerabilities ?? {});

if (report?.vulnerabilities === undefined) {
  const why = report?.message ?? error?.message ?? String(stderr).trim().split('\n')[0];
  process.stdout.write(`not audited: the registry gave no list of weaknesses (${why})\n`);
} else if (found.length === 0) {
  const { prod = 0 } = report.metadata?.dependencies ?? {};
  process.stdout.write(`audited: no known weakness in ${prod} packages\n`);
} else {
  for (const { name, severity, range, via } of found) {
    const titles = via.flatMap((each) => (typeof each === 'object' ? [each.title] : []));
    process.stdout.write(`✗ ${name} ${range} (${severity}) ${titles.join('; ')}\n`);
  }
  process.exitCode = 1;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
