/** `npm run simulate:mutants`: what the simulation is worth. Each bug of the list must be noticed by a seed. */
import { parseArgs } from 'node:util';
import { findMutants, MUTANTS } from './list.ts';
import { copyTree } from './mutate.ts';
import { runMutant, type Verdict } from './run-mutant.ts';

const HELP = `npm run simulate:mutants -- [options]

Plants bugs in a copy of the engine and the flow, one at a time, and runs the simulation on it: each must be
noticed by one of the first seeds.

  --only a,b     these alone
  --seeds N      how many seeds each has to be noticed in (default 2000)
  --jobs J       processes (default 1)
  --json         the verdicts as JSON
  --list         what there is; those not noticed yet run with --only alone

Ends with 0 when all were caught, 1 when one survived.
`;

interface Options {
  readonly only: readonly string[];
  readonly seeds: number;
  readonly jobs: number;
  readonly isJson: boolean;
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      seeds: { type: 'string', default: '2000' },
      jobs: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.list) {
    for (const { name, says, open } of MUTANTS) {
      const more = open === undefined ? '' : ` (not noticed yet: ${open})`;
      process.stdout.write(`${name.padEnd(40)} ${says}${more}\n`);
    }
    return 0;
  }
  return run({
    only: values.only === undefined ? [] : values.only.split(','),
    seeds: Number(values.seeds),
    jobs: Number(values.jobs),
    isJson: values.json,
  });
}

async function run({ only, seeds, jobs, isJson }: Options): Promise<number> {
  const mutants = findMutants(only);
  const verdicts: Verdict[] = [];
  const tree = copyTree();
  try {
    for (const mutant of mutants) {
      const verdict = await runMutant(tree, mutant, { seeds, jobs });
      verdicts.push(verdict);
      if (!isJson) process.stdout.write(`${lineOf(verdict)}\n`);
    }
  } finally {
    tree.remove();
  }
  const survivors = verdicts.filter(({ caughtBy }) => caughtBy === null);
  if (isJson) process.stdout.write(`${JSON.stringify(verdicts)}\n`);
  else
    process.stdout.write(
      `${verdicts.length - survivors.length} of ${verdicts.length} were caught\n`,
    );
  return survivors.length === 0 ? 0 : 1;
}

function lineOf({ name, caughtBy, seeds }: Verdict): string {
  if (caughtBy === null) return `${name.padEnd(40)} SURVIVED ${seeds} seeds`;
  const { seed, kind, problem } = caughtBy;
  return `${name.padEnd(40)} ${String(seed).padStart(5)}  ${kind.padEnd(7)} ${problem.slice(0, 90)}`;
}

process.exitCode = await main(process.argv.slice(2));
