/**
 * How often an EventBridge schedule fires. Only `rate(…)`: it is what stacks of ours use, and cron
 * at one-machine speed would have no meaning.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based
 */
const unitSeconds: Readonly<Record<string, number>> = { minute: 60, hour: 3_600, day: 86_400 };

export function parseRateMs(expression: string): number | undefined {
  const match = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  const [count, unit] = [Number(match?.[1] ?? 0), unitSeconds[match?.[2] ?? '']];
  return count < 1 || unit === undefined ? undefined : count * unit * 1_000;
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
export function fillContext(
  input: string,
  context: { scheduleArn: string; scheduledAt: Date; executionId: string },
): string {
  return input
    .replaceAll('<aws.scheduler.schedule-arn>', context.scheduleArn)
    .replaceAll('<aws.scheduler.scheduled-time>', formatSecond(context.scheduledAt))
    .replaceAll('<aws.scheduler.execution-id>', context.executionId)
    .replaceAll('<aws.scheduler.attempt-number>', '1');
}

function formatSecond(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
