/** EventBridge Scheduler → pulls.fifo: the ring that comes even when nobody else rings. */
import { Duration } from 'aws-cdk-lib';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { SqsSendMessage } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import type { SyncConfig } from '../config/model.ts';
import type { Foundation } from './foundation.ts';

export class Schedules extends Construct {
  constructor(scope: Construct, id: string, props: { readonly base: Foundation }) {
    super(scope, id);
    for (const sync of props.base.config.syncs) {
      new Schedule(this, sync.spec.name, {
        description: `Rings the pull of ${sync.spec.name}`,
        schedule: ScheduleExpression.rate(Duration.minutes(sync.scheduleMinutes)),
        target: new SqsSendMessage(props.base.pulls.queue, {
          messageGroupId: sync.spec.name,
          input: ringOf(sync),
          // A ring that is late is replaced by the next one.
          maxEventAge: Duration.minutes(1),
          retryAttempts: 3,
        }),
      });
    }
  }
}

/**
 * A PullMessage. Scheduler offers no deduplication id, so without the scheduled time SQS would take
 * four rings of five for repetitions of the first.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
function ringOf(sync: SyncConfig): ScheduleTargetInput {
  return ScheduleTargetInput.fromObject({
    kind: 'ring',
    sync: sync.spec.name,
    source: 'schedule',
    scheduledAt: ContextAttribute.scheduledTime,
  });
}
