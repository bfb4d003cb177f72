/** How large each function is, and how long a new process of it takes until it can take an invocation. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAssembly } from '../../lib/local/runtime/assembly.ts';
import { planDeployment } from '../../lib/local/runtime/deployment-plan.ts';
import { startEnvironment } from '../../lib/local/runtime/execution-environment.ts';
import type { FunctionSpec } from '../../lib/local/runtime/functions.ts';
import { SAMPLE_CONFIG_PATH } from '../../lib/local/sandbox/sample-config.ts';
import { synthesize } from '../../lib/local/synthesize.ts';
import { exact, timed, type Section } from '../figure.ts';
import type { Sizes } from '../sizes.ts';
import { median } from '../statistics.ts';

const BUNDLE_BYTES_MAX = 1.5 * 10 ** 6;
const READY_MS_MAX = 250;
/** Nobody is called while a function starts. */
const NOWHERE = 'http://127.0.0.1:9';

export async function runBundles({ bundles }: Sizes): Promise<Section> {
  const outDir = await mkdtemp(join(tmpdir(), 'trivet-bundles-'));
  try {
    await synthesize({ configPath: SAMPLE_CONFIG_PATH, timeouts: 'local', brakes: 'on', outDir });
    const functions = functionsOf(outDir);
    const figures = [];
    for (const spec of functions) {
      const name = shortNameOf(spec);
      const bytes = await sizeOf(spec.codeDir);
      const times = await startTimes(spec, bundles.starts);
      figures.push(
        exact(`${name}: minified bundle`, Math.round(bytes / 1_000), 'kB', {
          atMost: BUNDLE_BYTES_MAX / 1_000,
        }),
        timed(`${name}: process started until ready`, Math.round(median(times)), 'ms', {
          atMost: READY_MS_MAX,
        }),
      );
    }
    figures.push(
      timed('yardstick: Node alone, started until ended', await bareNode(bundles.starts), 'ms'),
    );
    return {
      part: 'bundles',
      title: 'Bundles and cold starts',
      method: [
        'The bundles of the synthesized stack with the sandbox’s configuration, as they would be uploaded, everything included. A start is a new process of the one-machine runtime with the memory limits ' +
          `the template declares, until its handler is loaded; medians of ${bundles.starts}, one at a time. On AWS the start of the micro-VM comes on top, and other processors take other times.`,
      ],
      figures,
      notes: [],
      data: {},
    };
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

function functionsOf(assemblyDir: string): readonly FunctionSpec[] {
  return planDeployment(readAssembly(assemblyDir), {
    region: 'us-east-1',
    queueUrl: (name) => `${NOWHERE}/${name}`,
    secretArn: (name) => name,
    apiUrl: () => NOWHERE,
    endpoints: { SQS: NOWHERE, DYNAMODB: NOWHERE, SECRETS_MANAGER: NOWHERE },
  }).functions;
}

/** `Apply-contacts-news/Apply/Function` is apply. */
export const shortNameOf = ({ path }: FunctionSpec): string => {
  const known = ['apply', 'pull', 'webhook'].find((name) => path.toLowerCase().includes(name));
  return known ?? path;
};

async function sizeOf(dir: string): Promise<number> {
  const names = await readdir(dir);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(dir, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function startTimes(spec: FunctionSpec, starts: number): Promise<number[]> {
  const times: number[] = [];
  for (let start = 0; start < starts; start += 1) {
    const beganAt = performance.now();
    const environment = await startEnvironment(spec, () => undefined);
    times.push(performance.now() - beganAt);
    environment.kill();
    await environment.exited;
  }
  return times;
}

async function bareNode(starts: number): Promise<number> {
  const times: number[] = [];
  for (let start = 0; start < starts; start += 1) {
    const beganAt = performance.now();
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    times.push(performance.now() - beganAt);
  }
  return Math.round(median(times));
}
