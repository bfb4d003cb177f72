/** `count` and `offset`. There is no cursor and no snapshot: a page is cut from whatever is there now. */
import { allowed, invalidShape, refused } from './problems.ts';
import type { Ruled } from './problems.ts';

export interface Page {
  readonly count: number;
  readonly offset: number;
}

/** https://mailchimp.com/developer/marketing/docs/methods-parameters/#pagination */
export function parsePage(query: URLSearchParams): Ruled<Page> {
  const count = wholeNumber(query.get('count'), 10);
  if (count === null || count > 1000) {
    return refused(invalidShape('count', 'Please enter a number between 0 and 1000.'));
  }
  const offset = wholeNumber(query.get('offset'), 0);
  if (offset === null) return refused(invalidShape('offset', 'Please enter a number.'));
  return allowed({ count, offset });
}

export function cutPage<T>(items: readonly T[], page: Page): readonly T[] {
  return items.slice(page.offset, page.offset + page.count);
}

function wholeNumber(text: string | null, fallback: number): number | null {
  if (text === null || text === '') return fallback;
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}
