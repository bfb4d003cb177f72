/** Names: a stranger finds things by them. */
import { basename } from 'node:path';
import { listFiles, listSources, readText } from './source-tree.ts';

/** Drawers: a file so named takes anything, and soon holds everything. */
const DRAWERS = /^(utils?|helpers?|managers?|commons?|misc|shared)$/;
/** Names of the vendors' own products. */
const PRODUCTS = ['secrets-manager'];
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*\.ts$/;

/** The same files in each connector, so that who knows one knows all. */
const CONNECTOR_FILES = [
  'client.ts',
  'config.ts',
  'failures.ts',
  'index.ts',
  'mapping.ts',
  'pull.ts',
  'push.ts',
  'webhook.ts',
  'wire.ts',
];

const isDrawer = (path: string): boolean =>
  path
    .split('/')
    .map((part) => PRODUCTS.reduce((rest, product) => rest.replace(product, ''), part))
    .some((part) => part.split(/[-.]/).some((word) => DRAWERS.test(word)));

describe('names', () => {
  const files = listFiles(
    'bench',
    'bin',
    'chaos',
    'examples',
    'lib',
    'functions',
    'fuzz',
    'simulate',
    'test',
  ).filter((path) => path.endsWith('.ts'));

  test('files have kebab-case names', () => {
    expect(files.length).toBeGreaterThan(200);
    expect(files.filter((path) => !KEBAB.test(basename(path)))).toEqual([]);
  });

  test('no file or folder is a drawer', () => {
    expect(['lib/utils/a.ts', 'lib/crm/row-helper.ts', 'lib/a.ts'].map(isDrawer)).toEqual([
      true,
      true,
      false,
    ]);
    expect(files.filter(isDrawer)).toEqual([]);
  });

  /** What the registry offers to configurations; a folder that is not in it is still being built. */
  const registered = [
    ...readText('lib/connectors/registry.ts').matchAll(/from '\.\/(\w+)\/index\.ts'/g),
  ].map(([, name = '']) => name);

  test('every connector has the same files', () => {
    expect(registered).toContain('mailchimp');
    for (const connector of registered) {
      const folder = `lib/connectors/${connector}/`;
      const names = listFiles(folder.slice(0, -1)).map((path) => path.replace(folder, ''));
      expect(names).toEqual(expect.arrayContaining(CONNECTOR_FILES));
    }
  });

  test('every connector is tried by the conformance suite', () => {
    const harnesses = listFiles('test/contract/harnesses');
    const missing = registered.filter(
      (name) => !harnesses.includes(`test/contract/harnesses/${name}.ts`),
    );
    expect(missing).toEqual([]);
  });

  test('a connector that is not registered is used by nobody', () => {
    const users = listSources('bin', 'lib', 'functions').flatMap(({ path, text }) =>
      [...text.matchAll(/connectors\/(\w+)\//g)]
        .map(([, name = '']) => name)
        .filter((name) => !registered.includes(name) && !path.includes(`connectors/${name}/`))
        .map((name) => `${path} uses ${name}`),
    );
    expect(users).toEqual([]);
  });

  test('exports have names; only a configuration is a default export', () => {
    const anonymous = listSources('bench', 'bin', 'lib', 'functions')
      .filter(({ program }) =>
        (program['body'] as readonly { readonly type: string }[]).some(({ type }) =>
          type.startsWith('ExportDefault'),
        ),
      )
      .map(({ path }) => path)
      .filter((path) => !path.endsWith('.config.ts'));
    expect(anonymous).toEqual([]);
  });

  test('every file of ours says its one idea before anything else', () => {
    const silent = listSources(
      'bench',
      'bin',
      'chaos',
      'examples',
      'lib',
      'functions',
      'test/house',
      'test/support',
    )
      .filter(({ text }) => !/^(#!.*\n)?\/\*\*/.test(text))
      .map(({ path }) => path);
    expect(silent).toEqual([]);
  });
});
