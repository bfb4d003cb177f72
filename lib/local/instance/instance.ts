/**
 * `trivet local`: the same synthesized stack on this machine, between a real Postgres and the real apps. Only
 * AWS is stood in for; everything it would keep lies in one directory.
 *
 *   the directory is ours ─► services ─► synthesize ─► runtime (the template) ─► instance.json
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrivetConfig } from '../../config/model.ts';
import { DOORBELL_HEADER } from '../../flow/ring.ts';
import { requireFreePort } from '../runtime/http-door.ts';
import type { Log } from '../runtime/log.ts';
import { createRuntime, type Runtime } from '../runtime/runtime.ts';
import { tellStack } from '../running-stack.ts';
import { claimDataDir } from '../services/data-dir-claim.ts';
import { startServices, type Services } from '../services/services.ts';
import { synthesize } from '../synthesize.ts';
import { instanceFile } from './state-dir.ts';

export interface InstanceOptions {
  readonly configPath: string;
  readonly config: TrivetConfig;
  /** Everything is kept here and resumed from. */
  readonly dataDir: string;
  /** Who says that the directory is in use. */
  readonly holder: string;
  /** Where webhooks and doorbells come in, on loopback: a tunnel or proxy brings them there. */
  readonly port: number;
  /** What the outside calls that port; null: nobody outside reaches it. */
  readonly publicUrl: string | null;
  /** By name, as the configuration names them. */
  readonly secretValues: Readonly<Record<string, string>>;
  /** Shared with the CRM's application. @default a generated one */
  readonly doorbellKey: string | null;
  readonly onLog: Log;
  readonly onStep: (step: string) => void;
  /** Aborted while it starts: what was started is stopped, and the start fails. */
  readonly signal: AbortSignal;
}

/** What `npx trivet local --json` prints: a public contract, see docs/local.md. */
export interface InstanceDescription {
  readonly mode: 'local';
  readonly target: string;
  readonly config: string;
  readonly pid: number;
  readonly listens: string;
  readonly publicUrl: string | null;
  readonly syncs: Readonly<
    Record<
      string,
      {
        readonly everyMinutes: number;
        readonly doorbell: string;
        /** What `webhooks register` registers; null without `--public-url`. */
        readonly webhook: string | null;
      }
    >
  >;
  readonly doorbellHeader: string;
}

export interface Instance {
  readonly description: InstanceDescription;
  /** The name of what ended by itself and cannot be done without. */
  readonly lost: Promise<string>;
  stop(): Promise<void>;
}

export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const { dataDir, configPath, signal } = options;
  const onStep = (step: string): void => {
    signal.throwIfAborted();
    options.onStep(step);
  };
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const next of stops.splice(0).reverse()) await next();
  };
  try {
    const services = await startKeptServices(dataDir, options.holder);
    stops.push(() => services.stop());
    await requireFreePort(options.port);
    onStep('synthesizing the stack');
    // Before the claim this would have taken the code away from under whoever runs here.
    const assemblyDir = join(dataDir, 'cdk.out');
    await rm(assemblyDir, { recursive: true, force: true });
    const onProcess = (pid: number): void => services.addChild(pid);
    await synthesize({
      configPath,
      timeouts: 'local',
      brakes: 'on',
      outDir: assemblyDir,
      signal,
      onProcess,
    });
    onStep('deploying the synthesized template');
    const runtime = await deploy(options, services, assemblyDir);
    stops.push(() => runtime.stop());
    const { publicUrl: endpoint } = options;
    tellStack(instanceFile(dataDir), {
      mode: 'local',
      configPath,
      control: null,
      endpoint,
      services,
      runtime,
    });
    return { description: describe(options, runtime), lost: services.lost, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export interface KeptServices extends Services {
  /** Notes a child, so that the next start can end it if we cannot. */
  addChild(pid: number): void;
}

/** DynamoDB, SQS and Secrets Manager on one directory; refused while another process has it. */
export async function startKeptServices(dataDir: string, holder: string): Promise<KeptServices> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const claim = await claimDataDir(dataDir, holder);
  try {
    // The database's password lies below: it must not end in somebody's repository.
    await writeFile(join(dataDir, '.gitignore'), '*\n');
    const own = join(dataDir, 'services');
    const services = await startServices({
      dataDir: own,
      holder,
      postgres: false,
      durable: true,
    });
    const stop = async (): Promise<void> => {
      await services.stop();
      claim.release();
    };
    return { ...services, addChild: (pid) => claim.addChild(pid), stop };
  } catch (error) {
    claim.release();
    throw error;
  }
}

async function deploy(
  options: InstanceOptions,
  services: Services,
  assemblyDir: string,
): Promise<Runtime> {
  const { port, secretValues, doorbellKey, onLog } = options;
  const runtime = await createRuntime({ assemblyDir, services, secretValues, port, onLog });
  if (doorbellKey !== null) shareDoorbellKey(services, runtime, doorbellKey);
  return runtime;
}

/** What else is in the secret stays: the signing secrets of webhooks were shown once. */
function shareDoorbellKey(services: Services, runtime: Runtime, doorbell: string): void {
  const name = runtime.outputs.values['WebhookSecretName'] ?? '';
  const secret = JSON.parse(services.secrets.read(name) ?? '{}') as object;
  services.secrets.write(name, JSON.stringify({ ...secret, doorbell }));
}

function describe(options: InstanceOptions, runtime: Runtime): InstanceDescription {
  const { config, configPath, dataDir, publicUrl } = options;
  const listens = (runtime.outputs.values['Endpoint'] ?? '').replace(/\/$/, '');
  const syncs = config.syncs.map(({ spec, app, scheduleMinutes }) => [
    spec.name,
    {
      everyMinutes: scheduleMinutes,
      doorbell: `${listens}/doorbell/${spec.name}`,
      webhook: publicUrl === null ? null : `${publicUrl}/webhooks/${app}`,
    },
  ]);
  return {
    mode: 'local',
    target: dataDir,
    config: configPath,
    pid: process.pid,
    listens,
    publicUrl,
    doorbellHeader: DOORBELL_HEADER,
    syncs: Object.fromEntries(syncs) as InstanceDescription['syncs'],
  };
}
