/** `npm run fuzz`: whatever anybody may send, through the webhook function. Nothing of it is in a deployment. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { say, tryOut } from '../simulate/trial.ts';
import { HELP, parseAsked, type AskedOfFuzz } from './arguments.ts';
import { fuzz, makeInput, type Tally } from './run.ts';
import { Issued } from './keys.ts';

/** What a run may hold on to of all the requests it has seen: nothing, but collectors are never quite done. */
const HEAP_GROWTH_MAX_MB = 40;
/** An event has 6 MB at most, and the deployed function 512 MB. */
const CALL_MAX_MB = 64;

async function run(asked: AskedOfFuzz): Promise<boolean> {
  if (asked.isShown) say(JSON.stringify(makeInput(asked.seed, asked.from, new Issued()), null, 2));
  setFlagsFromString('--expose-gc');
  globalThis.gc = runInNewContext('gc') as typeof globalThis.gc & (() => void);
  const tally = await fuzz(asked);
  const problems = [...tally.problems.map(tell(tally)), ...whyTooMuch(tally)];
  if (asked.isJson) say(JSON.stringify({ ...tally, failed: problems }));
  else for (const line of [...problems, summaryOf(tally)]) say(line);
  return problems.length === 0;
}

const tell =
  ({ seed }: Tally) =>
  ({ input, problem }: Tally['problems'][number]): string =>
    `✗ input ${input}: ${problem}\n  npm run fuzz -- --seed ${seed} --only ${input}`;

function whyTooMuch({ heapGrewMb, mostMb }: Tally): readonly string[] {
  return [
    ...(heapGrewMb <= HEAP_GROWTH_MAX_MB ? [] : [`✗ the heap grew by ${heapGrewMb.toFixed(1)} MB`]),
    ...(mostMb <= CALL_MAX_MB ? [] : [`✗ one call took ${mostMb.toFixed(1)} MB`]),
  ];
}

function summaryOf({ seed, inputs, answers, rung, problems, ...measured }: Tally): string {
  const counted = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, times]) => `${times} × ${name}`)
      .join(', ');
  return [
    `${inputs} inputs of seed ${seed}: ${problems.length === 0 ? 'none failed' : `${problems.length} failed`}`,
    `answers: ${counted(answers)}; rung: ${counted(rung)}`,
    `slowest ${measured.slowestMs.toFixed(0)} ms, most memory of a call ${measured.mostMb.toFixed(1)} MB, heap grew ${measured.heapGrewMb.toFixed(1)} MB`,
  ].join('\n');
}

process.exitCode = await tryOut({ help: HELP, parse: parseAsked, run }, process.argv.slice(2));
