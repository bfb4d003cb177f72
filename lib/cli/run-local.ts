/** `trivet local` from start to stop: where its secrets come from, and what it says while it runs. */
import { resolve } from 'node:path';
import { loadUserConfig, type UserConfig } from '../config/user-config.ts';
import {
  startInstance,
  type Instance,
  type InstanceDescription,
} from '../local/instance/instance.ts';
import { stateDirOf } from '../local/instance/state-dir.ts';
import type { LogLine } from '../local/runtime/log.ts';
import { allowDestroying } from './allow-destroying.ts';
import { readEnvironmentSecrets, type EnvironmentSecrets } from './environment-secrets.ts';
import { requireSoundStart } from './first-start.ts';
import { CommandFailure, wrongUsage } from './failure.ts';
import { openTarget } from './find-target.ts';
import { tellLine } from './print/log-line.ts';
import { createInk } from './print/ink.ts';
import { formatPairs } from './print/table.ts';
import { environmentFileOf, readVariables } from './read-variables.ts';
import { stopAtSignal, stopped } from './stop-signal.ts';

export interface LocalCommand {
  readonly config: string;
  readonly data?: string;
  readonly port: number;
  readonly publicUrl?: string;
  readonly yesDestroy?: number;
  /** False: `--no-doctor`. */
  readonly doctor?: boolean;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export async function runLocal(options: LocalCommand): Promise<void> {
  const user = await loadUserConfig(options.config);
  const secrets = requireSecrets(user);
  const say = createVoice(options);
  const dataDir = options.data === undefined ? stateDirOf(user.path) : resolve(options.data);
  if (options.doctor !== false) await requireSoundStart(user, dataDir);
  const stopping = stopAtSignal(() => say('stopping'));
  const { signal } = stopping;
  const instance = await startInstance({
    configPath: user.path,
    config: user.config,
    dataDir,
    holder: 'trivet local',
    port: options.port,
    publicUrl: options.publicUrl ?? null,
    secretValues: secrets.values,
    doorbellKey: secrets.doorbellKey,
    onStep: say,
    onLog: (log) => !signal.aborted && tell(options, log),
    signal,
  }).catch((error: unknown) => {
    // A Ctrl-C reaches whatever was being started, too; that it failed then is no news.
    if (signal.aborted) return null;
    throw error;
  });
  const lost = instance === null ? null : await runUntil(stopping, instance, options);
  say('stopped; no process is left');
  if (lost !== null) {
    throw new CommandFailure(`${lost} has ended by itself, so everything was stopped.`);
  }
}

/** The name of a part without which it could not go on, or null when it was asked to stop. */
async function runUntil(
  stopping: AbortController,
  instance: Instance,
  { json, yesDestroy }: LocalCommand,
): Promise<string | null> {
  const { signal } = stopping;
  const { description } = instance;
  let lost: string | null = null;
  void instance.lost.then((name) => {
    if (signal.aborted) return;
    lost = name;
    stopping.abort();
  });
  try {
    const lines = json === true ? [JSON.stringify(description)] : greet(description);
    if (!signal.aborted) {
      await grantOn(description, yesDestroy);
      process.stdout.write(`${lines.join('\n')}\n`);
    }
    await stopped(signal);
  } finally {
    await instance.stop();
  }
  return lost;
}

/** As any command beside it would: what is held already is what the word is mostly for. */
async function grantOn(
  { target: dataDir }: InstanceDescription,
  count: number | undefined,
): Promise<void> {
  if (count === undefined) return;
  const target = await openTarget({ local: dataDir });
  try {
    await allowDestroying(target, undefined, count);
  } finally {
    await target.close();
  }
}

/** All that is missing at once, by name and never by value. */
function requireSecrets({ config, path }: UserConfig): EnvironmentSecrets {
  const secrets = readEnvironmentSecrets(config, readVariables(path));
  if (secrets.problems.length === 0) return secrets;
  const problems = secrets.problems.map((problem) => `  - ${problem}`).join('\n');
  throw wrongUsage(
    `The secrets of ${path} come from the environment or from ${environmentFileOf(path)}:\n${problems}\nSee: npx trivet local --help`,
  );
}

/** For programs stdout is the one line; everything else goes to stderr. */
function createVoice({ json }: LocalCommand): (text: string) => void {
  const stream = json === true ? process.stderr : process.stdout;
  const ink = createInk(stream);
  return (text) => void stream.write(`${ink.paint('dim', '·')} ${text}\n`);
}

/** Programs and the curious get every line as it is; people what they should look at, in words. */
function tell({ json, verbose }: LocalCommand, log: LogLine): void {
  if (json === true || verbose === true) {
    process.stderr.write(`[${log.source}] ${log.line}\n`);
    return;
  }
  const told = tellLine(log);
  if (told !== null) process.stdout.write(`${told}\n`);
}

function greet(description: InstanceDescription): readonly string[] {
  const ink = createInk(process.stdout);
  const { target, config, listens, publicUrl, syncs } = description;
  const rings = Object.entries(syncs).map(
    ([name, { everyMinutes }]) =>
      [name, everyMinutes === 1 ? 'every minute' : `every ${everyMinutes} minutes`] as const,
  );
  return [
    '',
    ink.paint('bold', `local ${target}`),
    ...formatPairs(ink, [
      ['config', config],
      [
        'listens',
        `${listens}${publicUrl === null ? ' (nobody outside reaches it: --public-url)' : `, outside ${publicUrl}`}`,
      ],
      ...rings,
    ]).map((line) => `  ${line}`),
    '',
    'In another terminal: npx trivet watch · status · conflicts · webhooks register',
    ink.paint('dim', 'Ctrl-C stops everything.'),
    '',
  ];
}
