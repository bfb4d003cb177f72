/**
 * Pages by cursor: an opaque text that stands for a place in the list as it is when the next page is asked for.
 * No snapshot is kept. After a full page there is always a cursor, also when nothing comes behind it.
 */
import { isPlainObject } from '../simulation/json.ts';
import { allowed, dialpadErrors, refused } from './errors.ts';
import type { Ruled } from './errors.ts';
import { showFields } from './field-view.ts';
import type { Settings } from './settings.ts';

/** Where a walk stands; of which list it is, so that the cursor of another is refused. */
type Bookmark = Readonly<Record<string, string | number>>;

export function writeCursor(list: string, bookmark: Bookmark): string {
  return Buffer.from(JSON.stringify({ list, ...bookmark })).toString('base64url');
}

/** Null: the walk begins. */
export function readCursor(list: string, query: URLSearchParams): Ruled<Bookmark | null> {
  const cursor = query.get('cursor') ?? '';
  if (cursor === '') return allowed(null);
  try {
    const bookmark: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (isPlainObject(bookmark) && bookmark['list'] === list) return allowed(bookmark as Bookmark);
  } catch {
    // Falls through: whatever it is, it is none of ours.
  }
  return refused(dialpadErrors['bad-cursor']);
}

/** A page as sent. `next`: null on the last page. */
export function showPage(
  items: readonly unknown[],
  next: string | null,
  settings: Settings,
): Record<string, unknown> {
  const ends = { absent: {}, null: { cursor: null }, empty: { cursor: '' } };
  const cursor = next === null ? ends[settings.endCursor] : { cursor: next };
  return { ...cursor, ...showFields({ items }, settings) };
}

/** A list that is short and in the order in which things were made. */
export function cutPage(
  list: string,
  all: readonly unknown[],
  query: URLSearchParams,
  settings: Settings,
): Ruled<unknown> {
  const cursor = readCursor(list, query);
  if (!cursor.ok) return cursor;
  const start = Number(cursor.value?.['at'] ?? 0);
  const end = start + settings.pageRows;
  const items = all.slice(start, end);
  const isFull = items.length === settings.pageRows;
  return allowed(showPage(items, isFull ? writeCursor(list, { at: end }) : null, settings));
}
