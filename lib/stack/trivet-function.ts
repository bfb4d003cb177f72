/**
 * One Lambda function as all of ours are: an ESM bundle with everything in it, Node 24 on arm64, a
 * role of its own that can do what it is handed and write its log, and a log that ends.
 */
import { join } from 'node:path';
import type { Duration } from 'aws-cdk-lib';
import { RemovalPolicy } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type BundlingOptions, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledgeVpcWildcards } from './checks.ts';
import { type Placement, PUBLIC } from './network.ts';
import { mayAttachToVpc } from './permissions.ts';

/** Where the code that is bundled lives. */
export interface Sources {
  /** Holds the lockfile and everything bundled. */
  readonly projectRoot: string;
  /** Folder with pull.ts, apply.ts and webhook.ts. */
  readonly functionsDir: string;
  /** The user's config module: what functions get when they import `trivet-config`. */
  readonly configPath: string;
}

export interface TrivetFunctionProps {
  readonly sources: Sources;
  readonly entry: 'pull' | 'apply' | 'webhook';
  readonly description: string;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  readonly statements: readonly PolicyStatement[];
  /** @default outside any VPC */
  readonly placement?: Placement;
  /** Reserved for it, and no more. @default what the account has left */
  readonly concurrency?: number;
  /**
   * Lambda ends chains function → queue → same function after 16 hops unless allowed. Ours are bounded
   * by the engine: a `continue` that has not moved is an error.
   * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
   */
  readonly recursiveLoop: RecursiveLoop;
}

/** SQS gives at most ten messages of a FIFO queue to one invocation. */
const BATCH_SIZE_MAX = 10;

export class TrivetFunction extends Construct {
  readonly function: NodejsFunction;

  constructor(scope: Construct, id: string, props: TrivetFunctionProps) {
    super(scope, id);
    const placement = props.placement ?? PUBLIC;
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = this.createRole(props.statements, placement);
    logGroup.grantWrite(role);
    this.function = new NodejsFunction(this, 'Function', {
      ...placement,
      description: props.description,
      entry: join(props.sources.functionsDir, `${props.entry}.ts`),
      handler: 'handler',
      projectRoot: props.sources.projectRoot,
      depsLockFilePath: join(props.sources.projectRoot, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: props.timeout,
      recursiveLoop: props.recursiveLoop,
      ...(props.concurrency !== undefined && {
        reservedConcurrentExecutions: props.concurrency,
      }),
      environment: { ...props.environment },
      awsSdkConnectionReuse: false,
      role,
      logGroup,
      bundling: bundle(props.sources),
    });
  }

  /** Partial answers: a lane that failed comes back, its neighbours in the batch do not. */
  consume(queue: IQueue): void {
    this.function.addEventSourceMapping('Messages', {
      eventSourceArn: queue.queueArn,
      batchSize: BATCH_SIZE_MAX,
      reportBatchItemFailures: true,
    });
  }

  /** Our own role, because the CDK's brings a managed policy that may write every log of the account. */
  private createRole(statements: readonly PolicyStatement[], placement: Placement): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    for (const statement of statements) role.addToPolicy(statement);
    if (placement.vpc !== undefined) {
      for (const statement of mayAttachToVpc(this)) role.addToPolicy(statement);
      acknowledgeVpcWildcards(role);
    }
    return role;
  }
}

/**
 * Everything in the bundle, the SDK too: it loads faster than the runtime's copy and is the version we
 * tested. The banner gives CommonJS packages (pg) the `require` an ES module lacks.
 */
function bundle({ projectRoot, configPath }: Sources): BundlingOptions {
  return {
    format: OutputFormat.ESM,
    mainFields: ['module', 'main'],
    banner:
      "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    minify: true,
    keepNames: true,
    externalModules: [],
    esbuildArgs: {
      '--alias:trivet-config': configPath,
      // As the commands load it: a configuration anywhere imports 'trivet', installed there or not.
      '--alias:trivet': join(projectRoot, 'lib/config/index.ts'),
    },
  };
}
