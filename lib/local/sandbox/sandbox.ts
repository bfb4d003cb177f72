/**
 * The sandbox: the whole stack on this machine between a sample CRM and a simulated Mailchimp.
 *
 *   synthesize ─┐
 *   services ───┼─► sample CRM, Mailchimp, secrets ─► runtime (the template) ─► webhook ─► control API
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AppConfig, TrivetConfig } from '../../config/model.ts';
import { loadUserConfig } from '../../config/user-config.ts';
import { requireOptions } from '../../connectors/mailchimp/config.ts';
import { DOORBELL_HEADER } from '../../flow/ring.ts';
import type { StateStore } from '../../ports/state.ts';
import { createStateStore } from '../../state/state-store.ts';
import type { Log } from '../runtime/log.ts';
import { createRuntime, type Runtime } from '../runtime/runtime.ts';
import { startServices, type Services } from '../services/services.ts';
import { PROJECT_ROOT, synthesize } from '../synthesize.ts';
import { startControl, type Control } from './control.ts';
import { mailchimpPath, openKeptData, type KeptData } from './kept-data.ts';
import { prepareCrm } from './sample-crm.ts';
import { createSampleData, type SampleData } from './sample-data.ts';
import { startSimulatedMailchimp, type SimulatedMailchimp } from './simulated-mailchimp.ts';

export interface SandboxOptions {
  readonly contacts: number;
  readonly seed: number;
  /** Keep all state there and resume from it. @default nothing is kept */
  readonly dataDir: string | null;
  readonly scheduleSeconds: number;
  /** Another configuration over the sample table and the simulated audience. @default the sample’s */
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

