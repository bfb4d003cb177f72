/**
 * What is in it: a bill of materials (CycloneDX, JSON) of everything that runs, from the lockfile alone.
 *
 *   npm run sbom                     writes sbom.cdx.json
 *   node .ci/sbom.mjs path/to/file   writes it there
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const file = process.argv[2] ?? 'sbom.cdx.json';
const ARGS = ['sbom', '--omit=dev', '--sbom-format=cyclonedx', '--package-lock-only'];
const { status, stdout, stderr } = spawnSync('npm', ARGS, {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
if (status === 0) {
  writeFileSync(file, stdout);
  process.stdout.write(`${file}: ${JSON.parse(stdout).components.length} packages\n`);
} else {
  process.stderr.write(stderr);
  process.exitCode = 1;
}
