/**
 * The alarms, few: each asks a person for something only a person can do. Each names its heading in
 * RUNBOOK.md (a test keeps the two in step). All but one use metrics AWS gives for nothing.
 */
import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { METRICS_NAMESPACE, serviceName } from './environment.ts';

/** Alarm kind → heading of RUNBOOK.md. */
const HEADINGS = {
  deadLetters: 'dead-letters',
  halted: 'halted-sync',
  consentHeld: 'consent-held',
  pullSilence: 'pull-silence',
} as const;

/** Missing data is fine here: an empty, idle queue reports nothing at all. */
export function alarmOnDeadLetters(scope: Construct, deadLetters: IQueue, name: string): void {
  new Alarm(scope, 'DeadLettersAlarm', {
    alarmDescription: describe(
      `Messages of ${name} ended in its dead-letter queue.`,
      'deadLetters',
    ),
    metric: deadLetters.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(5),
      statistic: 'Maximum',
    }),
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}

/** Missing data is the very thing to be told: a function nobody calls reports no invocations. */
export function alarmOnPullSilence(
  scope: Construct,
  pull: IFunction,
  scheduleMinutes: readonly number[],
): void {
  const slowestRing = Math.min(...scheduleMinutes);
  new Alarm(scope, 'SilenceAlarm', {
    alarmDescription: describe('No pull has run for several schedules.', 'pullSilence'),
    metric: pull.metricInvocations({ period: Duration.minutes(Math.max(5, slowestRing)) }),
    threshold: 1,
    evaluationPeriods: 3,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    treatMissingData: TreatMissingData.BREACHING,
  });
}

/**
 * A sync that waits for a person says so at every ring. Counted by lib/flow/pull.ts, sent by functions/log.ts.
 * The period is that of the slowest schedule, so that the alarm stays until the sync goes on.
 */
export function alarmOnHalted(scope: Construct, scheduleMinutes: readonly number[]): void {
  const slowestRing = Math.max(...scheduleMinutes);
  new Alarm(scope, 'HaltedAlarm', {
    alarmDescription: describe('A sync is halted: it needs a person.', 'halted'),
    metric: new Metric({
      namespace: METRICS_NAMESPACE,
      metricName: 'syncs.halted',
      dimensionsMap: { service: serviceName('pull') },
      period: Duration.minutes(Math.max(5, slowestRing)),
      statistic: 'Sum',
    }),
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}

/**
 * A brake holds consent: people about to be unsubscribed, refused or subscribed, more at once than is usual. Counted once for
 * each record, by lib/flow/restrain.ts; an hour is long enough to be seen.
 */
export function alarmOnConsentHeld(scope: Construct): void {
  new Alarm(scope, 'ConsentHeldAlarm', {
    alarmDescription: describe(
      'More people were to be unsubscribed or subscribed at once than the brakes of a sync allow.',
      'consentHeld',
    ),
    metric: new Metric({
      namespace: METRICS_NAMESPACE,
      metricName: 'consent.held',
      dimensionsMap: { service: serviceName('apply') },
      period: Duration.hours(1),
      statistic: 'Sum',
    }),
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}

function describe(what: string, kind: keyof typeof HEADINGS): string {
  return `${what} What to do: lib/stack/RUNBOOK.md#${HEADINGS[kind]}`;
}
