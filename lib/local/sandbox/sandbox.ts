/**
 * The sandbox: the whole stack on this machine between a sample CRM and simulated apps.
 *
 *   synthesize ─┐
 *   services ───┼─► sample CRM, apps, secrets ─► runtime (the template) ─► webhooks ─► control API
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { TrivetConfig } from '../../config/model.ts';
import { loadUserConfig } from '../../config/user-config.ts';
import type { StateStore } from '../../ports/state.ts';
import { createStateStore } from '../../state/state-store.ts';
import type { Log } from '../runtime/log.ts';
import { createRuntime, type Runtime } from '../runtime/runtime.ts';
import { startServices, type Services } from '../services/services.ts';
import { synthesize } from '../synthesize.ts';
import type { SampleApp } from '../sample/apps.ts';
import { startControl, type Control } from './control.ts';
import { describeSandbox, type SandboxDescription } from './description.ts';
import { openDoors } from './doors.ts';
import { journalPath, openKeptData, type KeptData } from './kept-data.ts';
import { prepareCrm } from './sample-crm.ts';
import { sampleConfigFile } from './sample-config.ts';
import { createSampleData, type SampleData } from './sample-data.ts';
import { startSandboxApp, type SandboxApp } from './sandbox-app.ts';

export interface SandboxOptions {
  readonly contacts: number;
  readonly seed: number;
  /** Keep all state there and resume from it. @default nothing is kept */
  readonly dataDir: string | null;
  readonly scheduleSeconds: number;
  /** The sample’s apps, where no configuration is given. @default Mailchimp alone */
  readonly apps?: readonly SampleApp[];
  /** Another configuration over the sample table and simulated apps. @default the sample’s */
  readonly configPath: string | null;
  /** A cloud assembly to run instead of synthesizing one. */
  readonly assemblyDir: string | null;
  /** Other people than the usual mixture; `contacts` and `seed` then say nothing of them. */
  readonly sample?: (now: number) => SampleData;
  /** Puts something between the functions and the state tables: takes the service’s endpoint, gives its own. */
  readonly stateEndpoint?: (endpoint: string) => string;
  readonly onLog: Log;
  readonly onStep: (step: string) => void;
  /** Aborted while it starts: what was started is stopped, and the start fails. */
  readonly signal: AbortSignal;
}

export interface Sandbox {
  readonly description: SandboxDescription;
  readonly config: TrivetConfig;
  readonly configPath: string;
  readonly state: StateStore;
  readonly services: Services;
  readonly runtime: Runtime;
  /** Where webhooks and doorbells come in, without a slash at the end. */
  readonly endpoint: string;
  readonly control: Control;
  /** The name of what ended by itself and cannot be done without. */
  readonly lost: Promise<string>;
  stop(): Promise<void>;
}