/** What `npx trivet sandbox --json` prints: a public contract, see docs/sandbox.md. */
export interface SandboxDescription {
  readonly crm: { readonly url: string };
  readonly mailchimp: {
    readonly baseUrl: string;
    readonly apiKey: string;
    readonly audienceId: string;
    readonly control: string;
  };
  readonly webhooks: {
    readonly mailchimp: string;
    readonly crm: { readonly url: string; readonly secret: string; readonly header: string };
  };
  readonly aws: { readonly dynamodb: string; readonly sqs: string; readonly region: string };
  readonly control: string;
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

export const SAMPLE_CONFIG_PATH = join(PROJECT_ROOT, 'lib/local/sample/trivet.config.ts');
const WEBHOOK_SECRET = 'trivet/main/webhooks';

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
  const configPath = options.configPath ?? SAMPLE_CONFIG_PATH;
  const { config } = await loadUserConfig(configPath);
  const { sync, app, appName } = requireOneSync(config);
  const kept = dataDir === null ? null : await openKeptData(dataDir);
  stops.push(async () => kept?.release());
  onStep('synthesizing the stack, starting Postgres, DynamoDB, SQS and Mailchimp');
  const parts = await startParts(options, { configPath, app, kept }, stops);
  const [assemblyDir, services, mailchimp] = parts;
  const crmUrl = services.postgres?.url ?? '';
  onStep('filling the sample CRM and audience');
  await fill(options, { crmUrl, config, mailchimp, kept });
  onStep('deploying the synthesized template');
  const runtime = await createRuntime({
    assemblyDir,
    services: seenByFunctions(services, options),
    secretValues: {
      [config.crm.secret]: JSON.stringify({ url: crmUrl }),
      [app.secret]: JSON.stringify({ apiKey: mailchimp.apiKey, baseUrl: mailchimp.baseUrl }),
    },
    scheduleSeconds: options.scheduleSeconds,
    ...(dataDir === null ? {} : { dataDir: join(dataDir, 'runtime') }),
    onLog,
  });
  stops.push(() => runtime.stop());
  const endpoint = (runtime.outputs.apis[0]?.url ?? '').replace(/\/$/, '');
  const webhookUrl = `${endpoint}/webhooks/${appName}`;
  const doorbellKey = await openDoors(services, mailchimp, { appName, url: webhookUrl });
  const state = createStore(services, runtime, config.historyDays);
  const syncs = [sync];
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
    lost: Promise.race([services.lost, mailchimp.exited.then(() => 'the simulated Mailchimp')]),
    stop,
    description: describeSandbox(services, mailchimp, {
      sync,
      endpoint,
      webhookUrl,
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

interface Doors {
  readonly sync: string;
  readonly endpoint: string;
  readonly webhookUrl: string;
  readonly doorbellKey: string;
  readonly control: string;
}

function describeSandbox(
  { postgres, dynamodb, sqs, region }: Services,
  { baseUrl, apiKey, audienceId, controlUrl }: SimulatedMailchimp,
  { sync, endpoint, webhookUrl, doorbellKey, control }: Doors,
): SandboxDescription {
  return {
    crm: { url: postgres?.url ?? '' },
    mailchimp: { baseUrl, apiKey, audienceId, control: controlUrl },
    webhooks: {
      mailchimp: webhookUrl,
      crm: { url: `${endpoint}/doorbell/${sync}`, secret: doorbellKey, header: DOORBELL_HEADER },
    },
    aws: { dynamodb: dynamodb.endpoint, sqs: sqs.endpoint, region },
    control,
  };
}

/** Both sides begin with the sample, once; what an interrupted start has left out is filled in now. */
async function fill(
  { contacts, seed, sample: people }: SandboxOptions,
  ends: {
    readonly crmUrl: string;
    readonly config: TrivetConfig;
    readonly mailchimp: SimulatedMailchimp;
    readonly kept: KeptData | null;
  },
): Promise<void> {
  let data: SampleData | null = null;
  const make = people ?? ((now) => createSampleData(contacts, seed, now));
  const sample = (): SampleData => (data ??= make(Date.now()));
  await prepareCrm(ends.crmUrl, ends.config, () => sample().contacts);
  if (ends.kept?.isFilled !== true) await ends.mailchimp.seed(sample().members);
  ends.kept?.noteFilled();
}

/** The sandbox has one CRM table and one audience, so its configuration has one sync. */
function requireOneSync(config: TrivetConfig): { sync: string; app: AppConfig; appName: string } {
  const [sync, ...others] = config.syncs;
  const app = sync === undefined ? undefined : config.apps[sync.app];
  if (sync === undefined || app === undefined || others.length > 0) {
    throw new Error(
      `the sandbox runs configurations with exactly one sync; this one has ${config.syncs.length}`,
    );
  }
  return { sync: sync.spec.name, app, appName: sync.app };
}

interface PartsSetting {
  readonly configPath: string;
  readonly app: AppConfig;
  readonly kept: KeptData | null;
}

async function startParts(
  options: SandboxOptions,
  { configPath, app, kept }: PartsSetting,
  stops: Stop[],
): Promise<[assemblyDir: string, services: Services, mailchimp: SimulatedMailchimp]> {
  const { dataDir } = options;
  const { audience } = requireOptions(app.options);
  const parts = [
    provideAssembly(options, { configPath, kept }, stops),
    startServices({
      holder: 'trivet sandbox',
      ...(dataDir === null ? {} : { dataDir: join(dataDir, 'services') }),
    }).then((services) => {
      stops.push(() => services.stop());
      return services;
    }),
    startSimulatedMailchimp(
      {
        seed: options.seed,
        audienceId: audience,
        endsWithStdin: false,
        ...(dataDir === null ? {} : { statePath: mailchimpPath(dataDir) }),
      },
      (line) => options.onLog({ source: 'mailchimp', level: 'info', line }),
    ).then((mailchimp) => {
      kept?.addChild(mailchimp.pid);
      stops.push(() => mailchimp.stop());
      return mailchimp;
    }),
  ] as const;
  const settled = await Promise.allSettled(parts);
  const failed = settled.find((part) => part.status === 'rejected');
  if (failed !== undefined) throw failed.reason as Error;
  return Promise.all(parts);
}

async function provideAssembly(
  { assemblyDir, dataDir, signal }: SandboxOptions,
  { configPath, kept }: Pick<PartsSetting, 'configPath' | 'kept'>,
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

/** Registers the webhook and puts its signing secret where the webhook function reads it, as a person would. */
async function openDoors(
  services: Services,
  mailchimp: SimulatedMailchimp,
  { appName, url }: { readonly appName: string; readonly url: string },
): Promise<string> {
  const text = services.secrets.read(WEBHOOK_SECRET);
  if (text === undefined) throw new Error(`the stack made no secret ${WEBHOOK_SECRET}`);
  const secret = JSON.parse(text) as {
    doorbell: string;
    apps: Record<string, { signing: string[] }>;
  };
  const isSecretKnown = secret.apps[appName] !== undefined;
  const signing = await mailchimp.registerWebhook(url, isSecretKnown);
  if (signing !== null) {
    const apps = { ...secret.apps, [appName]: { signing: [signing] } };
    services.secrets.write(WEBHOOK_SECRET, JSON.stringify({ ...secret, apps }));
  }
  return secret.doorbell;
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
