/**
 * `fields` and `exclude_fields`: dotted paths from the answer's root. A path to keep must exist; a path to
 * drop that does not exist drops nothing, silently, which is how `exclude_fields=email_address` does nothing.
 * https://mailchimp.com/developer/marketing/docs/methods-parameters/#partial-responses
 */
import { isPlainObject } from '../simulation/json.ts';
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
  const wrong = only.find((path) => !isKnown(path, known));
  if (wrong !== undefined) {
    return refused(invalidShape('fields', `'${wrong}' is not a valid field.`));
  }
  if (only.length > 0) return allowed(createKeeping(only));
  return allowed(without.length > 0 ? createDropping(without) : everything);
}

/** A path below one whose own parts are not listed is taken on trust. */
function isKnown(path: string, known: readonly string[]): boolean {
  const [first = '', second] = path.split('.');
  if (second === undefined || !known.some((one) => one.startsWith(`${first}.`))) {
    return known.includes(first);
  }
  return known.includes(`${first}.${second}`);
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
  const tree = plant(paths);
  return {
    wants: (path) => paths.some((kept) => isWithin(kept, path) || isWithin(path, kept)),
    apply: (body) => keep(body, tree) as Record<string, unknown>,
  };
}

function createDropping(paths: readonly string[]): Projection {
  const tree = plant(paths);
  return {
    wants: (path) => !paths.some((dropped) => isWithin(path, dropped)),
    apply: (body) => drop(body, tree) as Record<string, unknown>,
  };
}

function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}.`);
}

/** Paths as a tree, made once per request and walked once per item. A leaf (null) means all below it. */
interface Tree extends Map<string, Tree | null> {}

function plant(paths: readonly string[]): Tree {
  const root: Tree = new Map();
  for (const path of paths) {
    let here = root;
    const keys = path.split('.');
    for (const [depth, key] of keys.entries()) {
      const below = here.get(key);
      if (below === null) break;
      const next = depth === keys.length - 1 ? null : (below ?? new Map());
      here.set(key, next);
      if (next !== null) here = next;
    }
  }
  return root;
}

function keep(value: unknown, tree: Tree): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => keep(item, tree));
  if (!isPlainObject(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const [key, below] of tree) {
    if (!Object.hasOwn(value, key)) continue;
    kept[key] = below === null ? value[key] : keep(value[key], below);
  }
  return kept;
}

function drop(value: unknown, tree: Tree): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => drop(item, tree));
  if (!isPlainObject(value)) return value;
  const left = { ...value };
  for (const [key, below] of tree) {
    if (below === null) delete left[key];
    else if (Object.hasOwn(left, key)) left[key] = drop(left[key], below);
  }
  return left;
}
