/** The simulated Meta as one of the sandbox's apps: a process of its own, with the audience the configuration names. */
import { join } from 'node:path';
import { requireOptions } from '../../connectors/meta/config.ts';
import type { ServeOptions } from '../meta/serve.ts';
import type { SandboxApp, SandboxAppOptions } from './sandbox-app.ts';
import { startSimulatedProcess } from './simulated-process.ts';

export interface MetaDescription {
  readonly baseUrl: string;
  readonly accessToken: string;
  readonly adAccountId: string;
  readonly audienceId: string;
  readonly control: string;
}

interface Ready {
  readonly baseUrl: string;
  readonly controlUrl: string;
  readonly accessToken: string;
  readonly adAccountId: string;
  readonly audienceId: string;
}

export async function startMetaApp({
  app,
  seed,
  statePath,
  onLog,
}: SandboxAppOptions): Promise<SandboxApp> {
  const options: ServeOptions = {
    seed,
    audienceId: requireOptions(app.options).audience,
    endsWithStdin: false,
    ...(statePath === null ? {} : { statePath }),
  };
  const title = 'the simulated Meta';
  const process = await startSimulatedProcess<Ready>({
    name: title,
    script: join(import.meta.dirname, '../meta/serve.ts'),
    options,
    onLog,
  });
  const { baseUrl, controlUrl, accessToken, adAccountId, audienceId } = process.ready;
  return {
    title,
    pid: process.pid,
    exited: process.exited,
    description: {
      baseUrl,
      accessToken,
      adAccountId,
      audienceId,
      control: controlUrl,
    } satisfies MetaDescription,
    secret: { accessToken, baseUrl },
    hasWebhooks: false,
    // An audience begins empty: whoever is in it came from the CRM.
    seed: () => Promise.resolve(),
    registerWebhook: () => Promise.resolve(null),
    stop: () => process.stop(),
  };
}
