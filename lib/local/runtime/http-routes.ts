/**
 * Chooses the route of an HTTP API for a request: a full match before a greedy one before $default,
 * the method itself before ANY.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export interface RouteKey {
  /** As declared, such as `POST /webhooks/{app}`. */
  readonly key: string;
  readonly method: string;
  readonly segments: readonly string[];
}

export interface RouteMatch<Route> {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

export function parseRouteKey(key: string): RouteKey | undefined {
  if (key === '$default') return { key, method: 'ANY', segments: ['{$default+}'] };
  const match = /^([A-Z]+) (\/\S*)$/.exec(key);
  const [, method, path] = match ?? [];
  if (method === undefined || path === undefined) return undefined;
  return { key, method, segments: splitPath(path) };
}

export function findRoute<Route extends RouteKey>(
  routes: readonly Route[],
  method: string,
  path: string,
): RouteMatch<Route> | undefined {
  const segments = splitPath(path);
  const matches = routes
    .filter((route) => route.method === method || route.method === 'ANY')
    .flatMap((route) => {
      const parameters = matchSegments(route.segments, segments);
      return parameters === undefined ? [] : [{ route, parameters }];
    });
  return matches.toSorted((a, b) => rank(a.route) - rank(b.route))[0];
}

function splitPath(path: string): string[] {
  return path.split('/').slice(1);
}

function matchSegments(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [at, part] of pattern.entries()) {
    const name = /^\{(.+?)(\+?)\}$/.exec(part);
    const segment = segments[at];
    if (segment === undefined) return undefined;
    if (name === null && segment !== part) return undefined;
    if (name?.[2] === '+') {
      if (part !== '{$default+}') parameters[name[1] ?? ''] = decode(segments.slice(at).join('/'));
      return parameters;
    }
    if (name !== null) parameters[name[1] ?? ''] = decode(segment);
  }
  return pattern.length === segments.length ? parameters : undefined;
}

/** What is not valid percent-encoding is taken as it stands. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The lower the earlier. */
function rank(route: RouteKey): number {
  if (route.key === '$default') return 8;
  const isGreedy = route.segments.at(-1)?.endsWith('+}') ?? false;
  const hasVariable = route.segments.some((segment) => segment.startsWith('{'));
  return (isGreedy ? 4 : 0) + (hasVariable ? 2 : 0) + (route.method === 'ANY' ? 1 : 0);
}
