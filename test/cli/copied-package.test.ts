/** A copy of the package below node_modules cannot run; it says so in words of its own. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ENTRY = join(import.meta.dirname, '../../bin/trivet.mjs');

test('a copy names its place, why it cannot run, and how Trivet is had', () => {
  const dir = mkdtempSync(join(tmpdir(), 'trivet-copy-'));
  const copy = join(dir, 'node_modules/trivet/bin/trivet.mjs');
  cpSync(ENTRY, copy);
  const { status, stderr } = spawnSync(process.execPath, [copy, '--version'], { encoding: 'utf8' });
  rmSync(dir, { recursive: true });
  expect(status).toBe(1);
  expect(stderr).toContain(join(dir, 'node_modules/trivet'));
  expect(stderr).toMatch(/run from a checkout.*npm ci.*npm install/);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
