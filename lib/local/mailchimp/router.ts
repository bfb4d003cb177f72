/** Finds the handler for a method and path; says which methods a known path would have taken. */
import type { Route } from './exchange.ts';

export type RouteMatch =
  | { readonly kind: 'found'; readonly route: Route; readonly params: Record<string, string> }
  | { readonly kind: 'wrong-method'; readonly template: string; readonly allow: string }
  | { readonly kind: 'unknown' };

export type Router = (method: string, path: string) => RouteMatch;

export function createRouter(routes: readonly Route[]): Router {
  const split = routes.map((route) => ({ route, parts: route.template.split('/') }));
  return (method, path) => {
    const parts = path.split('/');
    const fitting = split.flatMap(({ route, parts: template }) => {
      const params = fit(template, parts);
      return params === null ? [] : [{ route, params }];
    });
    const found = fitting.find(({ route }) => route.method === method);
    if (found !== undefined) return { kind: 'found', ...found };
    const [first] = fitting;
    if (first === undefined) return { kind: 'unknown' };
    const allow = fitting.map(({ route }) => route.method).join(', ');
    return { kind: 'wrong-method', template: first.route.template, allow };
  };
}

function fit(template: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (template.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [index, expected] of template.entries()) {
    const actual = parts[index] ?? '';
    if (!expected.startsWith('{')) {
      if (expected !== actual) return null;
      continue;
    }
    const value = decode(actual);
    if (value === null || value === '') return null;
    params[expected.slice(1, -1)] = value;
  }
  return params;
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
