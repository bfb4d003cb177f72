/** AWS::SQS::Queue: creates what the template declares, or brings an existing queue up to date. */
import type { SqsServer } from '../services/sqs/server.ts';
import type { Resource } from './assembly.ts';
import { readNumber, readObject } from './property-readers.ts';
import { checkProperties, placeOf, type PropertyRules } from './resource-rules.ts';

export interface QueueSpec {
  readonly logicalId: string;
  readonly path: string;
  readonly name: string;
  readonly place: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly visibilityMs: number;
  /** Where messages go that were received too often; undefined without a redrive policy. */
  readonly deadLetterName: string | undefined;
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
    // SQS knows the attribute of FIFO queues only.
    if (key === 'FifoQueue' && value === false) continue;
    attributes[key] = typeof value === 'object' ? JSON.stringify(value) : String(value as string);
  }
  const redrive = readObject(resource, 'RedrivePolicy');
  const deadLetterArn = redrive['deadLetterTargetArn'];
  return {
    logicalId: resource.logicalId,
    path: resource.path,
    name,
    place: placeOf(resource),
    attributes,
    visibilityMs: (readNumber(resource, 'VisibilityTimeout') ?? 30) * 1_000,
    deadLetterName:
      typeof deadLetterArn === 'string' ? (deadLetterArn.split(':').at(-1) ?? '') : undefined,
  };
}

/** A redrive policy may only name a queue that exists. */
export function deadLettersFirst(specs: readonly QueueSpec[]): readonly QueueSpec[] {
  const targets = new Set(specs.map(({ deadLetterName }) => deadLetterName));
  return specs.toSorted((a, b) => Number(targets.has(b.name)) - Number(targets.has(a.name)));
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
