/**
 * The four Secrets Manager operations that Trivet and its users need. With a data directory the
 * secrets lie in one file there, readable by its owner only.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AwsServiceError,
  readText,
  startAwsJsonServer,
  type AwsJsonRequest,
  type JsonObject,
} from './aws-json-server.ts';

export interface SecretsManagerOptions {
  readonly region: string;
  readonly dataDir?: string;
  readonly port?: number;
}

export interface SecretsManagerServer {
  readonly endpoint: string;
  arnOf(name: string): string;
  read(name: string): string | undefined;
  write(name: string, value: string): void;
  stop(): Promise<void>;
}

interface Secret {
  readonly value: string;
  readonly versionId: string;
  readonly changedAtMs: number;
}

interface SecretStore {
  readonly region: string;
  readonly secrets: Map<string, Secret>;
  save(): void;
}

const accountId = '000000000000';
/** A secret holds at most 64 KiB; JSON may escape each byte of it. */
const bodyBytesMax = 1_048_576;

export async function startSecretsManager(
  options: SecretsManagerOptions,
): Promise<SecretsManagerServer> {
  const store = openStore(options);
  const server = await startAwsJsonServer({
    contentType: 'application/x-amz-json-1.1',
    bodyBytesMax,
    ...(options.port === undefined ? {} : { port: options.port }),
    handle: (request) => operate(store, request),
  });
  return {
    endpoint: server.endpoint,
    arnOf: (name) => arnOf(store, name),
    read: (name) => store.secrets.get(name)?.value,
    write: (name, value) => {
      if (store.secrets.get(name)?.value !== value) put(store, name, value);
    },
    stop: () => server.stop(),
  };
}

function openStore({ region, dataDir }: SecretsManagerOptions): SecretStore {
  const secrets = new Map<string, Secret>();
  if (dataDir === undefined) return { region, secrets, save: () => undefined };
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'secrets.json');
  if (existsSync(path)) {
    const saved = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Secret>;
    for (const [name, secret] of Object.entries(saved)) secrets.set(name, secret);
  }
  const save = (): void => {
    const text = JSON.stringify(Object.fromEntries(secrets));
    // Flushed: a file that a power cut left empty would take every secret along.
    writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true });
    renameSync(`${path}.new`, path);
  };
  return { region, secrets, save };
}

function operate(store: SecretStore, { operation, body }: AwsJsonRequest): JsonObject {
  switch (operation) {
    case 'GetSecretValue': {
      const { name, secret } = requireSecret(store, body);
      requireCurrent(body, secret);
      return { ...identify(store, name, secret), SecretString: secret.value };
    }
    case 'DescribeSecret': {
      const { name, secret } = requireSecret(store, body);
      const versions = { [secret.versionId]: ['AWSCURRENT'] };
      const { ARN, Name } = identify(store, name, secret);
      return {
        ARN,
        Name,
        LastChangedDate: secret.changedAtMs / 1_000,
        VersionIdsToStages: versions,
      };
    }
    case 'PutSecretValue': {
      const { name } = requireSecret(store, body);
      return identify(store, name, put(store, name, requireValue(body)));
    }
    case 'CreateSecret': {
      const name = readText(body, 'Name');
      if (store.secrets.has(name)) {
        throw new AwsServiceError('ResourceExistsException', `The secret ${name} already exists.`);
      }
      return identify(store, name, put(store, name, requireValue(body)));
    }
    default:
      throw new AwsServiceError('UnknownOperationException', `${operation} does not exist here.`);
  }
}

const valueBytesMax = 65_536;

/** Text only: bytes would otherwise be kept as an empty text, and the former value be lost. */
function requireValue(body: JsonObject): string {
  const value = readText(body, 'SecretString');
  const bytes = Buffer.byteLength(value);
  if (bytes > 0 && bytes <= valueBytesMax) return value;
  const reason =
    bytes > 0
      ? `SecretString has ${bytes} bytes; ${valueBytesMax} are allowed.`
      : 'You must provide SecretString; SecretBinary does not exist here.';
  throw new AwsServiceError('InvalidRequestException', reason);
}

/** Former versions are not kept. */
function requireCurrent(body: JsonObject, secret: Secret): void {
  const [stage, version] = [readText(body, 'VersionStage'), readText(body, 'VersionId')];
  const isOther = version !== '' && version !== secret.versionId;
  if (!isOther && (stage === '' || stage === 'AWSCURRENT')) return;
  throw new AwsServiceError(
    'ResourceNotFoundException',
    "Secrets Manager can't find the specified secret value: only the current version is kept here.",
  );
}

function put(store: SecretStore, name: string, value: string): Secret {
  const secret = { value, versionId: randomUUID(), changedAtMs: Date.now() };
  store.secrets.set(name, secret);
  store.save();
  return secret;
}

function identify(store: SecretStore, name: string, secret: Secret): JsonObject {
  return {
    ARN: arnOf(store, name),
    Name: name,
    VersionId: secret.versionId,
    VersionStages: ['AWSCURRENT'],
    CreatedDate: secret.changedAtMs / 1_000,
  };
}

/** The six characters after the name are random on AWS; here they follow from the name. */
function arnOf(store: SecretStore, name: string): string {
  const suffix = createHash('sha256').update(name).digest('hex').slice(0, 6);
  return `arn:aws:secretsmanager:${store.region}:${accountId}:secret:${name}-${suffix}`;
}

/** By name, by ARN, or by the ARN without its random end, as on AWS. */
function requireSecret(store: SecretStore, body: JsonObject): { name: string; secret: Secret } {
  const id = readText(body, 'SecretId');
  for (const [name, secret] of store.secrets) {
    const arn = arnOf(store, name);
    if (id === name || id === arn || id === arn.slice(0, -7)) return { name, secret };
  }
  throw new AwsServiceError(
    'ResourceNotFoundException',
    "Secrets Manager can't find the specified secret.",
  );
}
