/** What `npm run fuzz` may be asked. A mistake gets one sentence that names the option and what it takes. */
import { parseArgs } from 'node:util';
import { wholeNumber } from '../simulate/trial.ts';
import type { Asked } from './run.ts';

export interface AskedOfFuzz extends Asked {
  readonly isHelp: boolean;
  readonly isJson: boolean;
  /** One input, to be shown before it is asked. */
  readonly isShown: boolean;
}

export const HELP = `npm run fuzz -- [options]

Requests of every kind through the webhook function as it is deployed, with the real connectors of all apps: genuine
ones, bent ones, forged ones, and what is no request at all. Whatever comes is answered by 2xx or 4xx, in time and
within its memory; nothing is written unless a holder of a key has signed it; nothing of a person is told.

  --inputs N    how many (default 100000)
  --seed S      decides all of them (default 1)
  --only I      that one alone, and shows it
  --json        one JSON object at the end

Ends with 0 when nothing failed, 1 when something did, 2 when the question was not understood.
`;

const OPTIONS = {
  inputs: { type: 'string' },
  seed: { type: 'string' },
  only: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

export function parseAsked(args: readonly string[]): AskedOfFuzz {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const only = wholeNumber('only', values.only, 0);
  return {
    isHelp: values.help,
    isJson: values.json,
    isShown: only !== null,
    seed: wholeNumber('seed', values.seed) ?? 1,
    from: only ?? 0,
    inputs: only === null ? (wholeNumber('inputs', values.inputs) ?? 100_000) : 1,
  };
}
