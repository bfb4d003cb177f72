/** Commands on a `.env` and a configuration that are wrong, each in its own way: the words say what and where, and repeat nothing. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT, trivet } from '../support/trivet-command.ts';

const SAMPLE = readFileSync(join(PROJECT_ROOT, 'lib/local/sample/trivet.config.ts'), 'utf8');
const CONFIG = SAMPLE.replace("'../../config/index.ts'", "'trivet'");

/** In every value that is a secret. */
const MARK = 's3cr3t';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trivet-unsaid-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(command: readonly string[], env: string, config = CONFIG): Promise<string> {
  writeFileSync(join(folder, 'trivet.config.ts'), config);
  writeFileSync(join(folder, '.env'), env);
  const { code, stdout, stderr } = await trivet(command, folder);
  expect(code).not.toBe(0);
  return stdout + stderr;
}

const PLAN = ['plan', 'contacts-news'];
const INSTALL = ['install', '--yes'];

describe('what a command says of a secret that is wrong', () => {
  test.each<readonly [string, readonly string[], string, string]>([
    ['an address that is none', PLAN, `CRM_DATABASE_URL=${MARK}`, 'CRM_DATABASE_URL must be'],
    [
      'an address with a blank in it',
      INSTALL,
      `CRM_DATABASE_URL="postgres://trivet:${MARK}@ host/crm"`,
      'CRM_DATABASE_URL must be',
    ],
    [
      'a password with a bare %',
      ['plan', 'contacts-news', '--json'],
      `CRM_DATABASE_URL=postgres://trivet:${MARK}%@127.0.0.1:1/crm`,
      'The CRM’s address in its secret cannot be read',
    ],
    [
      'a database that nobody runs',
      INSTALL,
      `CRM_DATABASE_URL=postgres://trivet:${MARK}@127.0.0.1:1/crm`,
      'refuses connections',
    ],
    [
      'lines that are no variables',
      ['local'],
      `${MARK}\n"${MARK}\n=${MARK}\nTRIVET_DOORBELL_KEY=${MARK}`,
      'TRIVET_DOORBELL_KEY must have at least 16 characters',
    ],
  ])('%s names the trouble and shows nothing', async (_, command, address, words) => {
    const said = await run(command, `${address}\nMAILCHIMP_API_KEY=${MARK}key\n`);
    expect(said.replaceAll(/\s+/g, ' ')).toContain(words);
    expect(said).not.toContain(MARK);
  });

  test('a configuration that is no TypeScript is not shown', async () => {
    const broken = CONFIG.replace("'sandbox/mailchimp'", `'${MARK}' '${MARK}'`);
    const said = await run(PLAN, '', broken);
    expect(said).toMatch(/trivet\.config\.ts cannot be loaded: .*\(line \d+\)/);
    expect(said).not.toContain(MARK);
  });

  test('a configuration that means something else than it may shows no more than the word', async () => {
    const said = await run(
      PLAN,
      '',
      CONFIG.replace("match: { email: 'email_address' }", 'match: {}'),
    );
    expect(said).toContain('syncs.0.match');
    expect(said.split('\n').length).toBeLessThan(10);
  });
});
