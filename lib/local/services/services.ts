/**
 * The services that a stack on this machine runs on: started together, stopped together, and, when
 * a data directory is given, kept in it and resumed from it.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { claimDataDir, type DataDirClaim } from './data-dir-claim.ts';
import { startDynamoDb, type DynamoDbServer } from './dynamodb.ts';
import type { PostgresMajor } from './postgres-binaries.ts';
import { startPostgres, type PostgresServer } from './postgres.ts';
import { startSecretsManager, type SecretsManagerServer } from './secrets-manager.ts';
import { startSqs, type SqsServer } from './sqs/server.ts';

export interface ServicesOptions {
  /** Everything is kept here. Without it everything goes at stop. */
  readonly dataDir?: string;
  /** Who says that the directory is in use: `trivet local`. @default 'trivet' */
  readonly holder?: string;
  /** What is acknowledged survives a crash of the machine, not only of the process. @default false */
  readonly durable?: boolean;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** The Postgres to start; false starts none. @default 18 */
  readonly postgres?: PostgresMajor | false;
}

export interface AwsServices {
  readonly region: string;
  readonly dynamodb: DynamoDbServer;
  readonly sqs: SqsServer;
  readonly secrets: SecretsManagerServer;
}

export interface Services extends AwsServices {
  /** Undefined only when it was not asked for. */
  readonly postgres: PostgresServer | undefined;
  /** The name of the first that ends without having been stopped: nothing works without it. */
  readonly lost: Promise<string>;
  stop(): Promise<void>;
}

export async function startServices(options: ServicesOptions = {}): Promise<Services> {
  const { dataDir, region = 'us-east-1' } = options;
  const claim = await openDataDir(dataDir, options.holder ?? 'trivet');
  const dirFor = (name: string): { dataDir?: string } =>
    dataDir === undefined ? {} : { dataDir: join(dataDir, name) };
  const starting = [
    startDynamoDb(dirFor('dynamodb')),
    startSqs({
      region,
      durable: options.durable ?? false,
      // The claim is ours alone, and the functions of whoever had it before died with it.
      areReceiversGone: true,
      ...dirFor('sqs'),
    }),
    startSecretsManager({ region, ...dirFor('secrets') }),
    options.postgres === false
      ? Promise.resolve(undefined)
      : startPostgres({ ...dirFor('postgres'), major: options.postgres ?? 18 }),
  ] as const;
  const results = await Promise.allSettled(starting);
  let isStopping = false;
  const failed = results.find((result) => result.status === 'rejected');
  const stop = async (): Promise<void> => {
    isStopping = true;
    const started = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    await Promise.all(started.map(async (service) => service?.stop()));
    claim?.release();
  };
  if (failed !== undefined) {
    await stop();
    throw failed.reason as Error;
  }
  const [dynamodb, sqs, secrets, postgres] = await Promise.all(starting);
  for (const child of [dynamodb, postgres]) if (child !== undefined) claim?.addChild(child.pid);
  const lost = new Promise<string>((resolve) => {
    const watch = async (name: string, exited: Promise<unknown> | undefined): Promise<void> => {
      await exited;
      if (exited !== undefined && !isStopping) resolve(name);
    };
    void watch('DynamoDB', dynamodb.exited);
    void watch('Postgres', postgres?.exited);
  });
  return { region, dynamodb, sqs, secrets, postgres, lost, stop };
}

async function openDataDir(
  dataDir: string | undefined,
  holder: string,
): Promise<DataDirClaim | undefined> {
  if (dataDir === undefined) return undefined;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  return claimDataDir(dataDir, holder);
}
