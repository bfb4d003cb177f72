/** The attributes of a queue, parsed; what SQS would refuse is refused here in its words. */
import { AwsServiceError } from '../aws-json-server.ts';

export type QueueAttributes = Readonly<Record<string, string>>;

export interface QueueSettings {
  readonly isFifo: boolean;
  readonly isDeduplicatedByContent: boolean;
  /** Otherwise over the whole queue. */
  readonly isDeduplicatedPerGroup: boolean;
  readonly visibilityMs: number;
  readonly delayMs: number;
  readonly waitMs: number;
  readonly messageBytesMax: number;
  readonly retentionMs: number;
  /** Infinity without a redrive policy. */
  readonly receiveCountMax: number;
  readonly deadLetterArn: string | undefined;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const limits: Readonly<Record<string, { least: number; most: number; usual: number }>> = {
  VisibilityTimeout: { least: 0, most: 43_200, usual: 30 },
  DelaySeconds: { least: 0, most: 900, usual: 0 },
  ReceiveMessageWaitTimeSeconds: { least: 0, most: 20, usual: 0 },
  MaximumMessageSize: { least: 1_024, most: 1_048_576, usual: 1_048_576 },
  MessageRetentionPeriod: { least: 60, most: 1_209_600, usual: 345_600 },
};

/** Without effect here: nothing is encrypted, and everybody on this machine may use every queue. */
const ignoredNames = [
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'Policy',
  'RedriveAllowPolicy',
  'SqsManagedSseEnabled',
];
const fifoNames = ['ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'];
const knownNames: ReadonlySet<string> = new Set([
  ...Object.keys(limits),
  ...ignoredNames,
  ...fifoNames,
  'FifoQueue',
  'RedrivePolicy',
]);

export function parseQueueAttributes(attributes: QueueAttributes): QueueSettings {
  checkNames(attributes);
  const redrive = parseRedrivePolicy(attributes['RedrivePolicy']);
  return {
    isFifo: attributes['FifoQueue'] === 'true',
    isDeduplicatedByContent: attributes['ContentBasedDeduplication'] === 'true',
    isDeduplicatedPerGroup: attributes['DeduplicationScope'] === 'messageGroup',
    visibilityMs: readNumber(attributes, 'VisibilityTimeout') * 1_000,
    delayMs: readNumber(attributes, 'DelaySeconds') * 1_000,
    waitMs: readNumber(attributes, 'ReceiveMessageWaitTimeSeconds') * 1_000,
    messageBytesMax: readNumber(attributes, 'MaximumMessageSize'),
    retentionMs: readNumber(attributes, 'MessageRetentionPeriod') * 1_000,
    receiveCountMax: redrive?.maxReceiveCount ?? Infinity,
    deadLetterArn: redrive?.deadLetterTargetArn,
  };
}

function checkNames(attributes: QueueAttributes): void {
  const isFifo = attributes['FifoQueue'] === 'true';
  for (const name of Object.keys(attributes)) {
    if (knownNames.has(name) && (isFifo || !fifoNames.includes(name))) continue;
    throw new AwsServiceError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  }
  const isPerGroup = attributes['DeduplicationScope'] === 'messageGroup';
  if (attributes['FifoThroughputLimit'] === 'perMessageGroupId' && !isPerGroup) {
    throw new AwsServiceError(
      'InvalidAttributeValue',
      'The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.',
    );
  }
}

function readNumber(attributes: QueueAttributes, name: string): number {
  const limit = limits[name];
  if (limit === undefined) throw new Error(`no limit is known for ${name}`);
  const value = Number(attributes[name] ?? limit.usual);
  if (Number.isInteger(value) && value >= limit.least && value <= limit.most) return value;
  throw new AwsServiceError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
}

function parseRedrivePolicy(
  text: string | undefined,
): { maxReceiveCount: number; deadLetterTargetArn: string } | undefined {
  if (text === undefined || text === '') return undefined;
  const policy = parseObject(text);
  const [count, arn] = [Number(policy['maxReceiveCount']), policy['deadLetterTargetArn']];
  if (Number.isInteger(count) && count >= 1 && count <= 1_000 && typeof arn === 'string') {
    return { maxReceiveCount: count, deadLetterTargetArn: arn };
  }
  throw new AwsServiceError('InvalidParameterValue', `Value ${text} for RedrivePolicy is invalid.`);
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(text) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}
