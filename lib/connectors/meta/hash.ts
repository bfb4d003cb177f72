/** SHA-256, the one algorithm Meta takes, in lower-case hexadecimal. */
import { createHash } from 'node:crypto';

/** The hash of the empty text. It looks like any other, Meta takes it, and everybody without a value would share it. */
export const EMPTY_DIGEST = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export function digest(text: string): string {
  if (text === '') throw new RangeError('digest(): an empty value is sent empty, never hashed');
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
