/** `trivet sandbox`: the whole stack on this machine, narrated for people or described for programs. */
import { type Command, InvalidArgumentError } from 'commander';
import { resolve } from 'node:path';
import type { LogLine } from '../local/runtime/log.ts';
import { narrate } from '../local/sandbox/narrate.ts';
import { announceSandbox } from '../local/sandbox/running.ts';
import { startSandbox, type Sandbox } from '../local/sandbox/sandbox.ts';
import type { Stage } from '../local/sandbox/stage.ts';
import { EXIT_HELP } from './failure.ts';
import { createInk } from './print/ink.ts';
import { createStage } from './print/stage.ts';

interface Options {
  readonly contacts: number;
  readonly seed: number;
  readonly data?: string;
  readonly schedule: number;
  readonly config?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export function addSandbox(program: Command): void {
  program
    .command('sandbox')
    .description(
      'run the whole stack on this machine: a sample CRM, a simulated Mailchimp, and the sync between them',
    )
    .option(
      '--contacts <n>',
      'contacts in the sample CRM; 0 = empty tables and an empty audience',
      wholeNumber(0),
      2000,
    )
    .option(
      '--seed <n>',
      'the invented people and the simulation’s chances follow from it',
      wholeNumber(0),
      1,
    )
    .option('--data <dir>', 'keep all state there and resume from it')
    .option(
      '--config <file>',
      'another configuration of one sync over the sample table and the simulated audience',
    )
    .option('--schedule <seconds>', 'how often EventBridge schedules fire here', wholeNumber(1), 5)
    .option(
      '--json',
      'one line of JSON on stdout when ready, logs on stderr, until SIGTERM or SIGINT',
    )
    .option('--verbose', 'show the functions’ logs')
    .addHelpText(
      'after',
      `
Examples:
  npx trivet sandbox                                  watch a first sync, then edits travelling
  npx trivet sandbox --contacts 0 --json              an empty world for a program to fill
  npx trivet sandbox --data .trivet/sandbox           stop it, start it again: it goes on where it was

Ctrl-C (or SIGTERM) stops everything; that is no failure.
${EXIT_HELP}`,
    )
    .action(runSandbox);
}

async function runSandbox(options: Options): Promise<void> {
  const stage = options.json === true ? null : createStage(createInk(process.stdout), print);
  const audience = stage ?? createSilence();
  const signal = stopSignal(() => audience.step('stopping'));
  const sandbox = await startSandbox({
    contacts: options.contacts,
    seed: options.seed,
    dataDir: options.data === undefined ? null : resolve(options.data),
    scheduleSeconds: options.schedule,
    configPath: options.config === undefined ? null : resolve(options.config),
    onLog: (log) => {
      const isNews = !signal.aborted && isAlarming(log);
      const isTold = options.json === true || options.verbose === true || isNews;
      if (isTold) audience.note(`[${log.source}] ${log.line}`);
    },
    onStep: (step) => audience.step(step),
  }).catch((error: unknown) => {
    // A Ctrl-C reaches whatever was being started, too; that it failed then is no news.
    if (signal.aborted) return null;
    throw error;
  });
  if (sandbox === null) {
    audience.step('stopped before everything had started; no process is left');
    return;
  }
  const withdraw = announce(sandbox, audience);
  try {
    if (stage === null) {
      if (!signal.aborted) print(`${JSON.stringify(sandbox.description)}\n`);
      await stopped(signal);
    } else await narrate({ sandbox, stage, seed: options.seed, signal });
  } finally {
    withdraw();
    await sandbox.stop();
  }
  audience.step('stopped; no process is left');
}

/** What functions log at a level is theirs to say; what is no log line of theirs came from a crash. */
function isAlarming({ level, line }: LogLine): boolean {
  const said = /"level":"(\w+)"/.exec(line)?.[1];
  return level === 'error' && (said === undefined || said === 'ERROR' || said === 'CRITICAL');
}

const print = (text: string): void => void process.stdout.write(text);

/** For programs stdout is the one line; everything else goes to stderr. */
function createSilence(): Pick<Stage, 'step' | 'note'> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  return { step: (text) => say(`… ${text}`), note: say };
}

/** A directory that cannot be written to only costs the other commands their way here. */
function announce(sandbox: Sandbox, audience: Pick<Stage, 'note'>): () => void {
  try {
    return announceSandbox(sandbox, process.cwd());
  } catch (error) {
    audience.note(`“npx trivet status” and the like will not find this sandbox: ${String(error)}`);
    return () => undefined;
  }
}

/** One Ctrl-C may arrive twice: from the terminal, and passed on by npm. */
const SAME_SIGNAL_MS = 1_000;

/** Aborted at the first SIGINT, SIGTERM or SIGHUP; a later one ends the process at once. */
function stopSignal(onFirst: () => void): AbortSignal {
  const stopping = new AbortController();
  let firstAt = 0;
  const stop = (): void => {
    if (stopping.signal.aborted) {
      if (performance.now() - firstAt > SAME_SIGNAL_MS) process.exit(130);
      return;
    }
    firstAt = performance.now();
    onFirst();
    stopping.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  return stopping.signal;
}

const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise((settle) => {
    if (signal.aborted) settle();
    else signal.addEventListener('abort', () => settle(), { once: true });
  });

function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < min) {
      throw new InvalidArgumentError(`a whole number of at least ${min} is needed.`);
    }
    return value;
  };
}
