/** One call to DynamoDB, tried again with growing pauses while the service says "not now". */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Backoff } from './backoff.ts';

export interface Connection {
  readonly client: DynamoDBClient;
  readonly backoff: Backoff;
}

/** `refused`: the condition did not hold (for an insert: the item is there already). */
export type RowOutcome = 'done' | 'refused';

/**
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html: the errors
 * to repeat. The client has repeated each a few times itself, without our patience.
 */
const transientNames: ReadonlySet<string> = new Set([
  'InternalServerError',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'ThrottlingException',
  'TransactionConflictException',
  'TransactionInProgressException',
]);

export async function send<T>(backoff: Backoff, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!isTransient(error)) throw error;
      await backoff.pause(attempt, nameOf(error), error);
    }
  }
}

/** As `send`, for calls with a condition: losing it is an answer. */
export async function sendConditional(
  backoff: Backoff,
  call: () => Promise<unknown>,
): Promise<RowOutcome> {
  try {
    await send(backoff, call);
    return 'done';
  } catch (error) {
    if (nameOf(error) === 'ConditionalCheckFailedException') return 'refused';
    throw error;
  }
}

function isTransient(error: unknown): boolean {
  return transientNames.has(nameOf(error)) || statusOf(error) >= 500;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function statusOf(error: unknown): number {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata;
  return metadata?.httpStatusCode ?? 0;
}
