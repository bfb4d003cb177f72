/**
 * Which folder may know which. The arrows point one way: engine ← ports ← flow ← functions; the ends
 * (connectors, crm, state, queue) know ports and engine; nothing that runs in the cloud knows lib/local.
 */
import { posix } from 'node:path';
import { listSources, parseSource, walk } from './source-tree.ts';
import type { Source, SyntaxNode } from './source-tree.ts';

/** What a folder may import besides itself: folders, or one file of a folder. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'lib/engine': [],
  'lib/ports': ['lib/engine'],
  'lib/config': [
    'lib/engine',
    'lib/ports',
    'lib/connectors/dialpad/config.ts',
    'lib/connectors/mailchimp/config.ts',
    'lib/connectors/meta/config.ts',
  ],
  'lib/flow': ['lib/engine', 'lib/ports', 'lib/config/model.ts'],
  'lib/connectors': ['lib/engine', 'lib/ports', 'lib/config/model.ts'],
  // Whoever shares an identifier is spared by the flow's own rule.
  'lib/conformance': ['lib/engine', 'lib/ports', 'lib/flow/ledger-holders.ts'],
  'lib/crm': ['lib/engine', 'lib/ports'],
  'lib/state': ['lib/engine', 'lib/ports'],
  'lib/queue': ['lib/engine', 'lib/ports'],
  'lib/plan': ['lib/engine', 'lib/ports', 'lib/config/model.ts', 'lib/flow'],
  'lib/stack': ['lib/config'],
  'lib/local': [
    'lib/config',
    'lib/connectors/dialpad/config.ts',
    'lib/connectors/mailchimp/config.ts',
    'lib/connectors/meta/config.ts',
    'lib/crm',
    'lib/engine',
    'lib/flow',
    'lib/ports',
    'lib/state',
  ],
  'lib/cli': [
    'lib/config',
    'lib/connectors',
    'lib/crm',
    'lib/engine',
    'lib/flow',
    'lib/local',
    'lib/plan',
    'lib/ports',
    'lib/queue',
    'lib/state',
  ],
  functions: [
    'lib/config',
    'lib/connectors',
    'lib/crm',
    'lib/engine',
    'lib/flow',
    'lib/ports',
    'lib/queue',
    'lib/state',
  ],
  bin: ['lib/cli', 'lib/stack', 'lib/config/lend-trivet.ts'],
  // Nothing imports the bench; it looks at everything from outside.
  bench: [
    'lib/config',
    'lib/connectors',
    'lib/crm',
    'lib/engine',
    'lib/flow',
    'lib/local',
    'lib/ports',
    'lib/state',
  ],
  // It asks the function itself, and judges by what came of it.
  fuzz: ['functions', 'lib/config', 'lib/local', 'lib/queue', 'simulate/trial.ts'],
  // It sees the sandbox as the e2e tests do.
  chaos: ['lib/local', 'simulate/trial.ts', 'test'],
  // Its worlds are those of the flow's tests.
  simulate: ['lib/engine', 'lib/flow', 'lib/ports', 'test'],
};

/** Which folders may use which package. A package that is not here needs a decision. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@aws-lambda-powertools/logger': ['functions'],
  '@aws-lambda-powertools/metrics': ['functions'],
  '@aws-sdk/client-cloudformation': ['lib/cli'],
  '@aws-sdk/client-dynamodb': ['bench', 'functions', 'lib/cli', 'lib/local', 'lib/state'],
  '@aws-sdk/client-secrets-manager': ['functions', 'lib/cli'],
  '@aws-sdk/client-sqs': ['functions', 'lib/cli', 'lib/local', 'lib/queue'],
  'aws-cdk-lib': ['lib/stack'],
  // Types alone.
  'aws-lambda': ['functions', 'lib/queue'],
  'cdk-nag': ['lib/stack'],
  commander: ['bin', 'lib/cli'],
  constructs: ['lib/stack'],
  'json-schema-to-typescript': ['lib/connectors'],
  'libphonenumber-js': ['lib/engine'],
  pg: ['bench', 'lib/crm', 'lib/local'],
  zod: ['lib/config', 'lib/connectors', 'lib/local', 'lib/queue', 'lib/stack'],
};

interface Import {
  readonly from: string;
  readonly place: string;
  readonly specifier: string;
  /** Repository path of a relative import, null for packages. */
  readonly target: string | null;
  readonly isTypeOnly: boolean;
}

function importsOf(source: Source): readonly Import[] {
  const found: Import[] = [];
  walk(source.program, (node) => {
    const specifier = specifierOf(node);
    if (specifier === null) return;
    const isRelative = specifier.startsWith('.');
    found.push({
      from: source.path,
      place: `${source.path} imports ${specifier}`,
      specifier,
      target: isRelative ? posix.join(posix.dirname(source.path), specifier) : null,
      isTypeOnly: node['typeOnly'] === true || node.type === 'TsImportType',
    });
  });
  return found;
}

