/** What `trivet --help` loads: the words of the commands and nothing of what they do, or help would not come at once. */
import { posix } from 'node:path';
import { readText } from './source-tree.ts';

/** Modules that are loaded with this one: not those of types alone, nor those loaded later by `import()`. */
const importsOf = (path: string): readonly string[] =>
  [...readText(path).matchAll(/^(?:import|export) (?!type)[^;]*?from '([^']+)'/gm)].map(
    ([, specifier = '']) =>
      specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier,
  );

function loadedFrom(entry: string): ReadonlySet<string> {
  const loaded = new Set<string>();
  const visit = (path: string): void => {
    if (loaded.has(path)) return;
    loaded.add(path);
    if (path.endsWith('.ts')) importsOf(path).forEach(visit);
  };
  visit(entry);
  return loaded;
}

test('help loads the commands’ words, and no package but commander', () => {
  const loaded = [...loadedFrom('bin/trivet.ts')];
  expect(loaded).toEqual(expect.arrayContaining(['lib/cli/main.ts', 'lib/cli/with-target.ts']));
  const own = loaded.filter((name) => name.endsWith('.ts') && name !== 'bin/trivet.ts');
  expect(own.filter((name) => !name.startsWith('lib/cli/'))).toEqual([]);
  expect(own.filter((name) => name.includes('/run-'))).toEqual([]);
  const packages = loaded.filter((name) => !name.endsWith('.ts') && !name.startsWith('node:'));
  expect(packages).toEqual(['commander']);
});