type Stop = () => Promise<void>;

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const stops: Stop[] = [];
  const stop = async (): Promise<void> => {
    for (const next of stops.splice(0).reverse()) await next();
  };
  try {
    return await build(options, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(options: SandboxOptions, stops: Stop[], stop: Stop): Promise<Sandbox> {
  const { dataDir, onLog, signal } = options;
  const onStep = (step: string): void => {
    signal.throwIfAborted();
    options.onStep(step);
  };
  const sample = sampleConfigFile(options.apps ?? ['news']);
  stops.push(() => Promise.resolve(sample.remove()));
  const configPath = options.configPath ?? sample.path;
  const { config } = await loadUserConfig(configPath);
  requireOneOfAKind(config);
  const kinds = Object.values(config.apps).map(({ kind }) => kind);
  const kept = dataDir === null ? null : await openKeptData(dataDir, kinds);
  stops.push(async () => kept?.release());
  onStep('synthesizing the stack, starting Postgres, DynamoDB, SQS and the apps');
  const parts = await startParts(options, { configPath, config, kept }, stops);
  const { assemblyDir, services, apps } = parts;
  const crmUrl = services.postgres?.url ?? '';
  onStep('filling the sample CRM and apps');
  await fill(options, { crmUrl, config, apps, kept });
  onStep('deploying the synthesized template');
  const secrets = [...apps].map(([name, { secret }]) => {
    return [config.apps[name]?.secret ?? name, JSON.stringify(secret)] as const;
  });
  const runtime = await createRuntime({
    assemblyDir,
    services: seenByFunctions(services, options),
    secretValues: {
      [config.crm.secret]: JSON.stringify({ url: crmUrl }),
      ...Object.fromEntries(secrets),
    },
    scheduleSeconds: options.scheduleSeconds,
    ...(dataDir === null ? {} : { dataDir: join(dataDir, 'runtime') }),
    onLog,
  });
  stops.push(() => runtime.stop());
  const endpoint = (runtime.outputs.apis[0]?.url ?? '').replace(/\/$/, '');
  const doorbellKey = await openDoors(services.secrets, apps, endpoint);
  const state = createStore(services, runtime, config.historyDays);
  const syncs = config.syncs.map(({ spec }) => spec.name);
  const control = await startControl({ state, runtime, sqs: services.sqs, syncs });
  stops.push(() => control.stop());
  return {
    config,
    configPath,
    state,
    services,
    runtime,
    endpoint,
    control,
    lost: Promise.race([
      services.lost,
      ...[...apps.values()].map(({ exited, title }) => exited.then(() => title)),
    ]),
    stop,
    description: describeSandbox({
      config,
      services,
      apps,
      endpoint,
      doorbellKey,
      control: control.url,
    }),
  };
}

/** Only what the functions see: the sandbox’s own looks at the state go to the service itself. */
function seenByFunctions(services: Services, { stateEndpoint }: SandboxOptions): Services {
  const { dynamodb } = services;
  if (stateEndpoint === undefined) return services;
  return { ...services, dynamodb: { ...dynamodb, endpoint: stateEndpoint(dynamodb.endpoint) } };
}

/** All sides begin with the sample, once; what an interrupted start has left out is filled in now. */
async function fill(
  { contacts, seed, sample: people }: SandboxOptions,
  ends: {
    readonly crmUrl: string;
    readonly config: TrivetConfig;
    readonly apps: ReadonlyMap<string, SandboxApp>;
    readonly kept: KeptData | null;
  },
): Promise<void> {
  const { config, kept } = ends;
  let data: SampleData | null = null;
  const make = people ?? ((now) => createSampleData(contacts, seed, now));
  const sample = (): SampleData => (data ??= make(Date.now()));
  await prepareCrm(ends.crmUrl, config, () => sample().contacts);
  for (const [name, app] of ends.apps) {
    const kind = config.apps[name]?.kind ?? name;
    if (kept?.isFilled(kind) !== true) await app.seed(sample());
    kept?.noteFilled(kind);
  }
}

/** An app’s kind is its name in the sandbox’s JSON, and of its journal. */
function requireOneOfAKind({ apps }: TrivetConfig): void {
  const names = Object.keys(apps);
  const second = names.find((name, index) =>
    names.slice(0, index).some((other) => apps[other]?.kind === apps[name]?.kind),
  );
  if (second === undefined) return;
  throw new Error(
    `the sandbox simulates one app of a kind, and ${second} is another ${apps[second]?.kind}; leave it out of the configuration`,
  );
}

interface PartsSetting {
  readonly configPath: string;
  readonly config: TrivetConfig;
  readonly kept: KeptData | null;
}

interface Parts {
  readonly assemblyDir: string;
  readonly services: Services;
  /** By the name the configuration gives them. */
  readonly apps: ReadonlyMap<string, SandboxApp>;
}

async function startParts(
  options: SandboxOptions,
  setting: PartsSetting,
  stops: Stop[],
): Promise<Parts> {
  const { dataDir } = options;
  const parts = [
    provideAssembly(options, setting, stops),
    startServices({
      holder: 'trivet sandbox',
      ...(dataDir === null ? {} : { dataDir: join(dataDir, 'services') }),
    }).then((services) => {
      stops.push(() => services.stop());
      return services;
    }),
    startApps(options, setting, stops),
  ] as const;
  const settled = await Promise.allSettled(parts);
  const failed = settled.find((part) => part.status === 'rejected');
  if (failed !== undefined) throw failed.reason as Error;
  const [assemblyDir, services, apps] = await Promise.all(parts);
  return { assemblyDir, services, apps };
}

async function startApps(
  { seed, dataDir, onLog }: SandboxOptions,
  { config, kept }: PartsSetting,
  stops: Stop[],
): Promise<ReadonlyMap<string, SandboxApp>> {
  const starting = Object.entries(config.apps).map(async ([name, app]) => {
    const started = await startSandboxApp({
      app,
      seed,
      statePath: dataDir === null ? null : journalPath(dataDir, app.kind),
      onLog: (line) => onLog({ source: app.kind, level: 'info', line }),
    });
    kept?.addChild(started.pid);
    stops.push(() => started.stop());
    return [name, started] as const;
  });
  // Each is waited for: one that is ready after another has failed must be stopped, too.
  const settled = await Promise.allSettled(starting);
  const failed = settled.find((app) => app.status === 'rejected');
  if (failed !== undefined) throw failed.reason as Error;
  return new Map(await Promise.all(starting));
}

async function provideAssembly(
  { assemblyDir, dataDir, signal }: SandboxOptions,
  { configPath, kept }: PartsSetting,
  stops: Stop[],
): Promise<string> {
  if (assemblyDir !== null) return assemblyDir;
  if (dataDir !== null) {
    const outDir = join(dataDir, 'cdk.out');
    const onProcess = (pid: number): void => kept?.addChild(pid);
    return synthesize({ configPath, timeouts: 'short', brakes: 'off', signal, outDir, onProcess });
  }
  const dir = await mkdtemp(join(tmpdir(), 'trivet-assembly-'));
  // Also a synthesis that a Ctrl-C ended half-way leaves files.
  stops.unshift(() => rm(dir, { recursive: true, force: true }));
  return synthesize({ configPath, timeouts: 'short', brakes: 'off', signal, outDir: dir });
}

function createStore(services: Services, runtime: Runtime, historyDays: number): StateStore {
  const { values } = runtime.outputs;
  return createStateStore({
    client: new DynamoDBClient({
      endpoint: services.dynamodb.endpoint,
      region: services.region,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
    stateTable: values['StateTable'] ?? '',
    historyTable: values['HistoryTable'] ?? '',
    historyDays,
    now: Date.now,
  });
}
