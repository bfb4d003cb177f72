/**
 * A stack on AWS as a target. Its outputs name everything; credentials and region are found as every AWS tool
 * finds them (environment, profile, instance), and what may be done is theirs to say.
 */
import { resolve } from 'node:path';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import type { TrivetConfig } from '../config/model.ts';
import { parseStackOutputs, type StackOutputs } from '../config/stack-outputs.ts';
import { loadUserConfig } from '../config/user-config.ts';
import { explainAws, type AwsPlace } from './aws-failure.ts';
import { noTarget, wrongUsage } from './failure.ts';
import { openStack } from './stack-target.ts';
import type { Target } from './target.ts';
import type { TargetOptions } from './with-target.ts';

const STACK_DEFAULT = 'trivet-main';
const CONFIG_DEFAULT = 'trivet.config.ts';

type AwsOptions = Pick<TargetOptions, 'stack' | 'profile' | 'region' | 'config'>;

export async function openAwsTarget(options: AwsOptions): Promise<Target> {
  const config = await loadDeployedConfig(options.config ?? CONFIG_DEFAULT);
  const choices = {
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
  };
  const stackName = options.stack ?? STACK_DEFAULT;
  const stack = await describeStack(stackName, choices);
  const outputs = requireOutputs(stackName, stack);
  requireDeployed(config, outputs, stackName);
  const { account, region } = placeOf(stack);
  return openStack({
    mode: 'aws',
    name: `${account} ${region} ${stackName}`,
    config,
    outputs,
    clients: { ...choices, region },
    isRunning: true,
    endpoint: outputs.Endpoint.replace(/\/$/, ''),
  });
}

async function loadDeployedConfig(file: string): Promise<TrivetConfig> {
  try {
    return (await loadUserConfig(resolve(file))).config;
  } catch (error) {
    // An error in the file is the file's; that there is none is the command line's.
    if (error instanceof Error && error.message.startsWith('There is no config')) {
      throw wrongUsage(
        `There is no ${file}. Name the configuration that is deployed: --config FILE`,
      );
    }
    throw error;
  }
}

async function describeStack(
  StackName: string,
  choices: { readonly region?: string; readonly profile?: string },
): Promise<Stack> {
  const place: AwsPlace = { name: StackName };
  const client = new CloudFormationClient(choices);
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
    const [stack] = Stacks ?? [];
    if (stack === undefined)
      throw noTarget(`There is no stack ${StackName} in this account and region.`);
    return stack;
  } catch (error) {
    throw explainAws(error, place);
  } finally {
    client.destroy();
  }
}

function requireOutputs(name: string, stack: Stack): StackOutputs {
  const texts = (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [
    OutputKey,
    OutputValue,
  ]);
  const parsed = parseStackOutputs(Object.fromEntries(texts) as Record<string, string>);
  if (parsed.ok) return parsed.outputs;
  throw noTarget(
    `The stack ${name} (${stack.StackStatus ?? 'of unknown state'}) is no Trivet that this version can talk to: it has no usable output ${parsed.wrong.join(', ')}. Deploy it again, or name another with --stack.`,
  );
}

/** A sync of the file that is not in the stack would be read as one that has no records. */
function requireDeployed(config: TrivetConfig, { LaneQueues }: StackOutputs, stack: string): void {
  const missing = config.syncs.map(({ spec }) => spec.name).filter((name) => !(name in LaneQueues));
  if (missing.length === 0) return;
  const deployed = Object.keys(LaneQueues).join(', ') || 'none';
  throw wrongUsage(
    `The configuration has ${missing.join(', ')}, but the stack ${stack} has ${deployed}. Deploy it first, or name the configuration that is deployed: --config FILE`,
  );
}

/** `arn:aws:cloudformation:<region>:<account>:stack/<name>/<id>` */
function placeOf({ StackId = '' }: Stack): { readonly account: string; readonly region: string } {
  const [, , , region = '', account = ''] = StackId.split(':');
  return { account, region };
}
