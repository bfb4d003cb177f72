/** Names: a stranger finds things by them. */
import { basename } from 'node:path';
import { listFiles, listSources } from './source-tree.ts';

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
  const files = listFiles('bin', 'lib', 'functions', 'test').filter((path) => path.endsWith('.ts'));

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

  test('every connector has the same files', () => {
    const inFolders = listFiles('lib/connectors').filter((path) => path.split('/').length > 3);
    const connectors = [...new Set(inFolders.map((path) => path.split('/')[2]))];
    expect(connectors).toContain('mailchimp');
    for (const connector of connectors) {
      const names = inFolders.map((path) => path.replace(`lib/connectors/${connector}/`, ''));
      expect(names).toEqual(expect.arrayContaining(CONNECTOR_FILES));
    }
  });

  test('exports have names; only a configuration is a default export', () => {
    const anonymous = listSources('bin', 'lib', 'functions')
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
    const silent = listSources('bin', 'lib', 'functions', 'test/house', 'test/support')
      .filter(({ text }) => !/^(#!.*\n)?\/\*\*/.test(text))
      .map(({ path }) => path);
    expect(silent).toEqual([]);
  });
});
