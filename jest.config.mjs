import { join } from 'node:path';

/**
 * Seven suites, from quick to slow, and in this order (test/support/suite-order.ts):
 * `checks` format, lint and types; `unit` no network; `simulate` whole syncs in memory and requests to the webhook function, by seeds;
 * `contract` the simulated apps and the connectors against them; `pg` a real Postgres; `stack` synthesis, template runner, state tables; `e2e` the sandbox.
 */

/** Tests start hundreds of processes of ours: compiled once, each is there in half the time. They inherit it from here. */
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/compiled');

const swc = {
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  module: { type: 'commonjs' },
};

/** `setup` is where a suite's time limit is: Jest knows one for all, and setup files may change it. */
const project = (displayName, folders, limit) => ({
  displayName,
  testEnvironment: 'node',
  testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
  transform: { '^.+\\.[cm]?[jt]s$': ['@swc/jest', swc] },
  transformIgnorePatterns: ['/node_modules/'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.trivet'],
  setupFilesAfterEnv: [`<rootDir>/test/support/limits/${limit}.ts`],
});

const UNIT = [
  'bench',
  'chaos',
  'engine',
  'flow',
  'config',
  'connectors',
  'crm',
  'state',
  'queue',
  'local',
  'plan',
  'functions',
  'cli',
  'house',
];

export default {
  // Two cores are what the smallest machines have. Of a sandbox's file two thirds are waiting: three of them keep both busy.
  maxWorkers: 3,
  reporters: ['default', '<rootDir>/test/support/summary-reporter.ts'],
  testSequencer: '<rootDir>/test/support/suite-order.ts',
  projects: [
    project('checks', ['checks'], 'two-minutes'),
    project('unit', UNIT, 'one-minute'),
    project('simulate', ['simulate', 'fuzz'], 'two-minutes'),
    project('contract', ['contract'], 'two-minutes'),
    project('pg', ['pg'], 'two-minutes'),
    project('stack', ['stack'], 'two-minutes'),
    project('e2e', ['e2e'], 'three-minutes'),
  ],
};
