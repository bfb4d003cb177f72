/** How long functions may run and how long their messages stay hidden. Pure. */
import { Duration } from 'aws-cdk-lib';
import type { AppConfig } from '../config/model.ts';

/** `short` is the sandbox: a crash there costs seconds, not a quarter of an hour. */
export type TimeoutProfile = 'normal' | 'short';

export interface Timing {
  readonly timeout: Duration;
  /** How long SQS hides a message a crashed invocation had received. */
  readonly visibility: Duration;
}

/** A function that runs longer than Lambda allows would be cut off in its longest call, each time. */
const LAMBDA_TIMEOUT_MAX_SECONDS = 900;

/** AWS advises six times the function's timeout: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const VISIBILITY_FACTOR = 6;

const SHORT: Timing = { timeout: Duration.seconds(10), visibility: Duration.seconds(12) };

export function timePull(profile: TimeoutProfile): Timing {
  return profile === 'short' ? SHORT : timingOf(60);
}

/** Room for the app's longest call, and for everything around it. */
export function timeApply(profile: TimeoutProfile, app: AppConfig): Timing {
  if (profile === 'short') return SHORT;
  return timingOf(Math.ceil(app.capabilities.longestCallMs / 1000) + 30);
}

/** Vendors give up on a webhook after about ten seconds themselves. */
export function timeWebhook(profile: TimeoutProfile): Duration {
  return Duration.seconds(profile === 'short' ? 5 : 10);
}

function timingOf(seconds: number): Timing {
  if (seconds > LAMBDA_TIMEOUT_MAX_SECONDS) {
    throw new Error(
      `A function would need ${seconds} s, but Lambda allows ${LAMBDA_TIMEOUT_MAX_SECONDS} s: lower the app's longestCallMs.`,
    );
  }
  return {
    timeout: Duration.seconds(seconds),
    visibility: Duration.seconds(seconds * VISIBILITY_FACTOR),
  };
}
