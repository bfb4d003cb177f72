/**
 * An SQS batch worked by message group. A group succeeds or fails whole, and the groups of one batch
 * do not touch each other: what failed is named in the partial batch response and comes back.
 */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Log } from '../ports/log.ts';

export async function workByGroup(
  event: SQSEvent,
  log: Log,
  work: (records: readonly SQSRecord[], group: string) => Promise<void>,
): Promise<SQSBatchResponse> {
  const groups = new Map<string, SQSRecord[]>();
  for (const record of event.Records) {
    const group = record.attributes.MessageGroupId ?? '';
    groups.set(group, [...(groups.get(group) ?? []), record]);
  }
  const failed = await Promise.all(
    [...groups].map(async ([group, records]) => {
      try {
        await work(records, group);
        return [];
      } catch (error) {
        log.error('a group of messages goes back to its queue', { group, error });
        return records;
      }
    }),
  );
  return {
    batchItemFailures: failed.flat().map(({ messageId }) => ({ itemIdentifier: messageId })),
  };
}