function specifierOf(node: SyntaxNode): string | null {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      return valueOf(node['source']);
    case 'TsImportType':
      return valueOf(node['argument']);
    case 'CallExpression': {
      const { type } = node['callee'] as SyntaxNode;
      const [first] = node['arguments'] as readonly { readonly expression: unknown }[];
      return type === 'Import' ? valueOf(first?.expression) : null;
    }
    default:
      return null;
  }
}

const valueOf = (literal: unknown): string | null => {
  const value = (literal as { readonly value?: unknown } | null | undefined)?.value;
  return typeof value === 'string' ? value : null;
};

const folderOf = (path: string): string =>
  path.startsWith('lib/') ? path.split('/').slice(0, 2).join('/') : (path.split('/')[0] ?? '');

function isAllowed({ from, target, specifier }: Import): boolean {
  const folder = folderOf(from);
  if (target !== null) {
    const known = ARROWS[folder] ?? [];
    return (
      folderOf(target) === folder || known.includes(folderOf(target)) || known.includes(target)
    );
  }
  if (specifier.startsWith('node:')) return !['lib/engine', 'lib/ports'].includes(folder);
  if (specifier === 'trivet-config') return folder === 'functions';
  const name = Object.keys(PACKAGES).find((each) => `${specifier}/`.startsWith(`${each}/`));
  return PACKAGES[name ?? '']?.includes(folder) === true;
}

/** The first circle among imports that exist at run time, as a path; null when there is none. */
function findCircle(imports: readonly Import[]): string | null {
  const next = new Map<string, string[]>();
  for (const { from, target, isTypeOnly } of imports) {
    if (target !== null && !isTypeOnly) next.set(from, [...(next.get(from) ?? []), target]);
  }
  const finished = new Set<string>();
  const search = (file: string, trail: readonly string[]): string | null => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file].join(' → ');
    if (finished.has(file)) return null;
    for (const target of next.get(file) ?? []) {
      const circle = search(target, [...trail, file]);
      if (circle !== null) return circle;
    }
    finished.add(file);
    return null;
  };
  return [...next.keys()].map((file) => search(file, [])).find((circle) => circle !== null) ?? null;
}

describe('imports', () => {
  const imports = listSources(
    'bench',
    'bin',
    'lib',
    'functions',
    'fuzz',
    'chaos',
    'simulate',
  ).flatMap(importsOf);

  test('every form of import is seen', () => {
    const planted = parseSource(
      'lib/engine/planted.ts',
      `import a, { type B } from '../flow/a.ts'; import type { C } from './c.ts';
       export * from 'zod'; export { d } from 'node:fs'; type E = import('./e.ts').E;
       const f = () => import('../local/f.ts');`,
    );
    expect(importsOf(planted).map(({ specifier }) => specifier)).toEqual([
      '../flow/a.ts',
      './c.ts',
      'zod',
      'node:fs',
      './e.ts',
      '../local/f.ts',
    ]);
    expect(
      importsOf(planted)
        .filter((each) => !isAllowed(each))
        .map(({ specifier }) => specifier),
    ).toEqual(['../flow/a.ts', 'zod', 'node:fs', '../local/f.ts']);
  });

  test('imports follow the arrows', () => {
    expect(imports.length).toBeGreaterThan(300);
    expect(imports.filter((each) => !isAllowed(each)).map(({ place }) => place)).toEqual([]);
  });

  test('of the configuration, flow and connectors know types alone', () => {
    const outsiders = ['lib/flow', 'lib/connectors'];
    const known = imports.filter(
      ({ from, target }) =>
        outsiders.includes(folderOf(from)) && folderOf(target ?? '') === 'lib/config',
    );
    expect(known.filter(({ isTypeOnly }) => !isTypeOnly).map(({ place }) => place)).toEqual([]);
  });

  test('a simulated app imports nothing of ours, or it would share our mistakes', () => {
    const homeOf = (path: string): string => path.split('/').slice(0, 3).join('/');
    const simulation = 'lib/local/simulation';
    const apps = ['lib/local/dialpad', 'lib/local/mailchimp', 'lib/local/meta'];
    const simulated = imports.filter(({ from }) => [simulation, ...apps].includes(homeOf(from)));
    expect([...new Set(simulated.map(({ from }) => homeOf(from)))].toSorted()).toEqual(
      [...apps, simulation].toSorted(),
    );
    const ours = simulated.filter(
      ({ from, target }) => target !== null && ![homeOf(from), simulation].includes(homeOf(target)),
    );
    expect(ours.map(({ place }) => place)).toEqual([]);
  });

  test('a circle is found, and there is none', () => {
    const edge = (from: string, target: string): Import => ({
      from,
      target,
      place: '',
      specifier: target,
      isTypeOnly: false,
    });
    expect(findCircle([edge('a', 'b'), edge('b', 'c'), edge('c', 'b')])).toBe('b → c → b');
    expect(findCircle(imports)).toBeNull();
  });

  test('relative imports carry their extension', () => {
    expect(imports.filter(({ target }) => target !== null && !target.endsWith('.ts'))).toEqual([]);
  });
});
