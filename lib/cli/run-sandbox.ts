/** The sandbox from start to stop: narrated for people, described in one line of JSON for programs. */
import { resolve } from 'node:path';
import type { SampleApp } from '../local/sample/apps.ts';
import type { LogLine } from '../local/runtime/log.ts';
import { narrate } from '../local/sandbox/narrate.ts';
import { announceSandbox } from '../local/sandbox/running.ts';
import { startSandbox, type Sandbox } from '../local/sandbox/sandbox.ts';
import type { Stage } from '../local/sandbox/stage.ts';
import { CommandFailure, wrongUsage } from './failure.ts';
import { createInk } from './print/ink.ts';
import { createStage } from './print/stage.ts';
import { stopAtSignal, stopped } from './stop-signal.ts';

export interface SandboxCommand {
  readonly contacts: number;
  readonly seed: number;
  readonly apps: readonly SampleApp[];
  readonly data?: string;
  readonly schedule: number;
  readonly config?: string;
  readonly assembly?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export async function runSandbox(options: SandboxCommand): Promise<void> {
  const isNarrated = options.json !== true;
  if (isNarrated && options.config === undefined && !options.apps.includes('news')) {
    throw wrongUsage('The narration edits people at Mailchimp: add news to --apps, or use --json.');
  }
  const stage = options.json === true ? null : createStage(createInk(process.stdout), print);
  const audience = stage ?? createSilence();
  const stopping = stopAtSignal(() => audience.step('stopping'));
  const { signal } = stopping;
  const sandbox = await startSandbox({
    contacts: options.contacts,
    seed: options.seed,
    apps: options.apps,
    dataDir: options.data === undefined ? null : resolve(options.data),
    scheduleSeconds: options.schedule,
    configPath: options.config === undefined ? null : resolve(options.config),
    assemblyDir: options.assembly === undefined ? null : resolve(options.assembly),
    onLog: (log) => {
      const isNews = !signal.aborted && isAlarming(log);
      const isTold = options.json === true || options.verbose === true || isNews;
      if (isTold) audience.note(`[${log.source}] ${log.line}`);
    },
    onStep: (step) => audience.step(step),
    signal,
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
  const missing: string[] = [];
  void sandbox.lost.then((name) => {
    if (signal.aborted) return;
    missing.push(name);
    stopping.abort();
  });
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
  const [lost] = missing;
  if (lost !== undefined) {
    throw new CommandFailure(`${lost} has ended by itself, so everything was stopped.`);
  }
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
