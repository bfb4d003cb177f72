/** A DynamoDB client that answers by a script instead of sending, for what no emulator does: throttle, leave over, fail. */
import { DynamoDBClient, DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { createBackoff } from '../../lib/state/backoff.ts';
import type { Connection } from '../../lib/state/sending.ts';

export interface ScriptedConnection extends Connection {
  /** What was sent, in order. */
  readonly sent: readonly Record<string, unknown>[];
  /** The pauses taken, ms. */
  readonly pauses: readonly number[];
}

/** Each call takes the next answer; an Error is thrown. */
export function createScriptedConnection(
  answer: (input: Record<string, unknown>, call: number) => object | Promise<object>,
): ScriptedConnection {
  const sent: Record<string, unknown>[] = [];
  const pauses: number[] = [];
  const client = new DynamoDBClient({ region: 'nowhere' });
  client.middlewareStack.add(
    () => async (args) => {
      const input = args.input as unknown as Record<string, unknown>;
      sent.push(input);
      const output = await answer(input, sent.length);
      if (output instanceof Error) throw output;
      return { output: { $metadata: {}, ...output }, response: undefined };
    },
    { step: 'initialize', name: 'script' },
  );
  const sleep = (ms: number): Promise<void> => {
    pauses.push(ms);
    return Promise.resolve();
  };
  return { client, backoff: createBackoff({ sleep, random: () => 0.5 }), sent, pauses };
}

export function serviceError(name: string, httpStatusCode = 400): DynamoDBServiceException {
  const $metadata = { httpStatusCode };
  return new DynamoDBServiceException({ name, $fault: 'client', $metadata, message: name });
}
