/** What commands on a stack share: the options that choose it, opening and closing it, and saying which it is. */
import { type Command, Option } from 'commander';
import type { CrmKey } from '../engine/model.ts';
import {
  CommandFailure,
  describeFailure,
  EXIT,
  EXIT_HELP,
  exitCodeOf,
  wrongUsage,
} from './failure.ts';
import { createInk, type Ink } from './print/ink.ts';
import type { Target } from './target.ts';

export interface TargetOptions {
  readonly sandbox?: string;
  readonly local?: string;
  readonly stack?: string;
  readonly profile?: string;
  readonly region?: string;
  readonly config?: string;
  readonly json?: boolean;
}

const WHICH = 'Which stack (default: the one on this machine, if there is only one):';

/** Adds the shared options, and the command's examples to its help. */
export function describeTargetCommand(
  command: Command,
  examples: string,
  config = 'the configuration that is deployed on AWS (./trivet.config.ts)',
): Command {
  const which = (flags: string, text: string): Option => new Option(flags, text).helpGroup(WHICH);
  return command
    .addOption(which('--sandbox <url|file>', 'a running sandbox, by its control URL or its file'))
    .addOption(which('--local <dir>', '`trivet local`, by its directory'))
    .addOption(
      which('--stack <name>', 'a stack on AWS (trivet-main when only the next two are given)'),
    )
    .addOption(which('--profile <name>', 'the AWS profile'))
    .addOption(which('--region <name>', 'the AWS region'))
    .addOption(which('--config <file>', config))
    .option('--json', 'one JSON document on stdout, for programs')
    .addHelpText('after', `\nExamples:\n${examples}\n${EXIT_HELP}`);
}

/** Both forms of a command's answer. The mode is added to either. */
export interface Answer {
  readonly json: Readonly<Record<string, unknown>>;
  readonly lines: (ink: Ink) => readonly string[];
  /** @default 0 */
  readonly exitCode?: number;
  /** In place of the line that names the target, where the answer is read by another program. */
  readonly head?: string;
}

export interface Need {
  /** What is ordered must be carried out: a `trivet local` that was stopped is started for as long as the command runs. */
  readonly works?: boolean;
}

/** Opens the target, asks, closes it whatever happened, and prints the answer. */
export async function answerFrom(
  options: TargetOptions,
  ask: (target: Target) => Promise<Answer>,
  need: Need = {},
): Promise<void> {
  await answerOn(options, () => openFound(options, need), ask);
}

/** Opens the target for work that prints by itself, and closes it whatever happened. */
export async function withTarget(
  options: TargetOptions,
  need: Need,
  work: (target: Target) => Promise<void>,
): Promise<void> {
  await withSpot(options, () => openFound(options, need), work);
}

/** Loaded only now: help and slips of the keyboard need none of it. */
async function openFound(options: TargetOptions, need: Need): Promise<Target> {
  const { openTarget } = await import('./find-target.ts');
  return openTarget(options, need);
}

/** What is said of whatever answers: a target, or a configuration whose stack was never started. */
export type Spot = Pick<Target, 'mode' | 'name' | 'isRunning' | 'config'>;

type OpenSpot = Spot & { close(): Promise<void> };

/** As `answerFrom`, for whatever can be opened. */
export async function answerOn<T extends OpenSpot>(
  options: Pick<TargetOptions, 'json'>,
  open: () => Promise<T>,
  ask: (spot: T) => Promise<Answer>,
): Promise<void> {
  await withSpot(options, open, async (spot) => {
    const answer = await ask(spot);
    printAnswer(spot, answer, options.json === true);
    if (answer.exitCode !== undefined && answer.exitCode !== EXIT.ok) {
      throw new AlreadyTold(answer.exitCode);
    }
  });
}

async function withSpot<T extends OpenSpot>(
  options: Pick<TargetOptions, 'json'>,
  open: () => Promise<T>,
  work: (spot: T) => Promise<void>,
): Promise<void> {
  let spot: T | null = null;
  try {
    spot = await open();
    await work(spot);
  } catch (error) {
    if (error instanceof AlreadyTold) throw error;
    const failure = await explainOn(spot, error);
    if (options.json === true) printFailure(spot, failure);
    throw failure;
  } finally {
    await spot?.close();
  }
}

/** The answer says it all: only the exit code is left to give. */
class AlreadyTold extends CommandFailure {
  constructor(exitCode: number) {
    super('', exitCode);
  }
}

/** Programs read of a failure what people read, beside the exit code. */
function printFailure(target: Spot | null, error: unknown): void {
  const told = { error: describeFailure(error), exitCode: exitCodeOf(error) };
  const place = target === null ? {} : placeOf(target);
  process.stdout.write(`${JSON.stringify({ ...place, ...told })}\n`);
}

/** What only AWS can be the reason for is said in its words. */
async function explainOn(target: Spot | null, error: unknown): Promise<unknown> {
  if (target?.mode !== 'aws') return error;
  const { explainAws } = await import('./aws-failure.ts');
  return explainAws(error, target);
}

export function printAnswer(target: Spot, answer: Answer, asJson: boolean): void {
  const ink = createInk(process.stdout);
  const text = asJson
    ? JSON.stringify({ ...placeOf(target), ...answer.json })
    : [answer.head ?? ink.paint('dim', nameTarget(target)), ...answer.lines(ink)].join('\n');
  process.stdout.write(`${text}\n`);
}

/** What stands first in every document. */
export const placeOf = ({ mode, name, config }: Spot): object => ({
  mode,
  target: name,
  dry: dryOf(config),
});

/** The line that stands above every answer. */
export function nameTarget({ mode, name, isRunning, config }: Spot): string {
  const dry = dryOf(config);
  return [
    `${mode} ${name}`,
    ...(isRunning ? [] : ['(not running)']),
    ...(dry.length === 0 ? [] : [`dry: ${dry.join(', ')}`]),
  ].join('  ');
}

/** What a person is asked about, for people only: programs have said --yes, and read the answer. */
export function showBefore(
  target: Spot,
  { json, yes }: { readonly json?: boolean; readonly yes?: boolean },
  lines: readonly string[],
): void {
  if (json === true || yes === true) return;
  process.stderr.write(`${[nameTarget(target), ...lines].join('\n')}\n`);
}

/** Syncs that look and judge and write nothing: `write: false`. */
const dryOf = ({ syncs }: Target['config']): readonly string[] =>
  syncs.flatMap(({ write, spec }) => (write ? [] : [spec.name]));

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
