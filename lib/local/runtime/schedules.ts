/** AWS::Scheduler::Schedule → SQS: rings at a rate, the first time at once. */
import { randomUUID } from 'node:crypto';
import type { Resource } from './assembly.ts';
import { readObject, readString, requireString } from './property-readers.ts';
import { fillContext, parseRateMs } from './rate-expression.ts';
import { checkProperties, placeOf, refuse, type PropertyRules } from './resource-rules.ts';
import type { Log } from './log.ts';
import type { SqsClient } from './sqs-client.ts';

export interface ScheduleSpec {
  readonly place: string;
  readonly logicalId: string;
  readonly path: string;
  readonly arn: string;
  readonly everyMs: number;
  readonly isEnabled: boolean;
  readonly queueName: string;
  readonly groupId: string | undefined;
  readonly input: string;
}

const rules: PropertyRules = {
  done: ['FlexibleTimeWindow', 'Name', 'ScheduleExpression', 'State', 'Target'],
  leftOut: {
    Description: 'for people',
    GroupName: 'schedules need no group to fire',
    KmsKeyArn: 'nothing is encrypted here',
    ScheduleExpressionTimezone: 'a rate knows no timezone',
  },
};

const targetRules: PropertyRules = {
  done: ['Arn', 'Input', 'SqsParameters'],
  leftOut: {
    DeadLetterConfig: 'a send within this process does not fail',
    RetryPolicy: 'a send within this process does not fail',
    RoleArn: 'every call is allowed here',
  },
};

/** Rings at the declared time: a window to choose from is not supported. */
const windowRules: PropertyRules = { done: ['Mode'], leftOut: {} };
const sqsRules: PropertyRules = { done: ['MessageGroupId'], leftOut: {} };

export function declareSchedule(resource: Resource, arn: string): ScheduleSpec {
  checkProperties(resource, rules);
  const target = readObject(resource, 'Target');
  checkProperties(resource, targetRules, { path: 'Target', value: target });
  const window = readObject(resource, 'FlexibleTimeWindow');
  checkProperties(resource, windowRules, { path: 'FlexibleTimeWindow', value: window });
  if ((window['Mode'] ?? 'OFF') !== 'OFF') {
    throw refuse(resource, 'FlexibleTimeWindow.Mode', 'must be OFF');
  }
  const expression = requireString(resource, 'ScheduleExpression');
  const everyMs = parseRateMs(expression);
  if (everyMs === undefined) {
    throw refuse(resource, 'ScheduleExpression', `${expression} is not supported; use rate(…)`);
  }
  const [, , service, , , queueName] = String(target['Arn'] as string).split(':');
  if (service !== 'sqs' || queueName === undefined) {
    throw refuse(resource, 'Target.Arn', 'must be a queue of this stack');
  }
  const parameters = (target['SqsParameters'] ?? {}) as { MessageGroupId?: string };
  checkProperties(resource, sqsRules, { path: 'Target.SqsParameters', value: parameters });
  return {
    place: placeOf(resource),
    logicalId: resource.logicalId,
    path: resource.path,
    arn,
    everyMs,
    isEnabled: readString(resource, 'State') !== 'DISABLED',
    queueName,
    groupId: parameters.MessageGroupId,
    // https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Target.html
    input: typeof target['Input'] === 'string' ? target['Input'] : '{}',
  };
}

export interface Schedule {
  stop(): Promise<void>;
}

/**
 * `everyMs` overrides the declared rate. Several times within one second would be one message,
 * because the scheduled time is told in seconds and the queue drops what is equal.
 */
export function startSchedule(
  spec: ScheduleSpec,
  queueUrl: string,
  around: { sqs: SqsClient; log: Log; everyMs: number | undefined },
): Schedule {
  if (!spec.isEnabled) return { stop: () => Promise.resolve() };
  const fire = async (): Promise<void> => {
    const context = { scheduleArn: spec.arn, scheduledAt: new Date(), executionId: randomUUID() };
    const groupId = spec.groupId === undefined ? {} : { groupId: spec.groupId };
    try {
      await around.sqs.send(queueUrl, { body: fillContext(spec.input, context), ...groupId });
    } catch (error) {
      around.log({ source: spec.logicalId, level: 'error', line: `not sent: ${String(error)}` });
    }
  };
  let lastRing = fire();
  const stopRinging = repeat(around.everyMs ?? spec.everyMs, () => {
    lastRing = fire();
  });
  return {
    stop: async () => {
      stopRinging();
      await lastRing;
    },
  };
}

/** Node counts to 24 days; a longer timer would fire at once, and again, without end. */
const timerMsMax = 2 ** 31 - 1;

/** As `setInterval`, for any length; the answer ends it. */
function repeat(everyMs: number, act: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (leftMs: number): void => {
    const nextMs = Math.min(leftMs, timerMsMax);
    timer = setTimeout(() => {
      if (nextMs === leftMs) act();
      wait(nextMs === leftMs ? everyMs : leftMs - nextMs);
    }, nextMs);
  };
  wait(everyMs);
  return () => clearTimeout(timer);
}
