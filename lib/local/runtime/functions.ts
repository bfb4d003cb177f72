/** AWS::Lambda::Function: what to run, with which limits, and what it finds in its environment. */
import type { Assembly, Resource } from './assembly.ts';
import { readNumber, readObject, readString, requireString } from './property-readers.ts';
import { checkProperties, refuse, type PropertyRules } from './resource-rules.ts';

export interface FunctionSpec {
  readonly logicalId: string;
  readonly path: string;
  readonly name: string;
  readonly arn: string;
  /** The unpacked bundle. */
  readonly codeDir: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly concurrencyMax: number;
  /** `RecursiveLoop: Allow`. */
  readonly mayLoop: boolean;
  readonly declaredEnvironment: Readonly<Record<string, string>>;
  /** All that its process finds, as on AWS: nothing of ours leaks in. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface FunctionSurroundings {
  readonly region: string;
  readonly accountId: string;
  readonly endpoints: Readonly<Record<'SQS' | 'DYNAMODB' | 'SECRETS_MANAGER', string>>;
}

const rules: PropertyRules = {
  done: [
    'Code',
    'Environment',
    'FunctionName',
    'Handler',
    'MemorySize',
    'RecursiveLoop',
    'ReservedConcurrentExecutions',
    'Runtime',
    'Timeout',
  ],
  leftOut: {
    Architectures: 'the bundle is JavaScript; it runs on the architecture at hand',
    Description: 'for people',
    EphemeralStorage: 'the temporary directory of this machine has no quota',
    LoggingConfig: 'logs go to the callback of the runtime',
    Role: 'every call is allowed here',
    Tags: 'for people',
    TracingConfig: 'there is no X-Ray here',
    VpcConfig: 'there is one network here',
  },
};

/** Lambda would start up to a thousand; this machine should survive a storm of webhooks. */
const concurrencyUsual = 10;

export function declareFunction(
  resource: Resource,
  assembly: Assembly,
  name: string,
  around: FunctionSurroundings,
): FunctionSpec {
  checkProperties(resource, rules);
  const runtime = requireString(resource, 'Runtime');
  if (!runtime.startsWith('nodejs'))
    throw refuse(resource, 'Runtime', `${runtime} cannot run here`);
  const variables = readObject(resource, 'Environment')['Variables'] ?? {};
  const declared = variables as Readonly<Record<string, string>>;
  checkVariables(resource, declared);
  const memoryMb = readWithin(resource, 'MemorySize', [128, 10_240]) ?? 128;
  const codeDir = findCode(resource, assembly);
  const handler = requireString(resource, 'Handler');
  return {
    logicalId: resource.logicalId,
    path: resource.path,
    name,
    arn: `arn:aws:lambda:${around.region}:${around.accountId}:function:${name}`,
    codeDir,
    timeoutMs: (readWithin(resource, 'Timeout', [1, 900]) ?? 3) * 1_000,
    memoryMb,
    concurrencyMax:
      readWithin(resource, 'ReservedConcurrentExecutions', [1, 1_000]) ?? concurrencyUsual,
    mayLoop: readString(resource, 'RecursiveLoop') === 'Allow',
    declaredEnvironment: declared,
    environment: {
      ...reserved({ name, handler, runtime, memoryMb, codeDir }, around),
      ...declared,
    },
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html; a concurrency of 0 would stop the function. */
function readWithin(
  resource: Resource,
  name: string,
  [least, most]: readonly [least: number, most: number],
): number | undefined {
  const value = readNumber(resource, name);
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) {
    return value;
  }
  throw refuse(resource, name, `must be between ${least} and ${most}`);
}

const variableBytesMax = 4_096;
const reservedNames =
  /^(_HANDLER|_X_AMZN_TRACE_ID|LAMBDA_(TASK_ROOT|RUNTIME_DIR)|AWS_(REGION|DEFAULT_REGION|EXECUTION_ENV|ACCESS_KEY|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|LAMBDA_.+))$/;

/** Lambda refuses both: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
function checkVariables(resource: Resource, variables: Readonly<Record<string, string>>): void {
  const reservedName = Object.keys(variables).find((name) => reservedNames.test(name));
  if (reservedName !== undefined) {
    throw refuse(resource, `Environment.Variables.${reservedName}`, 'is reserved by Lambda');
  }
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  if (bytes <= variableBytesMax) return;
  throw refuse(resource, 'Environment', `has ${bytes} bytes; Lambda takes ${variableBytesMax}`);
}

function findCode(resource: Resource, assembly: Assembly): string {
  const key = readObject(resource, 'Code')['S3Key'];
  const dir = typeof key === 'string' ? assembly.assetDirs.get(key) : undefined;
  if (dir !== undefined) return dir;
  throw refuse(resource, 'Code', 'must be a file asset of this assembly');
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
function reserved(
  about: { name: string; handler: string; runtime: string; memoryMb: number; codeDir: string },
  around: FunctionSurroundings,
): Record<string, string> {
  const endpoints = Object.entries(around.endpoints).map(
    ([service, url]) => [`AWS_ENDPOINT_URL_${service}`, url] as const,
  );
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    _HANDLER: about.handler,
    LAMBDA_TASK_ROOT: about.codeDir,
    AWS_REGION: around.region,
    AWS_DEFAULT_REGION: around.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${about.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: about.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(about.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${about.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    // Any will do: the emulators check none.
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: 'local',
    ...Object.fromEntries(endpoints),
  };
}
