/** What runs besides our own: its known weaknesses are asked for, and it is listed. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT, readText } from './source-tree.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'trivet-supply-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** The audit with a registry that answers so. */
function audit(answer: string): { readonly code: number | null; readonly said: string } {
  const npm = join(folder, 'npm');
  writeFileSync(join(folder, 'answer'), answer);
  writeFileSync(npm, `#!/bin/sh\ncat ${join(folder, 'answer')}\nexit 1\n`);
  chmodSync(npm, 0o755);
  const { status, stdout } = spawnSync(process.execPath, ['.ci/audit.mjs'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: [folder, '/usr/bin', '/bin'].join(delimiter) },
  });
  return { code: status, said: stdout };
}

describe('the audit', () => {
  const weak = {
    name: 'leaky',
    severity: 'high',
    range: '<1.2.3',
    via: ['drip', { title: 'Tells everything' }],
  };

  test('ends with 1 and names what is weak', () => {
    const { code, said } = audit(JSON.stringify({ vulnerabilities: { leaky: weak } }));
    expect(code).toBe(1);
    expect(said).toBe('✗ leaky <1.2.3 (high) Tells everything\n');
  });

  test('ends with 0 when nothing is', () => {
    const metadata = { dependencies: { prod: 141 } };
    const { code, said } = audit(JSON.stringify({ vulnerabilities: {}, metadata }));
    expect({ code, said }).toEqual({
      code: 0,
      said: 'audited: no known weakness in 141 packages\n',
    });
  });

  test.each([
    [JSON.stringify({ message: '405 Method Not Allowed' }), '405 Method Not Allowed'],
    ['<html>', ''],
    ['', ''],
  ])(
    'says that it was none when the registry answers %j, and that is no failure',
    (answer, why) => {
      const { code, said } = audit(answer);
      expect(code).toBe(0);
      expect(said).toContain('not audited: the registry gave no list of weaknesses');
      expect(said).toContain(why);
    },
  );
});

test('the bill of materials lists every dependency in its pinned version, and no tool', () => {
  const file = join(folder, 'sbom.json');
  const { status, stderr } = spawnSync(process.execPath, ['.ci/sbom.mjs', file], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const bill = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly bomFormat: string;
    readonly components: readonly { readonly name: string; readonly purl: string }[];
  };
  const { dependencies, devDependencies } = JSON.parse(readText('package.json')) as Record<
    string,
    Record<string, string>
  >;
  expect(bill.bomFormat).toBe('CycloneDX');
  const listed = new Set(bill.components.map(({ purl }) => decodeURIComponent(purl)));
  const wanted = Object.entries(dependencies ?? {}).map(([name, at]) => `pkg:npm/${name}@${at}`);
  expect(wanted.length).toBeGreaterThan(5);
  expect(wanted.filter((purl) => !listed.has(purl))).toEqual([]);
  const names = new Set(bill.components.map(({ name }) => name));
  expect(Object.keys(devDependencies ?? {}).filter((name) => names.has(name))).toEqual([]);
});
