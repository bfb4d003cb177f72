/**
 * How an audience stands: worked out from what was uploaded, unless the vendor decided otherwise.
 * https://developers.facebook.com/docs/marketing-api/reference/custom-audience
 */
import type { AudienceRecord, Session } from './model.ts';
import { isOpen } from './sessions.ts';
import type { Settings } from './settings.ts';

const descriptions: Readonly<Record<number, string>> = {
  0: 'Status not available.',
  100: 'This audience has not been used for two years and will be deleted.',
  200: 'Normal',
  400: 'Warning',
  410: 'No upload.',
  411: 'Low match rate.',
  412: 'Many entries of the last upload were invalid.',
  414: 'Replace in progress.',
  415: 'Replace failed.',
  441: 'This audience is being populated.',
  450: 'This audience is out of date.',
  470: 'The person who made this audience is inactive.',
  471: 'This audience was flagged for its integrity.',
  500: 'Error',
};

export interface Status {
  readonly code: number;
  readonly description: string;
}

export function statusNamed(code: number): Status {
  return { code, description: descriptions[code] ?? 'Status' };
}

export interface Standing {
  readonly audience: AudienceRecord;
  readonly members: number;
  /** The replace that runs, if one does. */
  readonly replacing: Session | null;
  readonly settings: Settings;
  readonly now: number;
}

export function operationStatus({ audience, replacing, now }: Standing): Status {
  if (audience.forcedStatus !== null) return statusNamed(audience.forcedStatus);
  if (replacing !== null) return statusNamed(414);
  if (audience.contentUpdatedAt === null) return statusNamed(410);
  return statusNamed(now < audience.settlesAt ? 441 : 200);
}

export function deliveryStatus(standing: Standing): Status {
  const { code } = operationStatus(standing);
  if (code === 471) return { code: 400, description: 'This audience cannot be used.' };
  return standing.members < standing.settings.deliveredMembersMin
    ? { code: 300, description: 'This audience is too small.' }
    : { code: 200, description: 'This audience is ready for use.' };
}

/** The session of a replace that is running: not ended, or ended and still being worked in. */
export function findReplacing(
  sessions: readonly Session[],
  settings: Settings,
  now: number,
): Session | null {
  const replaces = sessions.filter(({ operation }) => operation === 'replace');
  const isRunning = (session: Session): boolean =>
    isOpen(session, now) || (session.endedAt !== null && now < session.endedAt + settings.settleMs);
  return replaces.find(isRunning) ?? null;
}

/** -1: too few to tell. Otherwise the size to two digits, as a range. */
export function approximateCounts(members: number, settings: Settings): readonly [number, number] {
  if (members === 0 || members < settings.countedMembersMin) return [-1, -1];
  const step = 10 ** Math.max(0, Math.floor(Math.log10(members)) - 1);
  const lower = Math.floor(members / step) * step;
  return [lower, lower + Math.max(step, 1)];
}

/** Words of the vendor's own examples of what a name must not suggest. */
export function isSuggestive(text: string): boolean {
  return /\b(arthritis|diabetes|credit score|high income)\b/i.test(text);
}
