/** Asking before something is changed. On stderr, so that what is piped on stays clean. */
import { createInterface } from 'node:readline/promises';
import { CommandFailure, EXIT } from './failure.ts';

export interface Asking {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

const TERMINAL: Asking = { input: process.stdin, output: process.stderr };

export interface Agreement {
  readonly yes?: boolean;
  /** What else could be said where nobody can be asked. @default that `--print` shows the SQL */
  readonly otherwise?: string;
}

/** Ends the command unless somebody agrees. Where nobody can be asked, `--yes` has to be said. */
export async function confirm(
  question: string,
  { yes, otherwise = ', or --print to see the SQL' }: Agreement,
  asking: Asking = TERMINAL,
): Promise<void> {
  if (yes === true) return;
  if (asking.input.isTTY !== true || asking.output.isTTY !== true) {
    throw new CommandFailure(
      `Nothing was changed: nobody can be asked here. Say --yes to go on without asking${otherwise}.`,
      EXIT.needsPerson,
    );
  }
  const lines = createInterface({ input: asking.input, output: asking.output, terminal: true });
  // Ctrl-C and Ctrl-D are a no.
  const ending = new AbortController();
  lines.once('SIGINT', () => ending.abort());
  lines.once('close', () => ending.abort());
  const answer = await lines
    .question(`${question} [y/N] `, { signal: ending.signal })
    .catch(() => '');
  lines.close();
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new CommandFailure('Nothing was changed.');
}
