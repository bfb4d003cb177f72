/** A FIFO queue, its dead letters, and the alarm on them: every queue of Trivet is one of these. */
import { Duration } from 'aws-cdk-lib';
import {
  DeduplicationScope,
  FifoThroughputLimit,
  Queue,
  QueueEncryption,
  type QueueProps,
} from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { RECEIVES_MAX } from '../config/receives.ts';
import { alarmOnDeadLetters } from './alarms.ts';

/** A lane's own throttling would otherwise be the whole queue's: high throughput counts per group. */
const FIFO = {
  fifo: true,
  deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
  fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: Duration.days(14),
} satisfies QueueProps;

export interface WorkQueueProps {
  /** What its alarm calls it. */
  readonly name: string;
  /** How long a crash of its reader hides a message. */
  readonly visibility: Duration;
  /**
   * SQS drops a message equal to one of the last five minutes. Only for the queue EventBridge
   * Scheduler sends to, which demands it: everybody else sends a fresh deduplication id.
   */
  readonly contentBasedDeduplication: boolean;
}

export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', FIFO);
    this.queue = new Queue(this, 'Queue', {
      ...FIFO,
      contentBasedDeduplication: props.contentBasedDeduplication,
      visibilityTimeout: props.visibility,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: RECEIVES_MAX },
    });
    alarmOnDeadLetters(this, this.deadLetters, props.name);
  }
}
