/**
 * An SQS batch worked by message group. A group succeeds or fails whole, and the groups of one batch
 * do not touch each other: what failed is named in the partial batch response and comes back.
 */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Log } from '../ports/log.ts';

type Work = (records: readonly SQSRecord[], group: string) => Promise<void>;

export async function workByGroup(
  event: SQSEvent,
  log: Log,
  work: Work,
): Promise<SQSBatchResponse> {
  const groups = new Map<string, SQSRecord[]>();
  for (const record of event.Records) {
    const group = record.attributes.MessageGroupId ?? '';
    groups.set(group, [...(groups.get(group) ?? []), record]);
  }
  const workOne = async (group: string): Promise<readonly SQSRecord[]> => {
    const records = groups.get(group) ?? [];
    try {
      await work(records, group);
      return [];
    } catch (error) {
      log.error('a group of messages goes back to its queue', { group, error });
      return records;
    }
  };
  const failed = event.Records.some(isRedelivered)
    ? await inTurn([...groups.keys()], workOne)
    : await Promise.all([...groups.keys()].map(workOne));
  return {
    batchItemFailures: failed.flat().map(({ messageId }) => ({ itemIdentifier: messageId })),
  };
}

const isRedelivered = ({ attributes }: SQSRecord): boolean =>
  Number(attributes.ApproximateReceiveCount) > 1;

/**
 * Somewhere in this batch may be what ended the process the last time. With one group at a time only
 * one suspect is marked when it does so again; side by side, each group’s would be taken for the culprit.
 */
async function inTurn<T>(
  groups: readonly string[],
  work: (group: string) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (const group of groups) results.push(await work(group));
  return results;
}
