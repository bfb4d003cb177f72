/** What must not be written down: places on one machine, hosts of one network, contact data of real people. */
import { listFiles, readText } from './source-tree.ts';

const TEXT = /\.(ts|mjs|json|md|yaml|yml|sql|sh|txt)$|(^|\/)(run|LICENSE|\.gitignore|\.npmrc)$/;

/** Home and root directories of some machine; `/tmp` and `/dev` are everywhere. */
const MACHINE_PATH = /(?<![\w.:/-])\/(work|home|root|Users|opt)\/[\w.-]+/;
const REGISTRY = /registry\.(npmjs|yarnpkg)\.|npm\.pkg\.github|artifactory|verdaccio/;

const linesWith = (pattern: RegExp, path: string): readonly string[] =>
  readText(path)
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : []));

describe('words', () => {
  const files = listFiles('').filter((path) => TEXT.test(path));
  const others = files.filter((path) => path !== 'test/house/words.test.ts');

  test('the patterns see what they are for', () => {
    expect(MACHINE_PATH.test("from '/home/ann/trivet'")).toBe(true);
    expect(MACHINE_PATH.test('https://example.com/home/page')).toBe(false);
    expect(files.length).toBeGreaterThan(300);
  });

  test('no path leads to one machine', () => {
    expect(others.flatMap((path) => linesWith(MACHINE_PATH, path))).toEqual([]);
  });

  test('no registry is named', () => {
    expect(others.flatMap((path) => linesWith(REGISTRY, path))).toEqual([]);
  });

  test('what is shipped knows nothing outside the project', () => {
    const shipped = others.filter((path) => /^(bin|lib|functions|docs)\/|^[A-Z]+\.md$/.test(path));
    expect(shipped.flatMap((path) => linesWith(/\.\.\/shared\b/, path))).toEqual([]);
  });
});
