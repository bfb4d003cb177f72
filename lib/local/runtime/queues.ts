/** AWS::SQS::Queue: creates what the template declares, or brings an existing queue up to date. */
import type { SqsServer } from '../services/sqs/server.ts';
import type { Resource } from './assembly.ts';
import { checkProperties, type PropertyRules } from './resource-rules.ts';

export interface QueueSpec {
  readonly logicalId: string;
  readonly path: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const rules: PropertyRules = {
  done: [
    'ContentBasedDeduplication',
    'DeduplicationScope',
    'DelaySeconds',
    'FifoQueue',
    'FifoThroughputLimit',
    'MaximumMessageSize',
    'MessageRetentionPeriod',
    'QueueName',
    'ReceiveMessageWaitTimeSeconds',
    'RedrivePolicy',
    'VisibilityTimeout',
  ],
  leftOut: {
    KmsDataKeyReusePeriodSeconds: 'nothing is encrypted here',
    KmsMasterKeyId: 'nothing is encrypted here',
    RedriveAllowPolicy: 'every queue of this stack may use it',
    SqsManagedSseEnabled: 'nothing is encrypted here',
    Tags: 'for people',
  },
};

export function declareQueue(resource: Resource, name: string): QueueSpec {
  checkProperties(resource, rules);
  const attributes: Record<string, string> = {};
  for (const [key, value] of Object.entries(resource.properties)) {
    if (key === 'QueueName' || !rules.done.includes(key)) continue;
    attributes[key] = typeof value === 'object' ? JSON.stringify(value) : String(value as string);
  }
  return { logicalId: resource.logicalId, path: resource.path, name, attributes };
}

/** An existing queue keeps its messages and takes the new attributes. */
export async function deployQueue(sqs: SqsServer, spec: QueueSpec): Promise<void> {
  const exists = sqs.depths().has(spec.name);
  if (!exists) {
    await sqs.call('CreateQueue', { QueueName: spec.name, Attributes: spec.attributes });
    return;
  }
  const QueueUrl = sqs.queueUrl(spec.name);
  await sqs.call('SetQueueAttributes', { QueueUrl, Attributes: spec.attributes });
}
