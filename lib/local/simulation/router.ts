/** Finds the route for a method and path; says which methods a known path would have taken. */

export interface Routed {
  readonly method: string;
  /**
   * `/lists/{id}/members/{hash}`, or `/act_{account}`: the name under which statistics count it. Of two
   * templates that fit one path the earlier wins.
   */
  readonly template: string;
}

export type RouteMatch<Route extends Routed> =
  | { readonly kind: 'found'; readonly route: Route; readonly params: Record<string, string> }
  | { readonly kind: 'wrong-method'; readonly template: string; readonly allow: string }
  | { readonly kind: 'unknown' };

export type Router<Route extends Routed> = (method: string, path: string) => RouteMatch<Route>;

export function createRouter<Route extends Routed>(routes: readonly Route[]): Router<Route> {
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

/** The name under which a request is counted. */
export function nameOf<Route extends Routed>(method: string, match: RouteMatch<Route>): string {
  if (match.kind === 'found') return `${method} ${match.route.template}`;
  return match.kind === 'wrong-method' ? `${method} ${match.template}` : `${method} (unknown)`;
}

function fit(template: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (template.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [index, expected] of template.entries()) {
    const actual = parts[index] ?? '';
    const [before = '', name] = expected.split(/[{}]/);
    if (name === undefined) {
      if (expected !== actual) return null;
      continue;
    }
    const value = actual.startsWith(before) ? decode(actual.slice(before.length)) : null;
    if (value === null || value === '') return null;
    params[name] = value;
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
