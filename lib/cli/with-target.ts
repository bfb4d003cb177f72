/** What commands on a running stack share: the options that choose it, opening and closing it, and saying which it is. */
import type { Command } from 'commander';
import type { CrmKey } from '../engine/model.ts';
import { EXIT_HELP, wrongUsage } from './failure.ts';
import { createInk, type Ink } from './print/ink.ts';
import type { Target } from './target.ts';

export interface TargetOptions {
  readonly sandbox?: string;
  readonly json?: boolean;
}

/** Adds the shared options, and the command's examples to its help. */
export function describeTargetCommand(command: Command, examples: string): Command {
  return command
    .option(
      '--sandbox <file|url>',
      'which sandbox: its control URL, or its file (default: the one running here)',
    )
    .option('--json', 'one JSON document on stdout, for programs')
    .addHelpText('after', `\nExamples:\n${examples}\n${EXIT_HELP}`);
}

/** Both forms of a command's answer. The mode is added to either. */
export interface Answer {
  readonly json: Readonly<Record<string, unknown>>;
  readonly lines: (ink: Ink) => readonly string[];
}

/** Opens the target, asks, closes it whatever happened, and prints the answer. */
export async function answerFrom(
  options: TargetOptions,
  ask: (target: Target) => Promise<Answer>,
): Promise<void> {
  // Loaded only now: help and slips of the keyboard need none of it.
  const { openSandboxTarget } = await import('./sandbox-target.ts');
  const target = await openSandboxTarget(options.sandbox);
  try {
    const answer = await ask(target);
    const ink = createInk(process.stdout);
    const text =
      options.json === true
        ? JSON.stringify({ mode: target.mode, target: target.name, ...answer.json })
        : [ink.paint('dim', `${target.mode} ${target.name}`), ...answer.lines(ink)].join('\n');
    process.stdout.write(`${text}\n`);
  } finally {
    await target.close();
  }
}

/** A key that the database cannot even read is a slip of the person who typed it. */
export async function withTypedKey<T>(key: string, work: (key: CrmKey) => Promise<T>): Promise<T> {
  try {
    return await work(key as CrmKey);
  } catch (error) {
    if (isUnreadableKey(error)) {
      throw wrongUsage(`“${key}” cannot be a key of this table: ${messageOf(error)}`);
    }
    throw error;
  }
}

/** SQLSTATE class 22, data exception: https://www.postgresql.org/docs/current/errcodes-appendix.html */
function isUnreadableKey(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string'
    ? code.startsWith('22')
    : messageOf(error).includes('is not a key of');
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '');
