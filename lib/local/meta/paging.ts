/**
 * Cursor paging of an edge: `after`, `before` and `limit`; the answer names the next page by its whole URL.
 * https://developers.facebook.com/docs/graph-api/results
 */
import { allowed, invalidParameter, refused } from './errors.ts';
import type { Ruled } from './errors.ts';
import { wholeNumber } from './params.ts';
import type { Params } from './params.ts';

const limitDefault = 25;

export interface Page<T> {
  readonly items: readonly T[];
  readonly paging: Readonly<Record<string, unknown>>;
}

/** Cursors name the item they stand at. `root` is the edge's URL without a query. */
export function cutPage<T extends { readonly id: string }>(
  all: readonly T[],
  params: Params,
  root: string,
): Ruled<Page<T>> {
  const limit = wholeNumber(params['limit'] ?? limitDefault);
  if (limit === null || limit < 1) return refused(invalidParameter('limit must be positive'));
  const after = typeof params['after'] === 'string' ? decode(params['after']) : null;
  const start = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
  const items = all.slice(start, start + limit);
  const [first, last] = [items[0], items.at(-1)];
  if (first === undefined || last === undefined) return allowed({ items, paging: {} });
  const cursors = { before: encode(first.id), after: encode(last.id) };
  const hasMore = start + limit < all.length;
  const next = hasMore ? { next: pageUrl(root, params, cursors.after) } : {};
  return allowed({ items, paging: { paging: { cursors, ...next } } });
}

/** The vendor's own next links carry the token, like the call they answer. */
function pageUrl(root: string, params: Params, after: string): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...params, after })) {
    query.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return `${root}?${query.toString()}`;
}

const encode = (id: string): string => Buffer.from(id).toString('base64url');

const decode = (cursor: string): string => Buffer.from(cursor, 'base64url').toString('utf8');
