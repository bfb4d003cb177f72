/** The lint net itself: planted bugs must be found, so that a changed configuration cannot silently let them through. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, readText } from './source-tree.ts';

const PLANTED = 'test/house/planted-bugs.ts';

interface Finding {
  readonly code: string;
  readonly line: number;
}

/** Lints the planted bugs by the project's own rules, without the exception that spares them. */
async function lintPlanted(): Promise<readonly Finding[]> {
  const dir = mkdtempSync(join(tmpdir(), 'trivet-lint-'));
  try {
    const rules = JSON.parse(readText('.oxlintrc.json')) as { ignorePatterns: string[] };
    const ignorePatterns = rules.ignorePatterns.filter((pattern) => pattern !== PLANTED);
    const config = join(dir, 'oxlint.json');
    writeFileSync(config, JSON.stringify({ ...rules, ignorePatterns }));
    const args = ['--type-aware', '--format', 'json', '-c', config, PLANTED];
    const { diagnostics } = JSON.parse(await run(args)) as {
      diagnostics: { code: string; labels: { span: { line: number } }[] }[];
    };
    return diagnostics.map(({ code, labels }) => ({ code, line: labels[0]?.span.line ?? 0 }));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function run(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(join(ROOT, 'node_modules/.bin/oxlint'), args, { cwd: ROOT }, (error, stdout) => {
      if (error !== null && stdout === '') reject(new Error(error.message));
      else resolve(stdout);
    });
  });
}

/** `// expect: rule` covers the lines up to the next one. */
function plantedRules(): readonly { readonly rule: string; readonly from: number }[] {
  return readText(PLANTED)
    .split('\n')
    .flatMap((line, index) => {
      const rule = /^\/\/ expect: (\S+)$/.exec(line)?.[1];
      return rule === undefined ? [] : [{ rule, from: index + 1 }];
    });
}

test('lint finds every planted bug where it was planted', async () => {
  const planted = plantedRules();
  expect(planted.length).toBeGreaterThan(15);
  const findings = await lintPlanted();
  const missed = planted.filter(({ rule, from }, index) => {
    const to = planted[index + 1]?.from ?? Number.POSITIVE_INFINITY;
    return !findings.some(({ code, line }) => code === rule && line > from && line < to);
  });
  expect(missed).toEqual([]);
});
