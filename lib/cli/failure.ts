/** How commands end, in the words and exit codes a person or a script reads. The one place that knows the numbers. */

export const EXIT = { ok: 0, failed: 1, usage: 2, noTarget: 3, needsPerson: 4 } as const;

/** What each code says; `--help` and docs/cli.md are written from this. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'done',
  failed: 'failed or refused',
  usage: 'wrong usage',
  noTarget: 'nothing running to talk to',
  needsPerson: 'a person is needed first',
};

/** Shown under every command's help. */
export const EXIT_HELP = `
Exit codes: ${Object.entries(EXIT)
  .map(([name, code]) => `${code} ${EXIT_MEANINGS[name as keyof typeof EXIT]}`)
  .join(' · ')}`;

/** An expected failure: its message says what is wrong and what to do, and no stack is shown. */
export class CommandFailure extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}

export const wrongUsage = (message: string): CommandFailure =>
  new CommandFailure(message, EXIT.usage);

export const noTarget = (message: string): CommandFailure =>
  new CommandFailure(message, EXIT.noTarget);

/** Errors of ours say what is wrong and what to do. Known by name, so that saying so loads none of their modules. */
const OURS: ReadonlySet<string> = new Set([
  'Error',
  'CommandFailure',
  'ConfigError',
  'CrmUnavailable',
  'DataDirInUse',
  'NewerItem',
  'QueueUnavailable',
  'StateUnavailable',
]);

/** What our own code throws is a sentence; of what the language or a library throws, the place matters. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isOurs = OURS.has(error.name) && !('code' in error);
  return isOurs ? error.message : (error.stack ?? error.message);
}

export const exitCodeOf = (error: unknown): number =>
  error instanceof CommandFailure ? error.exitCode : EXIT.failed;
