/**
 * A stack on AWS as the command line meets it: the real SDK, its real choice of credentials and endpoints, and behind
 * them the sandbox’s services. CloudFormation alone is a stub.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStack, type RunningStack } from '../../lib/local/running-stack.ts';
import { startCloudFormation, type CloudFormationStub } from './cloudformation-stub.ts';
import { openSandbox, type SandboxUnderTest } from './sandbox.ts';
import { PROJECT_ROOT, runTrivet, type Ran } from './trivet-process.ts';

export const STACK = 'trivet-production';
export const TARGET = `123456789012 eu-central-1 ${STACK}`;

export interface AwsStack {
  readonly sandbox: SandboxUnderTest;
  readonly cloudFormation: CloudFormationStub;
  /** Holds the AWS tools’ files; for a test’s own as well. */
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** The options that name it. */
  readonly place: readonly string[];
  run(...args: string[]): Promise<Ran>;
  /** What a command that must succeed answers, and it says from where. */
  json(...args: string[]): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** Settled once. */
export async function openAwsStack(args: readonly string[], config: string): Promise<AwsStack> {
  const sandbox = await openSandbox([...args, '--config', config]);
  await sandbox.settle();
  const { aws, outputs } = runningStack(sandbox);
  const cloudFormation = await startCloudFormation(STACK, outputs);
  const home = mkdtempSync(join(tmpdir(), 'trivet-aws-'));
  const env = { ...accountFiles(home), ...endpointsOf(aws, cloudFormation) };
  const place = ['--stack', STACK, '--profile', 'production', '--config', config];
  const run = (...command: string[]): Promise<Ran> => runTrivet([...command, ...place], { env });
  return {
    sandbox,
    cloudFormation,
    home,
    env,
    place,
    run,
    json: async (...command) => {
      const ran = await run(...command, '--json');
      expect({ command, ...ran }).toMatchObject({ code: 0, stderr: '' });
      const told = JSON.parse(ran.stdout) as Record<string, unknown>;
      expect(told).toMatchObject({ mode: 'aws', target: TARGET });
      return told;
    },
    stop: async () => {
      cloudFormation.stop();
      await sandbox.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The file by which the sandbox tells where its services are. */
function runningStack(sandbox: SandboxUnderTest): RunningStack {
  const folder = join(PROJECT_ROOT, '.trivet/running');
  for (const name of readdirSync(folder)) {
    const read = readStack(join(folder, name));
    if (read.kind === 'running' && read.stack.control === sandbox.description.control)
      return read.stack;
  }
  throw new Error('the sandbox tells nobody where it is');
}

function accountFiles(home: string): NodeJS.ProcessEnv {
  const [config, credentials] = [join(home, 'config'), join(home, 'credentials')];
  writeFileSync(
    config,
    '[profile production]\nregion = eu-central-1\n[profile nowhere]\naws_access_key_id = other\naws_secret_access_key = other\n',
  );
  writeFileSync(
    credentials,
    '[production]\naws_access_key_id = AKIAPRODUCTION\naws_secret_access_key = secret\n',
  );
  return {
    // Whatever the machine’s own account is, it is not asked.
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_REGION: undefined,
    AWS_DEFAULT_REGION: undefined,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: credentials,
  };
}

const endpointsOf = (
  aws: RunningStack['aws'],
  { endpoint }: CloudFormationStub,
): NodeJS.ProcessEnv => ({
  AWS_ENDPOINT_URL_CLOUDFORMATION: endpoint,
  AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodb,
  AWS_ENDPOINT_URL_SQS: aws.sqs,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.secretsManager,
});
