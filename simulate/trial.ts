/** What the commands that try something have in common (simulate, fuzz, chaos): how they are asked, and how they end. */

const HELD = 0;
const FAILED = 1;
const MISUNDERSTOOD = 2;
const UNFINISHED = 3;

/** Whether all held; `unfinished`: all that was tried, and time was over before everything was. */
export type Found = boolean | 'unfinished';

export interface Trial<A extends { readonly isHelp: boolean }> {
  readonly help: string;
  /** Throws one sentence that names the option and what it takes. */
  readonly parse: (args: readonly string[]) => A;
  /** What did not hold, it has said. */
  readonly run: (asked: A) => Promise<Found>;
}

/** Resolves to the exit code. */
export async function tryOut<A extends { readonly isHelp: boolean }>(
  { help, parse, run }: Trial<A>,
  args: readonly string[],
): Promise<number> {
  let asked: A;
  try {
    asked = parse(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${help}`);
    return MISUNDERSTOOD;
  }
  if (asked.isHelp) {
    process.stdout.write(help);
    return HELD;
  }
  const found = await run(asked);
  return found === 'unfinished' ? UNFINISHED : found ? HELD : FAILED;
}

export const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/** Null: it was not said. */
export function wholeNumber(name: string, text: string | undefined, least = 1): number | null {
  if (text === undefined) return null;
  const number = Number(text);
  if (text !== '' && Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`--${name} takes a whole number from ${least} on, and was “${text}”`);
}
