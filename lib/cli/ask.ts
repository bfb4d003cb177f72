/** Asking which of several is meant. On stderr, so that what is piped on stays clean. */
import { createInterface } from 'node:readline/promises';
import { CommandFailure, EXIT } from './failure.ts';
import type { Asking } from './confirm.ts';

const TERMINAL: Asking = { input: process.stdin, output: process.stderr };

export interface Choice<T> {
  /** As it is named on the command line. */
  readonly name: string;
  readonly about?: string;
  readonly value: T;
}

export interface Question<T> {
  /** “Which table holds the people?” */
  readonly text: string;
  /** What answers it on the command line: `--table`. */
  readonly option: string;
  /** Likeliest first. */
  readonly choices: readonly Choice<T>[];
  /** Null: nothing speaks for one of them more than for another. */
  readonly recommended: T | null;
}

/** One choice is no question; `--yes` takes what is recommended and guesses nothing. */
export async function choose<T>(
  question: Question<T>,
  { yes }: { readonly yes?: boolean },
  asking: Asking = TERMINAL,
): Promise<T> {
  const { choices, recommended, text, option } = question;
  const [only] = choices;
  if (only !== undefined && choices.length === 1) return only.value;
  if (yes === true && recommended !== null) return recommended;
  if (yes === true || asking.input.isTTY !== true || asking.output.isTTY !== true) {
    const names = choices.map(({ name }) => name).join(', ');
    const why = yes === true ? 'nothing speaks for one of them' : 'nobody can be asked here';
    const other =
      yes === true || recommended === null ? '' : ', or --yes to take what is recommended';
    throw new CommandFailure(`${text} ${names}: ${why}. Say ${option}${other}.`, EXIT.needsPerson);
  }
  return ask(question, asking);
}

async function ask<T>({ text, choices, recommended }: Question<T>, asking: Asking): Promise<T> {
  const lines = createInterface({ input: asking.input, output: asking.output, terminal: true });
  const ending = new AbortController();
  lines.once('SIGINT', () => ending.abort());
  lines.once('close', () => ending.abort());
  const best = choices.findIndex(({ value }) => value === recommended);
  asking.output.write(`${text}\n${choices.map(lineOf).join('\n')}\n`);
  const prompt = best < 0 ? `1 to ${choices.length}: ` : `1 to ${choices.length} [${best + 1}]: `;
  try {
    for (;;) {
      const answer = (await lines.question(prompt, { signal: ending.signal })).trim();
      const index = answer === '' ? best : Number(answer) - 1;
      const chosen = choices[index] ?? choices.find(({ name }) => name === answer);
      if (chosen !== undefined) return chosen.value;
    }
  } catch {
    throw new CommandFailure('Nothing was written.');
  } finally {
    lines.close();
  }
}

const lineOf = ({ name, about }: Choice<unknown>, index: number): string =>
  `  ${index + 1}  ${name}${about === undefined ? '' : `  ${about}`}`;
