/**
 * Versions in the path. Those of the Marketing API live for months, not years; a dead one gets error 2635, or is
 * silently served as the oldest that lives.
 *   https://developers.facebook.com/docs/marketing-api/marketing-api-changelog/versions
 *   https://developers.facebook.com/blog/post/2024/04/16/upcoming-change-in-marketing-api-version-deprecation
 */
import { allowed, graphErrors, refused, unknownPath } from './errors.ts';
import type { Ruled } from './errors.ts';
import type { Settings } from './settings.ts';

/** Whether a first path segment names a version at all. */
export function isVersion(segment: string): boolean {
  return /^v\d+\.\d+$/.test(segment);
}

/** The version that will answer. */
export function resolveVersion(asked: string, settings: Settings): Ruled<string> {
  const { oldestVersion, newestVersion, deadVersion } = settings;
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)$/.exec(asked) ?? [];
  if (minor !== '0' || Number(major) > newestVersion) return refused(unknownPath(`/${asked}`));
  if (Number(major) >= oldestVersion) return allowed(asked);
  if (deadVersion === 'upgrade') return allowed(`v${oldestVersion}.0`);
  const { message, ...rest } = graphErrors['dead-version'];
  return refused({ ...rest, message: `${message}: v${newestVersion}.0.` });
}
