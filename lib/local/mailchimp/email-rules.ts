/**
 * Which addresses the vendor takes. It refuses malformed ones and, in other words, ones it believes made up,
 * so data with `@example.com` never gets in. https://mailchimp.com/help/limits-on-role-based-addresses/
 */
import { allowed, invalidResource, refused } from './problems.ts';
import type { Ruled } from './problems.ts';

const shape =
  /^[^\s@"(),:;<>[\\\]]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i;
const fakeHosts =
  /(?:^|\.)(?:example\.(?:com|net|org|edu)|mailinator\.com|guerrillamail\.com|yopmail\.com)$/i;

/** The address trimmed, or the refusal that parks it for good. */
export function parseEmail(email: string): Ruled<string> {
  const trimmed = email.trim();
  if (!shape.test(trimmed) || trimmed.length > 254) {
    return refused(invalidResource('Please provide a valid email address.'));
  }
  const host = trimmed.slice(trimmed.indexOf('@') + 1);
  if (fakeHosts.test(host)) {
    return refused(
      invalidResource(`${trimmed} looks fake or invalid, please enter a real email address.`),
    );
  }
  return allowed(trimmed);
}
