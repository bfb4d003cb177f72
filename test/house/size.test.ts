/** Sizes: what a reader can hold in the head. The typical function is a quarter of the limit. */
import { listFiles, listSources, parseSource, readText, spanOf, walk } from './source-tree.ts';
import type { Source, SyntaxNode } from './source-tree.ts';

const OURS = ['bench', 'bin', 'chaos', 'examples', 'lib', 'functions', 'fuzz', 'simulate', 'test'];
const FUNCTION_LINES_MAX = 70;
const PARAMETERS_MAX = 4;
const FILE_LINES_MAX = 400;
const HANDLER_LINES_MAX = 30;

interface FunctionSize {
  readonly place: string;
  readonly lines: number;
  readonly parameters: number;
  /** A function handed to `describe`: a chapter, not a function. */
  readonly isChapter: boolean;
}

function functionsOf(source: Source): readonly FunctionSize[] {
  const found: FunctionSize[] = [];
  walk(source.program, (node, parents) => {
    const shape = shapeOf(node);
    if (shape === null) return;
    const { start, end } = spanOf(node);
    const first = source.lineAt(start);
    found.push({
      place: `${source.path}:${first}`,
      lines: source.lineAt(end) - first + 1,
      parameters: shape.parameters,
      isChapter: parents.at(-1)?.type === 'CallExpression' && isDescribe(parents.at(-1)),
    });
  });
  return found;
}

/** Methods keep their parameters one level down; types of functions have no body. */
function shapeOf(node: SyntaxNode): { readonly parameters: number } | null {
  const own = (node['function'] ?? node) as Record<string, unknown>;
  const { params, body } = own;
  const isFunction = Array.isArray(params) && typeof body === 'object' && body !== null;
  return isFunction && !node.type.startsWith('Ts') ? { parameters: params.length } : null;
}

/** `describe(…)`, `describe.skip(…)`, `describe.each(table)(…)`, `describeIfKnown(…)`. */
function isDescribe(call: SyntaxNode | undefined): boolean {
  let callee = call?.['callee'] as SyntaxNode | undefined;
  while (callee?.type === 'MemberExpression' || callee?.type === 'CallExpression')
    callee = (callee['object'] ?? callee['callee']) as SyntaxNode | undefined;
  return String(callee?.['value']).startsWith('describe');
}

const tooLong = (functions: readonly FunctionSize[]): readonly string[] =>
  functions
    .filter(({ lines, isChapter }) => lines > FUNCTION_LINES_MAX && !isChapter)
    .map(({ place, lines }) => `${place} has ${lines} lines`);

const tooWide = (functions: readonly FunctionSize[]): readonly string[] =>
  functions
    .filter(({ parameters }) => parameters > PARAMETERS_MAX)
    .map(({ place, parameters }) => `${place} has ${parameters} parameters`);

const linesOf = (text: string): number => text.split('\n').length - 1;

describe('sizes', () => {
  const functions = listSources(...OURS).flatMap(functionsOf);

  test('the measure finds long and wide functions, methods and closures', () => {
    const filler = 'void 0;\n'.repeat(FUNCTION_LINES_MAX);
    const planted = parseSource(
      'planted.ts',
      `// é: offsets are bytes\nfunction a() {\n${filler}}\nclass B { m(a, b, c, d, e) {\n${filler}} }\n` +
        `const c = () => ({ d: (a: (x: 1) => 2, [b], { c }, ...d) => {\n${filler}} });`,
    );
    const measured = functionsOf(planted);
    expect(tooLong(measured)).toEqual([
      'planted.ts:2 has 72 lines',
      'planted.ts:74 has 72 lines',
      'planted.ts:146 has 72 lines',
      'planted.ts:146 has 72 lines',
    ]);
    expect(tooWide(measured)).toEqual(['planted.ts:74 has 5 parameters']);
  });

  test('no function is longer than 70 lines', () => {
    expect(functions.length).toBeGreaterThan(500);
    expect(tooLong(functions)).toEqual([]);
  });

  test('no function takes more than four parameters by position', () => {
    expect(tooWide(functions)).toEqual([]);
  });

  test('no file is longer than 400 lines', () => {
    const long = listFiles(...OURS)
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.generated.ts'))
      .map((path) => ({ path, lines: linesOf(readText(path)) }))
      .filter(({ lines }) => lines > FILE_LINES_MAX)
      .map(({ path, lines }) => `${path} has ${lines} lines`);
    expect(long).toEqual([]);
  });

  test('no handler is longer than 30 lines', () => {
    const handlers = listFiles('functions').filter((path) =>
      /export (async )?function handler\b/.test(readText(path)),
    );
    expect(handlers).toEqual(
      expect.arrayContaining(['functions/apply.ts', 'functions/pull.ts', 'functions/webhook.ts']),
    );
    expect(handlers.filter((path) => linesOf(readText(path)) > HANDLER_LINES_MAX)).toEqual([]);
  });
});
