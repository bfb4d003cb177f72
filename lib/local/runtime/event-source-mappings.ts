/**
 * AWS::Lambda::EventSourceMapping: takes messages from a queue and hands them to a function, as
 * Lambda's pollers do. Which messages may be given out together is the queue's business: while a
 * batch of a group is in flight, the queue gives nothing more of that group.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Resource } from './assembly.ts';
import { readBatchAnswer } from './batch-answer.ts';
import type { FunctionRunner } from './function-runner.ts';
import { countHops, hopsMax, parseTrace } from './lineage.ts';
import type { Log } from './log.ts';
import { readList, readNumber, readObject, requireString } from './property-readers.ts';
import { checkProperties, placeOf, refuse, type PropertyRules } from './resource-rules.ts';
import type { QueueMessage, SqsClient } from './sqs-client.ts';

export interface MappingSpec {
  readonly place: string;
  readonly queueArn: string;
  readonly queueName: string;
  readonly functionName: string;
  readonly batchSize: number;
  readonly concurrencyMax: number;
  readonly reportsFailures: boolean;
  readonly isEnabled: boolean;
}

const rules: PropertyRules = {
  done: [
    'BatchSize',
    'Enabled',
    'EventSourceArn',
    'FunctionName',
    'FunctionResponseTypes',
    'ScalingConfig',
  ],
  leftOut: { Tags: 'for people' },
};

/** Lambda begins with five pollers; a function that falls behind gets more, a machine does not. */
const concurrencyUsual = 5;
/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html#events-sqs-max-concurrency */
const concurrencyLeast = 2;
const receiveCountMax = 10;
const waitSeconds = 20;
const troublePauseMs = 1_000;

export function declareMapping(resource: Resource): MappingSpec {
  checkProperties(resource, rules);
  const batchSize = readNumber(resource, 'BatchSize') ?? receiveCountMax;
  if (batchSize < 1) throw refuse(resource, 'BatchSize', 'must be at least 1');
  if (batchSize > receiveCountMax) {
    throw refuse(resource, 'BatchSize', 'over 10 needs a batching window, which is not supported');
  }
  const queueArn = requireString(resource, 'EventSourceArn');
  const [, , service, , , queueName] = queueArn.split(':');
  if (service !== 'sqs' || queueName === undefined) {
    throw refuse(resource, 'EventSourceArn', 'must be an SQS queue');
  }
  const scaling = readObject(resource, 'ScalingConfig')['MaximumConcurrency'];
  if (typeof scaling === 'number' && scaling < concurrencyLeast) {
    throw refuse(resource, 'ScalingConfig.MaximumConcurrency', 'must be at least 2');
  }
  const responses = readList<string>(resource, 'FunctionResponseTypes');
  const unknown = responses.find((response) => response !== 'ReportBatchItemFailures');
  if (unknown !== undefined) {
    throw refuse(resource, 'FunctionResponseTypes', `${unknown} is not supported`);
  }
  return {
    place: placeOf(resource),
    queueArn,
    queueName,
    functionName: requireString(resource, 'FunctionName').split(':').at(-1) ?? '',
    batchSize,
    concurrencyMax: typeof scaling === 'number' ? scaling : concurrencyUsual,
    reportsFailures: responses.length > 0,
    isEnabled: resource.properties['Enabled'] !== false,
  };
}

export interface Mapping {
  stop(): Promise<void>;
}

interface Polling {
  readonly spec: MappingSpec;
  readonly runner: FunctionRunner;
  readonly queueUrl: string;
  readonly region: string;
  readonly sqs: SqsClient;
  readonly log: Log;
  readonly stopping: AbortController;
  readonly batches: Set<Promise<void>>;
}

export function startMapping(
  spec: MappingSpec,
  runner: FunctionRunner,
  queueUrl: string,
  around: { region: string; sqs: SqsClient; log: Log },
): Mapping {
  if (!spec.isEnabled) return { stop: () => Promise.resolve() };
  const stopping = new AbortController();
  const polling = {
    spec,
    runner,
    queueUrl,
    ...around,
    stopping,
    batches: new Set<Promise<void>>(),
  };
  const loop = poll(polling);
  return {
    stop: async () => {
      stopping.abort();
      await loop;
      await Promise.all(polling.batches);
    },
  };
}

