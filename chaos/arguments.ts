/** What `npm run chaos` may be asked. A mistake gets one sentence that names the option and what it takes. */
import { parseArgs } from 'node:util';
import { wholeNumber } from '../simulate/trial.ts';

export interface Asked {
  readonly isHelp: boolean;
  readonly minutes: number;
  readonly seed: number;
  readonly contacts: number;
  /** How long all may take to come to rest afterwards. */
  readonly patienceMs: number;
}

export const HELP = `npm run chaos -- [options]

The sandbox with three apps, as anybody runs it, on a bad day: people edit at all sides, the apps fail in every way they
can, functions are killed, sessions of the database are cut, and Postgres, DynamoDB or everything is killed and started
again on the same data. In the end everything is left alone, and what SQL and the apps' APIs show must agree: nobody
lost, nobody twice, nobody subscribed who had withdrawn, and each edit where it belongs.

  --minutes M      how long it goes on (default 10)
  --seed S         what happens, in which order (default 1); when it happens is the machine's
  --contacts N     how many people there are at first (default 60)
  --patience S     seconds until all must have come to rest (default 400)

Ends with 0 when all agrees, 1 when it does not, 2 when the question was not understood.
`;

const OPTIONS = {
  minutes: { type: 'string' },
  seed: { type: 'string' },
  contacts: { type: 'string' },
  patience: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

export function parseAsked(args: readonly string[]): Asked {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  return {
    isHelp: values.help,
    minutes: minutesIn(values.minutes) ?? 10,
    seed: wholeNumber('seed', values.seed) ?? 1,
    contacts: wholeNumber('contacts', values.contacts) ?? 60,
    patienceMs: (wholeNumber('patience', values.patience) ?? 400) * 1_000,
  };
}

function minutesIn(text: string | undefined): number | null {
  if (text === undefined) return null;
  const minutes = Number(text);
  if (Number.isFinite(minutes) && minutes > 0) return minutes;
  throw new Error(`--minutes takes a number above 0, and was “${text}”`);
}
