/**
 * What `operation_status` says about an audience, by code.
 * https://developers.facebook.com/docs/marketing-api/reference/custom-audience
 */
import type { Halted, Retry } from '../../ports/outcome.ts';
import type { Context } from './failures.ts';
import { sentences } from './sentences.ts';

export type AudienceVerdict =
  | { readonly kind: 'ready' }
  /** Uploads work; somebody should know. */
  | { readonly kind: 'notice'; readonly reason: string }
  | Retry
  | Halted;

/** A replace takes minutes. */
const REPLACING_MS = 60_000;

const notices: Readonly<Record<number, string>> = {
  100: 'No ad has used this audience for two years, and Meta will delete it. Use it in an ad set, or make a new one.',
  400: 'Meta warns about this audience; see Ads Manager.',
  411: 'Meta finds few of these people. More columns (phone, name, post code, country) help.',
  412: 'Many entries of the last upload were invalid.',
  415: 'The last rebuild of this audience failed. Run it again.',
  450: 'Meta calls this audience out of date.',
  470: 'The person who made this audience has left Meta. It goes on working.',
  500: 'Meta reports an error of this audience; see Ads Manager.',
};

export function judgeStatus(code: number, context: Context): AudienceVerdict {
  if (code === 471) return { kind: 'halted', reason: `${sentences.flagged(context)} (471)` };
  if (code === 414) {
    const reason = 'Everybody in this audience is being replaced; nothing else is taken meanwhile.';
    return { kind: 'retry', scope: 'app', afterMs: REPLACING_MS, reason, ambiguous: false };
  }
  const reason = notices[code];
  return reason === undefined ? { kind: 'ready' } : { kind: 'notice', reason };
}

/** A replace is only begun from here. */
export const mayReplace = (code: number): boolean => code === 200 || code === 415;

/** A replace, or an upload that is being worked in: it passes. */
export const isBusy = (code: number): boolean => code === 414 || code === 441;

/**
 * A version that has ended may be answered by a later one without a word, as long as the endpoint is the same in
 * both. Null: it was answered by the version that was asked for, or nothing was said.
 * https://developers.facebook.com/blog/post/2024/04/16/upcoming-change-in-marketing-api-version-deprecation
 */
export function noteUpgrade(asked: string, answered: string | null): string | null {
  if (answered === null || answered === asked) return null;
  return `Meta answers ${asked} as ${answered}: that version has ended. Set a newer one in meta({ version }).`;
}