/** One receive at a time, many batches at a time. */
async function poll(polling: Polling): Promise<void> {
  const { spec, sqs, queueUrl, stopping, batches } = polling;
  while (!stopping.signal.aborted) {
    if (batches.size >= spec.concurrencyMax) {
      await Promise.race(batches);
      continue;
    }
    try {
      const messages = await sqs.receive(queueUrl, spec.batchSize, waitSeconds, stopping.signal);
      if (messages.length > 0) startBatch(polling, messages);
    } catch (error) {
      reportTrouble(polling, error);
      await sleep(troublePauseMs);
    }
  }
}

function startBatch(polling: Polling, messages: readonly QueueMessage[]): void {
  const { batches } = polling;
  const batch = deliver(polling, messages)
    .catch((error: unknown) => reportTrouble(polling, error))
    .finally(() => batches.delete(batch));
  batches.add(batch);
}

/** Somebody may delete or purge the queue under us: said, and tried again. */
function reportTrouble({ runner, queueUrl, log }: Polling, error: unknown): void {
  log({ source: runner.spec.name, level: 'error', line: `${queueUrl}: ${String(error)}` });
}

/** Deleted is what succeeded. The rest stays as it is: the queue shows it again by itself. */
async function deliver(polling: Polling, messages: readonly QueueMessage[]): Promise<void> {
  const { spec, runner, sqs, queueUrl } = polling;
  const invited = dropEndless(polling, messages);
  if (invited.length === 0) return;
  const event = { Records: invited.map((message) => toRecord(message, polling)) };
  const outcome = await runner.invoke(event, invited.map(traceOf));
  if (outcome.kind === 'failed') {
    // A stop is no failure: without this the message would stay hidden after a restart.
    if (polling.stopping.signal.aborted) sqs.giveBack(queueUrl, invited);
    return;
  }
  if (!spec.reportsFailures) return sqs.delete(queueUrl, invited);
  const ids = invited.map((message) => message.MessageId);
  const failed = readBatchAnswer(outcome.payload, ids);
  if (failed === undefined) {
    const line = `the answer is no valid partial batch response: ${JSON.stringify(outcome.payload)}`;
    polling.log({ source: runner.spec.name, level: 'error', line });
    return;
  }
  await sqs.delete(
    queueUrl,
    invited.filter((message) => !failed.has(message.MessageId)),
  );
}

/** Ends chains as Lambda does: to the dead-letter queue if there is one, and never in silence. */
function dropEndless(polling: Polling, messages: readonly QueueMessage[]): readonly QueueMessage[] {
  const { runner, queueUrl, sqs, log } = polling;
  if (runner.spec.mayLoop) return messages;
  const isEndless = (message: QueueMessage): boolean =>
    countHops(traceOf(message), runner.spec.arn) >= hopsMax;
  const endless = messages.filter(isEndless);
  if (endless.length === 0) return messages;
  sqs.bury(queueUrl, endless);
  log({
    source: runner.spec.name,
    level: 'error',
    line: `RECURSIVE LOOP: ${endless.length} message(s) dropped, because this function has called itself through ${queueUrl} ${hopsMax} times in one chain. Set RecursiveLoop: Allow if that is meant.`,
  });
  return messages.filter((message) => !isEndless(message));
}

function traceOf(message: QueueMessage): ReturnType<typeof parseTrace> {
  return parseTrace(message.Attributes['AWSTraceHeader']);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-fifo-queue-message-event */
function toRecord(message: QueueMessage, { spec, region }: Polling): object {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
    name,
    {
      dataType: value.DataType,
      stringValue: value.StringValue,
      binaryValue: value.BinaryValue,
      stringListValues: [],
      binaryListValues: [],
    },
  ]);
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes,
    messageAttributes: Object.fromEntries(attributes) as object,
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: spec.queueArn,
    awsRegion: region,
  };
}
