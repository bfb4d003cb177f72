/** The control API of a simulated app, as a test asks it: JSON in, JSON out, refusals thrown. */

export interface Controlled {
  readonly controlUrl: string;
}

export async function control(
  { controlUrl }: Controlled,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(`${controlUrl}${path}`, init);
  const answer = (await response.json()) as unknown;
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer;
}
