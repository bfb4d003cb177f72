/**
 * How much of the limits is used, from the headers of any answer. They hold JSON, several buckets of it.
 *   https://developers.facebook.com/docs/graph-api/overview/rate-limiting
 *   https://developers.facebook.com/docs/marketing-api/overview/rate-limiting
 */
import * as z from 'zod';

export interface Usage {
  /** The fullest of all meters, 100 and more being too much; null: nothing was said. */
  readonly percent: number | null;
  /** Until calls for custom audiences are taken again; null: they are, or nothing was said. */
  readonly bucketWaitMs: number | null;
  /** Until the ad account's score is back; null as above. */
  readonly accountWaitMs: number | null;
}

const amount = z.number().min(0).catch(0);

const bucketSchema = z.object({
  call_count: amount,
  total_cputime: amount,
  total_time: amount,
  /** Minutes. */
  estimated_time_to_regain_access: amount,
});

const businessSchema = z.record(z.string(), z.array(bucketSchema));

const accountSchema = z.object({
  acc_id_util_pct: amount,
  /** Seconds. */
  reset_time_duration: amount,
});

export function parseUsage(headers: Readonly<Record<string, string | undefined>>): Usage {
  const business = businessSchema.safeParse(parseJson(headers['x-business-use-case-usage']));
  const account = accountSchema.safeParse(parseJson(headers['x-ad-account-usage']));
  const buckets = business.success ? Object.values(business.data).flat() : [];
  const meters = buckets.flatMap(({ call_count, total_cputime, total_time }) => [
    call_count,
    total_cputime,
    total_time,
  ]);
  if (account.success) meters.push(account.data.acc_id_util_pct);
  const minutes = Math.max(0, ...buckets.map((each) => each.estimated_time_to_regain_access));
  const seconds = account.success ? account.data.reset_time_duration : 0;
  return {
    percent: meters.length === 0 ? null : Math.max(...meters),
    bucketWaitMs: minutes > 0 ? minutes * 60_000 : null,
    accountWaitMs: seconds > 0 ? seconds * 1000 : null,
  };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null') as unknown;
  } catch {
    return null;
  }
}
