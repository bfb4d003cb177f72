/** The few SQS calls the runtime itself makes, typed, without the way over HTTP. */
import type { SqsServer } from '../services/sqs/server.ts';

export interface QueueMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<Record<string, MessageAttribute>>;
}

interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

export interface SqsClient {
  receive(
    QueueUrl: string,
    countMax: number,
    waitSeconds: number,
    signal: AbortSignal,
  ): Promise<readonly QueueMessage[]>;
  delete(QueueUrl: string, messages: readonly QueueMessage[]): Promise<void>;
  /** Visible again at once, as if they had never been received. */
  giveBack(QueueUrl: string, messages: readonly QueueMessage[]): void;
  /** To the dead-letter queue, or away if there is none. */
  bury(QueueUrl: string, messages: readonly QueueMessage[]): void;
  send(QueueUrl: string, message: OutgoingMessage): Promise<void>;
}

export interface OutgoingMessage {
  readonly body: string;
  readonly groupId?: string;
  readonly deduplicationId?: string;
}

export function createSqsClient(sqs: SqsServer): SqsClient {
  return {
    receive: async (QueueUrl, countMax, waitSeconds, signal) => {
      const ask = { QueueUrl, MaxNumberOfMessages: countMax, WaitTimeSeconds: waitSeconds };
      const all = { MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] };
      const answer = await sqs.call('ReceiveMessage', { ...ask, ...all }, signal);
      return (answer['Messages'] ?? []) as readonly QueueMessage[];
    },
    delete: async (QueueUrl, messages) => {
      if (messages.length === 0) return;
      const Entries = handlesOf(messages).map((ReceiptHandle, at) => ({
        Id: String(at),
        ReceiptHandle,
      }));
      await sqs.call('DeleteMessageBatch', { QueueUrl, Entries });
    },
    giveBack: (QueueUrl, messages) => sqs.undoReceive(QueueUrl, handlesOf(messages)),
    bury: (QueueUrl, messages) => sqs.bury(QueueUrl, handlesOf(messages)),
    send: async (QueueUrl, { body, groupId, deduplicationId }) => {
      const order = { MessageGroupId: groupId, MessageDeduplicationId: deduplicationId };
      await sqs.call('SendMessage', { QueueUrl, MessageBody: body, ...order });
    },
  };
}

const handlesOf = (messages: readonly QueueMessage[]): readonly string[] =>
  messages.map(({ ReceiptHandle }) => ReceiptHandle);
