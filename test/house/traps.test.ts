/** The thirty-six traps of a protocol like ours: each has a test that bears its number. */
import { listFiles, readText } from './source-tree.ts';

const TRAPS = Array.from({ length: 36 }, (_, index) => `P${index + 1}`);

describe('the traps', () => {
  const names = listFiles('test')
    .filter((path) => path.endsWith('.test.ts'))
    .flatMap((path) =>
      [...readText(path).matchAll(/['"`](P\d+) [^'"`]+/g)].map(([, trap]) => trap),
    );

  test('are all there, each as a test of its own', () => {
    expect(TRAPS.filter((trap) => !names.includes(trap))).toEqual([]);
  });

  test('that no test is about do not exist', () => {
    expect(names.filter((name) => !TRAPS.includes(name ?? ''))).toEqual([]);
  });
});
