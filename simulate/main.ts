/** `npm run simulate`: many seeds, or one again. Nothing of it is in a deployment. */
import { HELP, parseAsked, type Asked, type Replay } from './arguments.ts';
import { findKind, kindOf, type Kind } from './kinds.ts';
import {
  describeFailed,
  describeShrunk,
  progressLine,
  replayCommand,
  summaryLine,
} from './report.ts';
import { runSeed } from './run-seed.ts';
import { runSeeds } from './run-seeds.ts';
import { shrink } from './shrink.ts';
import { say, tryOut } from './trial.ts';

/** As many failing seeds are shrunk; of the others it is said what is wrong. */
const SHRUNK_MAX = 5;

const run = (asked: Asked): Promise<boolean> =>
  asked.replay === null ? runMany(asked) : replay(asked.replay, asked);

async function runMany(asked: Asked): Promise<boolean> {
  const tally = await runSeeds({
    ...asked,
    kind: asked.kind?.name ?? null,
    onProgress: (soFar) => process.stderr.write(`${progressLine(soFar, asked.count)}\n`),
    now: () => performance.now(),
  });
  const told = [];
  for (const { seed, kind } of asked.shrinks ? tally.failed.slice(0, SHRUNK_MAX) : []) {
    const shrunk = await shrink(seed, findKind(kind));
    if (shrunk === null) throw new Error(`seed ${seed} failed once and not again: it is no seed`);
    const command = replayCommand(seed, findKind(kind), shrunk.script);
    told.push({ seed, kind, command, problems: shrunk.run.problems, story: shrunk.run.story });
    if (!asked.isJson) say(describeShrunk(seed, findKind(kind), shrunk));
  }
  if (!asked.isJson)
    for (const failed of tally.failed.slice(told.length)) say(describeFailed(failed));
  if (asked.isJson) say(JSON.stringify({ ...tally, shrunk: told }));
  else say(summaryLine(tally));
  return tally.failed.length === 0;
}

async function replay({ seed, script, isTraced }: Replay, asked: Asked): Promise<boolean> {
  const kind: Kind = asked.kind ?? kindOf(seed);
  const ran = await runSeed(seed, { kind, ...(script === null ? {} : { script }) });
  if (asked.isJson) {
    say(JSON.stringify(isTraced ? ran : { ...ran, trace: undefined }));
  } else {
    for (const line of isTraced ? ran.trace : ran.story) say(line);
    for (const problem of ran.problems) say(`✗ ${problem}`);
    say(`seed ${seed} (${kind.name}), ${ran.steps} calls, trace ${ran.hash}`);
  }
  return ran.problems.length === 0;
}

process.exitCode = await tryOut({ help: HELP, parse: parseAsked, run }, process.argv.slice(2));
