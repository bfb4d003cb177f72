/** `npm run chaos`: a bad day of the real stack on this machine. Nothing of it is in a deployment. */
import { HELP, parseAsked, type Asked } from './arguments.ts';
import { runChaos } from './run.ts';

const AGREED = 0;
const FAILED = 1;
const MISUNDERSTOOD = 2;

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

async function main(args: readonly string[]): Promise<number> {
  const asked = understood(args);
  if (asked === null) return MISUNDERSTOOD;
  if (asked.isHelp) {
    process.stdout.write(HELP);
    return AGREED;
  }
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
  return problems.length === 0 ? AGREED : FAILED;
}

function understood(args: readonly string[]): Asked | null {
  try {
    return parseAsked(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    return null;
  }
}

process.exitCode = await main(process.argv.slice(2));
