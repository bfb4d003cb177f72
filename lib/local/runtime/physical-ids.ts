/**
 * What each resource is called and what its attributes are, before anything exists. They follow from
 * the template alone (and the ports of this run), so a redeploy onto kept data finds its tables and
 * queues again, and circular references resolve.
 */
import { createHash } from 'node:crypto';
import type { Assembly, Resource } from './assembly.ts';
import { resolveValue, type Names } from './intrinsics.ts';
import { isLeftOut, placeOf } from './resource-rules.ts';

/** Facts about this run that names contain. */
export interface Surroundings {
  readonly region: string;
  readonly accountId: string;
  queueUrl(queueName: string): string;
  secretArn(secretName: string): string;
  /** Where an HTTP API of that logical id listens. */
  apiUrl(logicalId: string): string;
}

interface PhysicalId {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Functions have the shortest limit of all named resources, so one limit serves them all. */
const nameLengthMax = 64;

export function createNames(assembly: Assembly, around: Surroundings): Names {
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': around.accountId,
    'AWS::Partition': 'aws',
    'AWS::Region': around.region,
    'AWS::StackId': `arn:aws:cloudformation:${around.region}:${around.accountId}:stack/${assembly.stackName}/local`,
    'AWS::StackName': assembly.stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  const known = new Map<string, PhysicalId>();
  const names: Names = {
    ref: (name) => pseudo[name] ?? assembly.parameters[name] ?? known.get(name)?.ref,
    attribute: (logicalId, attribute) => {
      const resource = assembly.resources.find((one) => one.logicalId === logicalId);
      if (resource !== undefined && isLeftOut(resource.type)) return nameLeftOut(resource);
      return known.get(logicalId)?.attributes[attribute];
    },
  };
  for (const resource of assembly.resources) {
    known.set(resource.logicalId, identify(resource, assembly.stackName, around, names));
  }
  return names;
}

/** Roles and the like do not exist here, but others mention them. */
function nameLeftOut(resource: Resource): string {
  return `arn:aws:none:::${resource.logicalId}`;
}

function identify(
  resource: Resource,
  stackName: string,
  around: Surroundings,
  names: Names,
): PhysicalId {
  const { region, accountId } = around;
  const name = nameOf(resource, stackName, names);
  const arn = (service: string, rest: string): string =>
    `arn:aws:${service}:${region}:${accountId}:${rest}`;
  switch (resource.type) {
    case 'AWS::SQS::Queue':
      return {
        ref: around.queueUrl(name),
        attributes: { Arn: arn('sqs', name), QueueName: name, QueueUrl: around.queueUrl(name) },
      };
    case 'AWS::DynamoDB::Table':
      return { ref: name, attributes: { Arn: arn('dynamodb', `table/${name}`) } };
    case 'AWS::Lambda::Function':
      return { ref: name, attributes: { Arn: arn('lambda', `function:${name}`) } };
    case 'AWS::SecretsManager::Secret': {
      const secretArn = around.secretArn(name);
      return { ref: secretArn, attributes: { Id: secretArn } };
    }
    case 'AWS::Scheduler::Schedule':
      return { ref: name, attributes: { Arn: arn('scheduler', `schedule/default/${name}`) } };
    case 'AWS::ApiGatewayV2::Api': {
      const url = around.apiUrl(resource.logicalId);
      return {
        ref: resource.logicalId,
        attributes: { ApiEndpoint: url, ApiId: resource.logicalId },
      };
    }
    default:
      return { ref: resource.logicalId, attributes: {} };
  }
}

const nameProperties: Readonly<Record<string, string>> = {
  'AWS::SQS::Queue': 'QueueName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::Scheduler::Schedule': 'Name',
};

/** The name the template gives, otherwise stack and logical id: the same at each deploy. */
export function nameOf(resource: Resource, stackName: string, names: Names): string {
  const property = nameProperties[resource.type];
  const given = property === undefined ? undefined : resource.properties[property];
  if (given !== undefined) return String(resolveValue(given, names, placeOf(resource)) as string);
  const suffix = resource.properties['FifoQueue'] === true ? '.fifo' : '';
  const full = `${stackName}-${resource.logicalId}`;
  if (full.length + suffix.length <= nameLengthMax) return full + suffix;
  const hash = createHash('sha256').update(full).digest('hex').slice(0, 8);
  return `${full.slice(0, nameLengthMax - suffix.length - 9)}-${hash}${suffix}`;
}
