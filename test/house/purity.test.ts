/** The engine is pure: time, ids and randomness come in as arguments, and nothing goes out but the answer. */
import { listSources, parseSource, walk } from './source-tree.ts';
import type { Source, SyntaxNode } from './source-tree.ts';

/** Globals through which a function learns or changes something that is not among its arguments. */
const WORLD = new Set([
  'Buffer',
  'console',
  'crypto',
  'fetch',
  'globalThis',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);

function impurities(source: Source): readonly string[] {
  const found: string[] = [];
  const report = (node: SyntaxNode, what: string): void => {
    const { start } = node['span'] as { readonly start: number };
    found.push(`${source.path}:${source.lineAt(start)} uses ${what}`);
  };
  walk(source.program, (node, parents) => {
    const parent = parents.at(-1);
    if (node.type === 'Identifier' && WORLD.has(String(node['value'])) && !isName(node, parent))
      report(node, String(node['value']));
    const callee = node['callee'] as SyntaxNode | undefined;
    const args = (node['arguments'] ?? []) as readonly unknown[];
    if (node.type === 'NewExpression' && callee?.['value'] === 'Date' && args.length === 0)
      report(node, 'new Date()');
    if (node.type === 'CallExpression' && callee?.['value'] === 'Date') report(node, 'Date()');
    if (node.type !== 'MemberExpression') return;
    const member = `${nameOf(node['object'])}.${nameOf(node['property'])}`;
    if (member === 'Date.now' || member === 'Math.random') report(node, member);
  });
  return found;
}

const nameOf = (node: unknown): string =>
  String((node as { readonly value?: unknown } | undefined)?.value);

/** Names of properties, types and parameters are not uses: `{ process: 1 }`, `x.fetch`. */
function isName(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (parent === undefined) return false;
  if (parent.type.startsWith('Ts')) return true;
  return (parent.type === 'MemberExpression' ? parent['property'] : parent['key']) === node;
}

describe('purity', () => {
  test('looking at the world is seen', () => {
    const planted = parseSource(
      'planted.ts',
      `const now = () => Date.now(); const today = new Date(); const then = new Date(0);
       const dice = Math.random(); const home = process.env.HOME; const day = Date();
       console.log(then.getTime()); interface Port { fetch(ids: string[]): void }
       const timer = setTimeout; const port = { fetch: 1 }; void port.fetch;`,
    );
    expect(impurities(planted)).toEqual([
      'planted.ts:1 uses Date.now',
      'planted.ts:1 uses new Date()',
      'planted.ts:2 uses Math.random',
      'planted.ts:2 uses process',
      'planted.ts:2 uses Date()',
      'planted.ts:3 uses console',
      'planted.ts:4 uses setTimeout',
    ]);
  });

  test('the engine looks at nothing but its arguments', () => {
    const engine = listSources('lib/engine');
    expect(engine.length).toBeGreaterThan(20);
    expect(engine.flatMap(impurities)).toEqual([]);
  });
});
