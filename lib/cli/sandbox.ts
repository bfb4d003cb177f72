/** `trivet sandbox`: the whole stack on this machine, narrated for people or described for programs. */
import { type Command, InvalidArgumentError } from 'commander';
import { resolve } from 'node:path';
import type { LogLine } from '../local/runtime/log.ts';
import { startSandbox, type Sandbox } from '../local/sandbox/sandbox.ts';

interface Options {
  readonly contacts: number;
  readonly seed: number;
  readonly data?: string;
  readonly schedule: number;
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
  npx trivet sandbox --data .trivet/sandbox           stop it, start it again: it goes on where it was`,
    )
    .action(runSandbox);
}

async function runSandbox(options: Options): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const onLog = ({ source, level, line }: LogLine): void => {
    if (options.json === true || options.verbose === true || level === 'error')
      say(`[${source}] ${line}`);
  };
  const stopped = stopSignal();
  const starting = startSandbox({
    contacts: options.contacts,
    seed: options.seed,
    dataDir: options.data === undefined ? null : resolve(options.data),
    scheduleSeconds: options.schedule,
    onLog,
    onStep: (step) => say(`… ${step}`),
  });
  const sandbox = await starting;
  try {
    if (options.json === true) process.stdout.write(`${JSON.stringify(sandbox.description)}\n`);
    else
      await import('../local/sandbox/narrate.ts').then(({ narrate }) => narrate(sandbox, stopped));
    await stopped;
  } finally {
    await sandbox.stop();
  }
}

/** Settles at the first SIGINT or SIGTERM; a second one ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((settle) => {
    let asked = false;
    const stop = (): void => {
      if (asked) process.exit(130);
      asked = true;
      settle();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < min) {
      throw new InvalidArgumentError(`a whole number of at least ${min} is needed.`);
    }
    return value;
  };
}

export type { Sandbox };
