/** Four suites: `unit` is pure and quick; `pg` needs a Postgres; `stack` synthesizes; `e2e` runs the sandbox. */
const shared = {
  testEnvironment: 'node',
  transform: { '^.+\\.[cm]?[jt]s$': ['@swc/jest', swc()] },
  transformIgnorePatterns: ['/node_modules/'],
};

function swc() {
  return {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  };
}

const project = (displayName, testMatch, more = {}) => ({
  ...shared,
  displayName,
  testMatch: testMatch.map((glob) => `<rootDir>/test/${glob}`),
  ...more,
});

export default {
  projects: [
    project('unit', ['{engine,flow,config,connectors,crm,state,local,functions,house}/**/*.test.ts']),
    project('pg', ['pg/**/*.test.ts']),
    project('contract', ['contract/**/*.test.ts']),
    project('stack', ['stack/**/*.test.ts']),
    project('e2e', ['e2e/**/*.test.ts']),
  ],
};
