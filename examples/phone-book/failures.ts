/** What a file that cannot be read or written means, by the system's code. */
import type { Halted, Retry } from 'trivet';

/** Nobody but a person changes these. */
const FOR_A_PERSON: Readonly<Record<string, string>> = {
  ENOENT: 'There is no phone book at this place. Correct the path in the secret.',
  EACCES: 'The phone book may not be opened. Give Trivet the right to read and write it.',
  EPERM: 'The phone book may not be opened. Give Trivet the right to read and write it.',
  EROFS: 'The phone book may not be written. Give Trivet the right to write it.',
};

/** Surely nothing was done. */
const BUSY = new Set(['EBUSY', 'EAGAIN', 'EMFILE']);

export function judgeError(error: unknown, isWrite: boolean): Halted | Retry {
  const { code } = error as { readonly code?: unknown };
  // Anything but a system's error is a bug of ours.
  if (typeof code !== 'string') throw error;
  const reason = FOR_A_PERSON[code];
  if (reason !== undefined) return halted(reason);
  return retry('app', `The phone book could not be used: ${code}.`, isWrite && !BUSY.has(code));
}

export const halted = (reason: string): Halted => ({ kind: 'halted', reason });

export const retry = (scope: Retry['scope'], reason: string, ambiguous = false): Retry => ({
  kind: 'retry',
  scope,
  afterMs: null,
  reason,
  ambiguous,
});
