/** The one module a user writes, loaded by a process as the commands and the stack load it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const INDEX = join(ROOT, 'lib/config/index.ts');
const LOADER = JSON.stringify(join(ROOT, 'lib/config/user-config.ts'));
const LENDER = JSON.stringify(join(ROOT, 'lib/config/lend-trivet.ts'));
const SCRIPT = `
  await import(${LENDER});
  const { loadUserConfig } = await import(${LOADER});
  await loadUserConfig('trivet.config.ts').then(
    ({ config }) => console.log(config.syncs.map(({ spec }) => spec.name).join()),
    (error) => console.log(error.name + ': ' + error.message),
  );`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trivet-config-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What the process printed. */
function load(code: string, from = INDEX): string {
  const imports = `import { defineTrivet, email, mailchimp, postgres } from '${from}';\n`;
  writeFileSync(join(folder, 'trivet.config.ts'), imports + code);
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', SCRIPT],
    { cwd: folder, encoding: 'utf8' },
  );
  return (stdout + stderr).trim();
}

const config = (field: string): string => `export default defineTrivet({
  crm: postgres({ secret: 'crm' }),
  apps: { news: mailchimp({ audience: 'a1', secret: 'mailchimp' }) },
  syncs: [{ table: 'contacts', key: 'id', app: 'news', match: { email: 'email_address' }, fields: { email: ${field} } }],
});`;

test('is loaded', () => {
  expect(load(config("{ app: 'email_address', type: email(), owner: 'crm' }"))).toBe(
    'contacts-news',
  );
});

test('is loaded where npm init has written that nothing there is a module', () => {
  writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}');
  expect(load(config("{ app: 'email_address', type: email(), owner: 'crm' }"))).toBe(
    'contacts-news',
  );
});

test('is refused by its name, with every problem in a line of its own', () => {
  expect(load(config("{ app: 'email_address', type: email, owner: 'CRM' }"))).toBe(
    `ConfigError: The configuration cannot be used:
  - trivet.config.ts: syncs.0.fields.email.type: found a function; must be a field type such as text() or email(), with its parentheses
  - trivet.config.ts: syncs.0.fields.email.owner: found “CRM”; must be “crm” or “app” or “shared”; did you mean “crm”?`,
  );
});

test('that fails by itself says where', () => {
  expect(load('\nthrow new Error("no country was given");')).toBe(
    'Error: trivet.config.ts cannot be loaded: no country was given (line 3)',
  );
  expect(load('export default 5;')).toBe(
    'Error: trivet.config.ts must end in: export default defineTrivet({ … })',
  );
  expect(load('import "./gone.ts";')).toMatch(
    /^Error: trivet\.config\.ts cannot be loaded: Cannot find module .*gone\.ts/,
  );
});

test('that imports trivet, which is not installed there, is given the one that loads it', () => {
  const own = config("{ app: 'email_address', type: email(), owner: 'crm' }");
  expect(load(own, 'trivet')).toBe('contacts-news');
  expect(load("import 'trivet-of-others';")).toMatch(/Cannot find package 'trivet-of-others'/);
});
