/**
 * `fields` and `exclude_fields`: dotted paths from the answer's root. A path to keep must exist; a path to
 * drop that does not exist drops nothing, silently, which is how `exclude_fields=email_address` does nothing.
 * https://mailchimp.com/developer/marketing/docs/methods-parameters/#partial-responses
 */
import { allowed, invalidShape, refused } from './problems.ts';
import type { Ruled } from './problems.ts';

export interface Projection {
  /** Whether anything at or below this path is wanted; lets a caller skip making it. */
  wants(path: string): boolean;
  apply(body: Record<string, unknown>): Record<string, unknown>;
}

/** `known` are the paths down to two levels that the answer can have. */
export function parseProjection(
  query: URLSearchParams,
  known: readonly string[],
): Ruled<Projection> {
  const only = pathsOf(query.get('fields'));
  const without = pathsOf(query.get('exclude_fields'));
  if (only.length > 0 && without.length > 0) {
    const message = 'You may use either fields or exclude_fields, not both.';
    return refused(invalidShape('fields', message));
  }
  const wrong = only.find((path) => !known.includes(path.split('.').slice(0, 2).join('.')));
  if (wrong !== undefined) {
    return refused(invalidShape('fields', `'${wrong}' is not a valid field.`));
  }
  if (only.length > 0) return allowed(createKeeping(only));
  return allowed(without.length > 0 ? createDropping(without) : everything);
}

/** The two levels of paths of a collection: its own keys and those of its items. */
export function collectionPaths(
  itemsKey: string,
  itemKeys: readonly string[],
  ownKeys: readonly string[],
): readonly string[] {
  return [itemsKey, ...ownKeys, ...itemKeys.map((key) => `${itemsKey}.${key}`)];
}

const everything: Projection = { wants: () => true, apply: (body) => body };

function pathsOf(value: string | null): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((path) => path.trim())
    .filter((path) => path !== '');
}

function createKeeping(paths: readonly string[]): Projection {
  return {
    wants: (path) => paths.some((kept) => isWithin(kept, path) || isWithin(path, kept)),
    apply: (body) =>
      keep(
        body,
        paths.map((path) => path.split('.')),
      ) as Record<string, unknown>,
  };
}

function createDropping(paths: readonly string[]): Projection {
  return {
    wants: (path) => !paths.some((dropped) => isWithin(path, dropped)),
    apply: (body) =>
      drop(
        body,
        paths.map((path) => path.split('.')),
      ) as Record<string, unknown>,
  };
}

function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}.`);
}

function keep(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.some((path) => path.length === 0)) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => keep(item, paths));
  if (typeof value !== 'object' || value === null) return value;
  const kept: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const below = pathsBelow(paths, key);
    if (below.length > 0) kept[key] = keep(inner, below);
  }
  return kept;
}

function drop(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.length === 0) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => drop(item, paths));
  if (typeof value !== 'object' || value === null) return value;
  const left: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const below = pathsBelow(paths, key);
    if (!below.some((path) => path.length === 0)) left[key] = drop(inner, below);
  }
  return left;
}

/** What is left of the paths that go through a key. */
function pathsBelow(paths: readonly (readonly string[])[], key: string): (readonly string[])[] {
  return paths.filter((path) => path[0] === key).map((path) => path.slice(1));
}
