/** How long functions may run and how long their messages stay hidden. Pure. */
import { Duration } from 'aws-cdk-lib';
import type { AppConfig } from '../config/model.ts';

/**
 * `normal` is AWS. `short` is the sandbox: a crash there costs seconds, not a quarter of an hour. `local` is one
 * machine with real systems at both ends: its calls need their full time, but what hides a message is only a
 * running function, which the runtime ends at its time-out. (After a crash of the whole, the queues show at once
 * what was in flight: lib/local/services/sqs/store.ts.)
 */
export const TIMEOUT_PROFILES = ['normal', 'short', 'local'] as const;
export type TimeoutProfile = (typeof TIMEOUT_PROFILES)[number];

export interface Timing {
  readonly timeout: Duration;
  /** How long SQS hides a message a crashed invocation had received. */
  readonly visibility: Duration;
}

/** A function that runs longer than Lambda allows would be cut off in its longest call, each time. */
const LAMBDA_TIMEOUT_MAX_SECONDS = 900;

/** AWS advises six times the function's timeout: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const VISIBILITY_FACTOR = 6;

/** On one machine nobody else polls, and nobody is throttled: the function's own time, and a moment. */
const LOCAL_ROOM_SECONDS = 5;

const SHORT: Timing = { timeout: Duration.seconds(10), visibility: Duration.seconds(12) };

export function timePull(profile: TimeoutProfile): Timing {
  return profile === 'short' ? SHORT : timingOf(60, profile);
}

/** Room for the app's longest call, and for everything around it. */
export function timeApply(profile: TimeoutProfile, app: AppConfig): Timing {
  if (profile === 'short') return SHORT;
  return timingOf(Math.ceil(app.capabilities.longestCallMs / 1000) + 30, profile);
}

/** Vendors give up on a webhook after about ten seconds themselves. */
export function timeWebhook(profile: TimeoutProfile): Duration {
  return Duration.seconds(profile === 'short' ? 5 : 10);
}

function timingOf(seconds: number, profile: TimeoutProfile): Timing {
  if (seconds > LAMBDA_TIMEOUT_MAX_SECONDS) {
    throw new Error(
      `A function would need ${seconds} s, but Lambda allows ${LAMBDA_TIMEOUT_MAX_SECONDS} s: lower the app's longestCallMs.`,
    );
  }
  const hidden = profile === 'local' ? seconds + LOCAL_ROOM_SECONDS : seconds * VISIBILITY_FACTOR;
  return { timeout: Duration.seconds(seconds), visibility: Duration.seconds(hidden) };
}
