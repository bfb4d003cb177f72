/** The tests themselves: each asserts something, and none is switched off in silence. */
import SuiteOrder, { LONGEST } from '../support/suite-order.ts';
import { listFiles, listSources, parseSource, readText, walk } from './source-tree.ts';
import type { Source, SyntaxNode } from './source-tree.ts';

const RUNNERS = new Set(['describe', 'it', 'test']);
const SWITCHES = new Set(['failing', 'only', 'skip', 'todo']);
const SHORT_FORMS = new Set(['fdescribe', 'fit', 'xdescribe', 'xit', 'xtest']);

/** Calls that switch a test off (or all others): `test.skip('…')`, `xit('…')`. */
function switchedOff(source: Source): readonly string[] {
  const found: string[] = [];
  walk(source.program, (node) => {
    if (node.type !== 'CallExpression') return;
    const callee = node['callee'] as SyntaxNode;
    const isShort = SHORT_FORMS.has(String(callee['value']));
    if (isShort || isSwitch(callee)) {
      const { start } = node['span'] as { readonly start: number };
      found.push(`${source.path}:${source.lineAt(start)}`);
    }
  });
  return found;
}

function isSwitch(callee: SyntaxNode): boolean {
  if (callee.type !== 'MemberExpression') return false;
  const object = callee['object'] as SyntaxNode;
  const property = callee['property'] as SyntaxNode;
  return RUNNERS.has(String(object['value'])) && SWITCHES.has(String(property['value']));
}

/** `const testIf = available ? test : test.skip` is the one way to skip, and it must say why. */
function skipsByCondition(source: Source): boolean {
  let isConditional = false;
  walk(source.program, (node, parents) => {
    isConditional ||= isSwitch(node) && parents.at(-1)?.['callee'] !== node;
  });
  return isConditional;
}
const saysWhy = ({ text }: Source): boolean =>
  /console\.(warn|info|log)\(|process\.std(out|err)\.write\(|load\w+Contract\(/.test(text);

describe('the test suites', () => {
  const suites = listSources('test').filter(({ path }) => path.endsWith('.test.ts'));

  test('a switched-off test is seen', () => {
    const planted = parseSource(
      'planted.ts',
      `test.skip('a', () => {});\nxit('b', () => {});\nconst testIf = false ? test : test.skip;`,
    );
    expect(switchedOff(planted)).toEqual(['planted.ts:1', 'planted.ts:2']);
  });

  test('no test is switched off, and none runs alone', () => {
    expect(suites.length).toBeGreaterThan(20);
    expect(suites.flatMap(switchedOff)).toEqual([]);
  });

  test('a test that cannot run everywhere says why it was skipped', () => {
    const silent = suites.filter((suite) => skipsByCondition(suite) && !saysWhy(suite));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  test('every suite asserts something', () => {
    const empty = suites.filter(({ text }) => !/\bexpect\s*[(.]|\bassert\w*\(/.test(text));
    expect(empty.map(({ path }) => path)).toEqual([]);
  });

  test('every suite belongs to a project of the configuration', () => {
    const config = readText('jest.config.mjs');
    const folders = listFiles('test')
      .filter((path) => path.endsWith('.test.ts'))
      .map((path) => path.split('/')[1] ?? '');
    expect(folders).toContain('engine');
    expect([...new Set(folders)].filter((folder) => !config.includes(`'${folder}'`))).toEqual([]);
  });

  test('run from quick to slow, and of the slowest the longest first', () => {
    const files = listFiles('test');
    expect(LONGEST.filter((file) => !files.includes(file))).toEqual([]);
    const suite = (project: string, path: string) => ({
      path: `/somewhere/${path}`,
      context: { config: { displayName: { name: project } } },
    });
    const [longest = '', second = ''] = LONGEST;
    const order = [
      suite('unit', 'test/engine/b.test.ts'),
      suite('e2e', longest),
      suite('e2e', second),
      suite('e2e', 'test/e2e/a-short-one.test.ts'),
      suite('e2e', 'test/e2e/brief.test.ts'),
    ];
    expect(new SuiteOrder().sort(order.toReversed())).toEqual(order);
  });
});
