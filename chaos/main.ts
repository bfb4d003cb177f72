/** `npm run chaos`: a bad day of the real stack on this machine. Nothing of it is in a deployment. */
import { say, tryOut } from '../simulate/trial.ts';
import { HELP, parseAsked, type Asked } from './arguments.ts';
import { runChaos } from './run.ts';

async function run(asked: Asked): Promise<boolean> {
  const beganAt = performance.now();
  const seconds = (): string => ((performance.now() - beganAt) / 1_000).toFixed(1).padStart(7);
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
  const tell = (line: string): boolean => process.stderr.write(`${seconds()} ${line}\n`);
  const { acts, restarts, people, problems } = await runChaos(asked, tell, stopping.signal);
  for (const problem of problems) say(`✗ ${problem}`);
  say(
    `${acts} acts in ${asked.minutes} minutes of seed ${asked.seed}, ${restarts} restarts, ${people} people: ` +
      (problems.length === 0 ? 'all ends agree' : `${problems.length} problems`),
  );
  return problems.length === 0;
}

process.exitCode = await tryOut({ help: HELP, parse: parseAsked, run }, process.argv.slice(2));
