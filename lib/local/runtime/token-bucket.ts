/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html */
export interface ThrottleSettings {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** Says whether one more request may pass at that time; time must not run backwards. */
export function createTokenBucket(settings: ThrottleSettings): (nowMs: number) => boolean {
  let tokens = settings.burst;
  let filledAtMs = -Infinity;
  return (nowMs) => {
    const earned = ((nowMs - filledAtMs) / 1_000) * settings.ratePerSecond;
    tokens = Math.min(settings.burst, tokens + earned);
    filledAtMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
