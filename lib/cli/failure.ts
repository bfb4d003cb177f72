/** How commands fail, in the words and exit codes a person or a script reads. */

export const EXIT = { ok: 0, failed: 1, usage: 2, noTarget: 3 } as const;

/** Shown under every command's help. */
export const EXIT_HELP = `
Exit codes: 0 done · 1 failed or refused · 2 wrong usage · 3 nothing running to talk to`;

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
