/** How the vendor names a member by address. */
import { createHash } from 'node:crypto';

/** MD5 of the lower-cased address. */
export function subscriberHash(email: string): string {
  return createHash('md5').update(email.trim().toLowerCase()).digest('hex');
}
