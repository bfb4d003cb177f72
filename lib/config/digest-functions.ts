/**
 * The functions of a configuration cannot be compared, but their text can: a filter that reads differently is
 * another filter. Blanks do not count, so that a formatter changes nothing. What a function takes from outside
 * itself is not seen. The text must be that of the user's module: a bundler rewrites it, so the stack takes the
 * digest when it is synthesized and tells the functions (lib/stack/environment.ts).
 */
import { digest } from '../engine/hash.ts';

type UserFunction = (...args: never[]) => unknown;

export const digestFunctions = (functions: readonly (UserFunction | undefined)[]): string =>
  digest(functions.map((each) => each?.toString().replaceAll(/\s+/g, '') ?? '').join('\n'));
