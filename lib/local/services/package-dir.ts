/** Finds an installed npm package as Node does: in the `node_modules` here or in any above. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

export function findPackageDir(name: string): string {
  for (let dir = import.meta.dirname; ; dir = dirname(dir)) {
    const candidate = join(dir, 'node_modules', name);
    if (existsSync(candidate)) return candidate;
    if (dir === dirname(dir)) {
      throw new Error(
        `The package ${name} is not installed. It exists for Linux on x64 only and is optional ` +
          'for npm: run `npm ci` without --omit=optional on such a machine.',
      );
    }
  }
}
