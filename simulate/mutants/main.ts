/** `npm run simulate:mutants`: what the simulation is worth. Each bug of the list must be noticed by a seed. */
import { parseArgs } from 'node:util';
import { say, tryOut, wholeNumber } from '../trial.ts';
import { findMutants, MUTANTS, SEED_MUTANTS } from './list.ts';
import type { Mutant } from './mutant.ts';
import { copyTree } from './mutate.ts';
import { runMutant, type Verdict } from './run-mutant.ts';
import { runStory } from './run-story.ts';
import { STORY_MUTANTS } from './story-mutants.ts';

const HELP = `npm run simulate:mutants -- [options]

Plants bugs in copies of the engine and the flow, one at a time, and runs the simulation on them: each must be
noticed by one of the first seeds, and by one that holds without the bug.

  --only a,b     these alone
  --seeds N      how many seeds each has to be noticed in (default 2000)
  --stories      those that no seed but a test is known to notice
  --jobs J       how many at a time (default 1)
  --json         the verdicts as JSON
  --list         what there is

Ends with 0 when all were caught, 1 when one survived, 2 when the question was not understood.
`;

interface Asked {
  readonly isHelp: boolean;
  readonly isList: boolean;
  readonly mutants: readonly Mutant[];
  readonly seeds: number;
  readonly jobs: number;
  readonly isJson: boolean;
}

function parse(args: readonly string[]): Asked {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      seeds: { type: 'string' },
      stories: { type: 'boolean', default: false },
      jobs: { type: 'string' },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const all = values.stories ? STORY_MUTANTS : SEED_MUTANTS;
  return {
    isHelp: values.help,
    isList: values.list,
    mutants: values.only === undefined ? all : findMutants(values.only.split(',')),
    seeds: wholeNumber('seeds', values.seeds) ?? 2_000,
    jobs: wholeNumber('jobs', values.jobs) ?? 1,
    isJson: values.json,
  };
}

async function run(asked: Asked): Promise<boolean> {
  if (asked.isList) {
    for (const mutant of MUTANTS) say(described(mutant));
    return true;
  }
  const beganAt = performance.now();
  const verdicts = await tryAll(asked);
  const seconds = (performance.now() - beganAt) / 1000;
  say(asked.isJson ? JSON.stringify(verdicts) : summaryOf(verdicts, seconds));
  return verdicts.every(({ caughtBy }) => caughtBy !== null);
}

/** Each job has a copy of its own, and takes the next when it is through with one. */
async function tryAll({ mutants, jobs, seeds, isJson }: Asked): Promise<readonly Verdict[]> {
  const waiting = [...mutants];
  const verdicts = new Map<Mutant, Verdict>();
  const work = async (): Promise<void> => {
    const tree = copyTree();
    try {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        const { story } = mutant;
        const verdict =
          story === undefined
            ? await runMutant(tree, mutant, { seeds })
            : await runStory(tree, mutant, story);
        verdicts.set(mutant, verdict);
        if (!isJson) say(lineOf(verdict));
      }
    } finally {
      tree.remove();
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, mutants.length) }, work));
  return mutants.flatMap((mutant) => verdicts.get(mutant) ?? []);
}

const described = ({ name, says, story }: Mutant): string =>
  `${name.padEnd(40)} ${says}${story === undefined ? '' : ` (${story.file})`}`;

function lineOf({ name, caughtBy, seconds }: Verdict): string {
  const time = `${seconds.toFixed(0)} s`.padStart(5);
  if (caughtBy === null) return `${name.padEnd(38)} SURVIVED            ${time}`;
  const { where, problem } = caughtBy;
  return `${name.padEnd(38)} ${where.padEnd(18)} ${time}  ${problem.slice(0, 100)}`;
}

function summaryOf(verdicts: readonly Verdict[], seconds: number): string {
  const survivors = verdicts.filter(({ caughtBy }) => caughtBy === null);
  const time = `${(seconds / 60).toFixed(1)} minutes`;
  const caught = `${verdicts.length - survivors.length} of ${verdicts.length} bugs were caught, in ${time}`;
  return survivors.length === 0
    ? caught
    : `${caught}; survivors: ${survivors.map(({ name }) => name).join(', ')}`;
}

process.exitCode = await tryOut({ help: HELP, parse, run }, process.argv.slice(2));
