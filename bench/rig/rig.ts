/** A sandbox to measure: its schedule never rings again, so whatever happens was asked for by the bench. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBystander, type Bystander } from '../../lib/local/sandbox/bystander.ts';
import type { SampleData } from '../../lib/local/sandbox/sample-data.ts';
import { requireMailchimp } from '../../lib/local/sandbox/description.ts';
import { SAMPLE_CONFIG_PATH } from '../../lib/local/sandbox/sample-config.ts';
import { startSandbox, type Sandbox } from '../../lib/local/sandbox/sandbox.ts';
import { synthesize } from '../../lib/local/synthesize.ts';
import type { Checkpoint } from '../../lib/ports/state.ts';
import { startMeter, type Meter } from './meter.ts';

export interface RigOptions {
  readonly sample: (now: number) => SampleData;
  /** @default the sandbox’s */
  readonly configPath?: string;
  readonly isMetered: boolean;
  /** Something else between the functions and their state. */
  readonly stateEndpoint?: (endpoint: string) => string;
}

export interface Rig {
  readonly sandbox: Sandbox;
  readonly people: Bystander;
  readonly meter: Meter | null;
  /** When the runtime began: its schedule rings at once, and so does the first sync. */
  readonly beganAt: number;
  /** What functions said that should not be said in a run that measures: crashes, time-outs, errors. */
  readonly troubles: readonly string[];
  /** What the functions have logged so far, in bytes. */
  logBytes(): number;
  checkpoint(): Promise<Checkpoint | null>;
  /** The audience's batch call, as any other client of the account. */
  postToAudience(body: object): Promise<void>;
  /** The backfill is over and nothing is under way. */
  untilBackfilled(): Promise<void>;
  /** Rings as the CRM would, and waits until that round and all it led to is done. */
  round(): Promise<void>;
  /** Rounds until one finds nothing. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

const POLL_MS = 20;
const YEAR_SECONDS = 365 * 86_400;
const PATIENCE_MS = 60 * 60_000;
const TROUBLE = /Runtime\.|Task timed out|"level":"ERROR"|RECURSIVE LOOP/;

export async function startRig(options: RigOptions): Promise<Rig> {
  const meter = options.isMetered ? await startMeter() : null;
  const stateEndpoint =
    meter === null ? options.stateEndpoint : (endpoint: string) => meter.attach(endpoint);
  const troubles: string[] = [];
  let logBytes = 0;
  let beganAt = Date.now();
  const assemblyDir = await mkdtemp(join(tmpdir(), 'trivet-bench-'));
  const configPath = options.configPath ?? SAMPLE_CONFIG_PATH;
  // The sandbox's own time-outs are short, and a busy machine would turn them into crashes and looks.
  await synthesize({ configPath, timeouts: 'local', brakes: 'off', outDir: assemblyDir });
  const sandbox = await startSandbox({
    contacts: 0,
    seed: 1,
    sample: options.sample,
    dataDir: null,
    scheduleSeconds: YEAR_SECONDS,
    configPath,
    assemblyDir,
    ...(stateEndpoint === undefined ? {} : { stateEndpoint }),
    onLog: ({ source, line }) => {
      if (source !== 'mailchimp') logBytes += line.length;
      if (TROUBLE.test(line)) troubles.push(`${source}: ${line.slice(0, 400)}`);
    },
    onStep: () => (beganAt = Date.now()),
    signal: new AbortController().signal,
  });
  const people = await openBystander(sandbox.description);
  // Its transactions would be counted among ours, and its work would be timed.
  await people.sql('alter system set autovacuum = off');
  await people.sql('select pg_reload_conf()');
  const [sync = ''] = sandbox.config.syncs.map(({ spec }) => spec.name);
  const checkpoint = (): Promise<Checkpoint | null> => sandbox.state.loadCheckpoint(sync);
  const round = (): Promise<void> => runRound({ sandbox, people, checkpoint });
  return {
    sandbox,
    people,
    meter,
    beganAt,
    troubles,
    logBytes: () => logBytes,
    checkpoint,
    untilBackfilled: () =>
      until('the first sync to end', async () => {
        // The queues first: asking them costs nothing, and the checkpoint's reads would be timed with the rest.
        if (!isQuiet(sandbox)) return false;
        const found = await checkpoint();
        return found !== null && found.backfill === null && isQuiet(sandbox);
      }),
    round,
    postToAudience: (body) => postToAudience(sandbox, body),
    settle: async () => {
      for (;;) {
        await round();
        if ((await checkpoint())?.round.routed === 0) return;
      }
    },
    stop: async () => {
      await people.close();
      await sandbox.stop();
      await meter?.stop();
      await rm(assemblyDir, { recursive: true, force: true });
    },
  };
}

async function runRound({
  sandbox,
  people,
  checkpoint,
}: Pick<Rig, 'sandbox' | 'people' | 'checkpoint'>): Promise<void> {
  const before = (await checkpoint())?.round.number ?? 0;
  await people.ring();
  await until('a round to end', async () => {
    if (!isQuiet(sandbox)) return false;
    const found = await checkpoint();
    const isOver = found !== null && found.round.number > before && found.backfill === null;
    return isOver && isQuiet(sandbox);
  });
}

async function postToAudience({ description }: Sandbox, body: object): Promise<void> {
  const mailchimp = requireMailchimp(description);
  const answer = await fetch(`${mailchimp.baseUrl}/lists/${mailchimp.audienceId}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${mailchimp.apiKey}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`the audience answered ${answer.status}: ${await answer.text()}`);
}

const isQuiet = ({ runtime }: Sandbox): boolean =>
  [...runtime.queueDepths().values()].every(({ visible, inFlight }) => visible + inFlight === 0);

export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const endsAt = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (Date.now() > endsAt) throw new Error(`waited an hour for ${what}`);
    await sleep(POLL_MS);
  }
}
