/** Dependencies: pinned, used, and from wherever the machine's registry is. */
import { listFiles, readText } from './source-tree.ts';

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

/** Programs and types, which nobody imports by name: who uses them instead. */
const USED_OTHERWISE: Readonly<Record<string, string>> = {
  '@biomejs/biome': 'package.json',
  '@swc/jest': 'jest.config.mjs',
  '@types/aws-lambda': 'functions/pull.ts',
  '@types/jest': 'tsconfig.json',
  '@types/node': 'tsconfig.json',
  '@types/pg': 'lib/crm/connect.ts',
  'aws-cdk': 'package.json',
  esbuild: 'lib/stack/trivet-function.ts',
  jest: 'package.json',
  oxlint: 'package.json',
  'oxlint-tsgolint': '.oxlintrc.json',
  typescript: 'package.json',
};

const manifest = JSON.parse(readText('package.json')) as Manifest;
const required = { ...manifest.dependencies, ...manifest.devDependencies };

describe('packages', () => {
  test('every version is pinned', () => {
    const all = Object.entries({ ...required, ...manifest.optionalDependencies });
    expect(all.length).toBeGreaterThan(20);
    const loose = all.filter(([, version]) => !/^(npm:.+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
    expect(loose).toEqual([]);
  });

  test('every dependency is used', () => {
    const sources = listFiles('bench', 'bin', 'lib', 'functions', 'test')
      .filter((path) => path.endsWith('.ts'))
      .map(readText);
    const unused = Object.keys(required).filter(
      (name) =>
        USED_OTHERWISE[name] === undefined &&
        !sources.some((text) => new RegExp(`['"]${name}(/[^'"]*)?['"]`).test(text)),
    );
    expect(unused).toEqual([]);
    expect(Object.keys(USED_OTHERWISE).filter((name) => required[name] === undefined)).toEqual([]);
  });

  test('what runs or synthesizes Trivet is no development tool', () => {
    const sources = listFiles('bin', 'lib', 'functions')
      .filter((path) => path.endsWith('.ts') && path !== 'lib/connectors/openapi-types.ts')
      .map(readText);
    const misplaced = Object.keys(manifest.devDependencies).filter((name) =>
      sources.some((text) => text.includes(`from '${name}'`) || text.includes(`from '${name}/`)),
    );
    expect(misplaced).toEqual([]);
  });

  test('the lockfile has every platform’s tools, or npm ci refuses it', () => {
    const { packages } = JSON.parse(readText('package-lock.json')) as {
      packages: Record<string, Partial<Manifest>>;
    };
    const missing = Object.values(packages)
      .flatMap(({ optionalDependencies }) => Object.entries(optionalDependencies ?? {}))
      .filter(([name, version]) => /^\d/.test(version) && !(`node_modules/${name}` in packages));
    expect({ missing, remedy: 'node .ci/complete-lockfile.mjs' }).toMatchObject({ missing: [] });
  });

  test('the lockfile names no registry and is in step with package.json', () => {
    const lock = JSON.parse(readText('package-lock.json')) as {
      packages: Record<string, Partial<Manifest> & { resolved?: string }>;
    };
    const located = Object.values(lock.packages).filter(({ resolved }) => resolved !== undefined);
    expect(located).toEqual([]);
    const { dependencies, devDependencies, optionalDependencies } = lock.packages[''] ?? {};
    expect({ dependencies, devDependencies, optionalDependencies }).toEqual({
      dependencies: manifest.dependencies,
      devDependencies: manifest.devDependencies,
      optionalDependencies: manifest.optionalDependencies,
    });
  });
});
