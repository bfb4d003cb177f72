/** Stacks on this machine as targets: one that runs in another process, or the state of one that was stopped. */
import { parseStackOutputs, type StackOutputs } from '../config/stack-outputs.ts';
import { loadUserConfig } from '../config/user-config.ts';
import type { RunningStack } from '../local/running-stack.ts';
import { noTarget } from './failure.ts';
import { openStack } from './stack-target.ts';
import type { Target } from './target.ts';
import type { Need } from './with-target.ts';

/** The emulators check none. */
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

export async function openMachineStack(stack: RunningStack, name: string): Promise<Target> {
  return openAt(stack, {
    name,
    aws: stack.aws,
    outputs: requireOutputs(stack, name),
    isRunning: true,
    close: () => Promise.resolve(),
  });
}

/**
 * Reading needs only the services; they are started on the state for as long as the command runs. When what is
 * ordered must be carried out, the whole stack is.
 */
export async function openStoppedInstance(
  stack: RunningStack,
  dataDir: string,
  need: Need,
): Promise<Target> {
  if (need.works === true) {
    const { startForCommand } = await import('./start-local.ts');
    const { running, stop } = await startForCommand(stack, dataDir);
    return openAt(running, {
      name: dataDir,
      aws: running.aws,
      outputs: requireOutputs(running, dataDir),
      isRunning: true,
      close: stop,
    });
  }
  const { startKeptServices } = await import('../local/instance/instance.ts');
  const services = await startKeptServices(dataDir, 'a trivet command');
  const { region, dynamodb, sqs, secrets } = services;
  return openAt(stack, {
    name: dataDir,
    aws: {
      region,
      dynamodb: dynamodb.endpoint,
      sqs: sqs.endpoint,
      secretsManager: secrets.endpoint,
    },
    outputs: moveQueues(requireOutputs(stack, dataDir), (name) => sqs.queueUrl(name)),
    isRunning: false,
    close: () => services.stop(),
  });
}

interface Opening {
  readonly name: string;
  readonly aws: RunningStack['aws'];
  readonly outputs: StackOutputs;
  readonly isRunning: boolean;
  readonly close: () => Promise<void>;
}

async function openAt(stack: RunningStack, opening: Opening): Promise<Target> {
  const { aws, close, ...rest } = opening;
  try {
    const { config } = await loadUserConfig(stack.configPath);
    const { region, ...endpoints } = aws;
    const clients = { region, endpoints, credentials: CREDENTIALS };
    return openStack({
      mode: stack.mode,
      config,
      clients,
      endpoint: stack.endpoint,
      close,
      ...rest,
    });
  } catch (error) {
    await close();
    throw error;
  }
}

function requireOutputs(stack: RunningStack, name: string): StackOutputs {
  const parsed = parseStackOutputs(stack.outputs);
  if (parsed.ok) return parsed.outputs;
  const missing = parsed.wrong.join(', ');
  throw noTarget(
    `${stack.mode} ${name} was started by another version (no usable ${missing}). Start it again.`,
  );
}

/** The services listen on other ports at each start; the names stay. */
function moveQueues(outputs: StackOutputs, urlOf: (name: string) => string): StackOutputs {
  const move = (url: string): string => urlOf(url.slice(url.lastIndexOf('/') + 1));
  const lanes = Object.entries(outputs.LaneQueues).map(([sync, url]) => [sync, move(url)]);
  return {
    ...outputs,
    PullsQueue: move(outputs.PullsQueue),
    LaneQueues: Object.fromEntries(lanes) as Record<string, string>,
  };
}
