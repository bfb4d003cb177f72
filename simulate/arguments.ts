/** What `npm run simulate` may be asked. A mistake gets one sentence that names the option and what it takes. */
import { parseArgs } from 'node:util';
import type { Script } from '../test/support/flow-world/script.ts';
import { findKind, KINDS, type Kind } from './kinds.ts';
import { wholeNumber } from './trial.ts';

export interface Asked {
  readonly isHelp: boolean;
  /** One seed to be run and told about; null: many. */
  readonly replay: Replay | null;
  readonly from: number;
  readonly count: number;
  /** When to stop, whatever is left; null: not before the seeds are through. */
  readonly minutes: number | null;
  readonly jobs: number;
  /** Another kind than the seeds say. */
  readonly kind: Kind | null;
  readonly goesOn: boolean;
  readonly shrinks: boolean;
  readonly isJson: boolean;
}

export interface Replay {
  readonly seed: number;
  readonly script: Script | null;
  readonly isTraced: boolean;
}

export const HELP = `npm run simulate -- [options]

Whole syncs in memory: the flow as it is deployed, simulated ends, queues, memory and clocks, people who edit
everywhere, and everything that can go wrong. One seed decides all of it, and the same seed is the same run.

  --seeds N        how many seeds (default 1000)
  --from S         the first of them (default 1)
  --minutes M      ends after so many minutes, whatever is left
  --jobs J         processes (default 1)
  --kind NAME      all seeds in one kind of world; else the seed decides, and every third runs in a worse one too
  --no-shrink      does not cut failing seeds down
  --keep-going     does not stop at the first seed that fails
  --json           one JSON object at the end

  --seed S         runs one seed and tells its story
  --trace          every call of it, too
  --acts 3,7       only these of its acts
  --calm 7         these without what went wrong in them

Kinds of worlds:
${KINDS.map(({ name, says }) => `  ${name.padEnd(9)} ${says}`).join('\n')}

A seed that fails is shrunk to the acts it needs, and printed with the command that runs it again.
Ends with 0 when nothing failed, 1 when something did, 2 when the question was not understood.
`;

const OPTIONS = {
  seeds: { type: 'string' },
  from: { type: 'string' },
  minutes: { type: 'string' },
  jobs: { type: 'string' },
  kind: { type: 'string' },
  'keep-going': { type: 'boolean', default: false },
  'no-shrink': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  seed: { type: 'string' },
  trace: { type: 'boolean', default: false },
  acts: { type: 'string' },
  calm: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

export function parseAsked(args: readonly string[]): Asked {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const seed = wholeNumber('seed', values.seed);
  const acts = numbersIn('acts', values.acts);
  const isNarrow = values.trace || acts !== null || values.calm !== undefined;
  if (seed === null && isNarrow) throw new Error('--trace, --acts and --calm need --seed S');
  const calm = numbersIn('calm', values.calm) ?? [];
  if (acts === null && calm.length > 0) throw new Error('--calm needs --acts');
  return {
    isHelp: values.help,
    replay:
      seed === null
        ? null
        : { seed, script: acts === null ? null : { acts, calm }, isTraced: values.trace },
    from: wholeNumber('from', values.from) ?? 1,
    count: wholeNumber('seeds', values.seeds) ?? (values.minutes === undefined ? 1_000 : Infinity),
    minutes: wholeNumber('minutes', values.minutes),
    jobs: wholeNumber('jobs', values.jobs) ?? 1,
    kind: values.kind === undefined ? null : findKind(values.kind),
    goesOn: values['keep-going'],
    shrinks: !values['no-shrink'],
    isJson: values.json,
  };
}

function numbersIn(name: string, text: string | undefined): readonly number[] | null {
  if (text === undefined) return null;
  const numbers = text.split(',').map(Number);
  if (text !== '' && numbers.every((each) => Number.isSafeInteger(each) && each >= 0))
    return numbers;
  throw new Error(`--${name} takes numbers of acts with commas between, and was “${text}”`);
}
