/** What a user types: `npx cdk synth`, without a network or an account, with real bundles. */
import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import type {
  ApplyVariables,
  PullVariables,
  WebhookVariables,
} from '../../lib/config/environment.ts';
import { PROJECT_ROOT } from './fixtures/synthesize.ts';

const FIXTURES = 'test/stack/fixtures';
type Contexts = Readonly<Record<string, string>>;

const BUNDLE_MEGABYTES_MAX = 3;

/** The real functions and config once they are written, else those of the fixtures. */
const real = {
  functions: existsSync(join(PROJECT_ROOT, 'functions/pull.ts')),
  config: existsSync(join(PROJECT_ROOT, 'lib/local/sample/trivet.config.ts')),
};

/** A network namespace of its own has no network at all; where that is not allowed, proxies lead nowhere. */
const hasNamespaces = spawnSync('unshare', ['-rn', 'true']).status === 0;

const environment = {
  PATH: [join(PROJECT_ROOT, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
  HTTPS_PROXY: 'http://127.0.0.1:9',
  AWS_EC2_METADATA_DISABLED: 'true',
  CI: 'true',
};

function synth(outdir: string, contexts: Contexts): SpawnSyncReturns<string> {
  const cdk = [process.execPath, join(PROJECT_ROOT, 'node_modules/aws-cdk/bin/cdk')];
  const chosen = Object.entries(contexts).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = [...cdk, 'synth', '--quiet', '-o', outdir, ...chosen];
  const [program, ...args] = [...(hasNamespaces ? ['unshare', '-rn'] : []), ...command];
  const env = { ...environment, HOME: outdir };
  return spawnSync(String(program), args, { cwd: PROJECT_ROOT, encoding: 'utf8', env });
}

/** The app without the CDK's command line, as the sandbox may run it. */
function synthDirectly(outdir: string, contexts: Contexts): SpawnSyncReturns<string> {
  const env = { ...environment, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(contexts) };
  return spawnSync(process.execPath, ['bin/app.ts'], { cwd: PROJECT_ROOT, encoding: 'utf8', env });
}

describe('npx cdk synth', () => {
  let outdir: string;
  beforeEach(() => {
    outdir = mkdtempSync(join(tmpdir(), 'trivet-synth-'));
  });
  afterEach(() => {
    rmSync(outdir, { recursive: true, force: true });
  });

  test('makes template and bundles without a network, and each bundle loads', () => {
    const contexts = {
      ...(real.functions ? {} : { functions: `${FIXTURES}/functions` }),
      ...(real.config ? {} : { config: `${FIXTURES}/trivet.config.ts` }),
    };
    const { status, stderr } = synth(outdir, contexts);
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    expect(readFileSync(join(outdir, 'Trivet.template.json'), 'utf8')).toContain('nodejs24.x');
    const bundles = readdirSync(outdir).filter((name) => name.startsWith('asset.'));
    expect(bundles).not.toEqual([]);
    for (const bundle of bundles) {
      const file = join(outdir, bundle, 'index.mjs');
      const megabytes = statSync(file).size / 1e6;
      process.stdout.write(`bundle ${bundle.slice(6, 14)}: ${megabytes.toFixed(3)} MB\n`);
      expect(megabytes).toBeLessThan(BUNDLE_MEGABYTES_MAX);
      expect(exportsOf(file)).toContain('handler');
    }
  }, 120_000);

  test("puts the user's config into the bundles, also without the command line", () => {
    const contexts = { functions: `${FIXTURES}/functions`, config: `${FIXTURES}/trivet.config.ts` };
    const { status } = synthDirectly(outdir, contexts);
    expect(status).toBe(0);
    const template = readFileSync(join(outdir, 'Trivet.template.json'), 'utf8');
    expect(template).toContain('"aws:cdk:path": "Trivet/Pull/Pull/Function/Resource"');
    const [bundle] = readdirSync(outdir).filter((name) => name.startsWith('asset.'));
    expect(answerOf(join(outdir, String(bundle), 'index.mjs'))).toEqual({
      syncs: ['contacts-news', 'contacts-shop'],
    });
  }, 120_000);

  test.each([
    [{ config: 'no/such.ts' }, 'There is no config at no/such.ts'],
    [{ config: `${FIXTURES}/synthesize.ts` }, 'must end in: export default defineTrivet('],
    [{ config: `${FIXTURES}/trivet.config.ts`, timeouts: 'long' }, 'cannot be used: timeouts'],
    [{ config: `${FIXTURES}/trivet.config.ts`, installation: 'Main!' }, 'installation must be a-z'],
  ] as const)(
    'refuses %j in words',
    (contexts, words) => {
      const { status, stderr } = synthDirectly(outdir, contexts);
      expect(status).not.toBe(0);
      expect(stderr).toContain(words);
    },
    60_000,
  );
});

const exportsOf = (file: string): unknown => evaluate(file, 'Object.keys(it)');
const answerOf = (file: string): unknown => evaluate(file, 'await it.handler()');

/** What the functions are told on AWS: they refuse to load without it. */
const variables: PullVariables & ApplyVariables & WebhookVariables = {
  INSTALLATION: 'main',
  STATE_TABLE: 'state',
  HISTORY_TABLE: 'history',
  HISTORY_DAYS: '90',
  PULLS_QUEUE_URL: 'https://queue.test/pulls.fifo',
  LANE_QUEUES: '{"contacts-news": "https://queue.test/contacts-news.fifo"}',
  CRM_SECRET: 'crm',
  BRAKES: 'on',
  FUNCTION_DIGESTS: '{"contacts-news": "abc"}',
  APP_SECRETS: '{"news": "mailchimp"}',
  SYNC: 'contacts-news',
  WEBHOOK_SECRET: 'webhooks',
};

/**
 * Loaded by a process of its own, as Lambda does; jest cannot import an ES module. From a file,
 * because `node -e` has a `require` that hides a missing banner.
 */
function evaluate(file: string, expression: string): unknown {
  const probe = join(dirname(file), 'probe.mjs');
  writeFileSync(
    probe,
    `import * as it from './${basename(file)}';\nconsole.log(JSON.stringify(${expression}));\n`,
  );
  const env = { ...variables, AWS_REGION: 'eu-central-1' };
  const out = execFileSync(process.execPath, [probe], { encoding: 'utf8', env });
  return JSON.parse(out);
}
