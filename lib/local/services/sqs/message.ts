/** What the queues hold, and the digests that SDKs check on the way in and out. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../aws-json-server.ts';

export interface MessageDraft {
  readonly id: string;
  readonly body: string;
  /** `MessageAttributes` as the sender gave them. */
  readonly attributes?: JsonObject;
  /** The system attribute AWSTraceHeader: how Lambda recognises a chain of invocations. */
  readonly traceHeader?: string;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  readonly sentAtMs: number;
  readonly delayMs: number;
}

export interface StoredMessage extends MessageDraft {
  /** Order of arrival in its queue. */
  readonly sequence: number;
  receiveCount: number;
  /** In a dead-letter queue: since when. @default when it was sent */
  readonly keptSinceMs?: number;
  firstReceivedAtMs?: number;
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

interface AttributeValue {
  readonly DataType?: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

/**
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 * (section "Calculating the MD5 message digest for message attributes").
 */
export function md5OfAttributes(attributes: JsonObject): string {
  const hash = createHash('md5');
  const writePart = (part: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    hash.update(length).update(part);
  };
  for (const name of Object.keys(attributes).toSorted()) {
    const value = attributes[name] as AttributeValue;
    writePart(Buffer.from(name));
    writePart(Buffer.from(value.DataType ?? 'String'));
    hash.update(Buffer.from([value.BinaryValue === undefined ? 1 : 2]));
    writePart(
      value.BinaryValue === undefined
        ? Buffer.from(value.StringValue ?? '')
        : Buffer.from(value.BinaryValue, 'base64'),
    );
  }
  return hash.digest('hex');
}
