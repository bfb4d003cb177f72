/** The simulated Mailchimp as a process of its own, and what the sandbox says to it over HTTP. */
import { join } from 'node:path';
import type { ServeOptions } from '../mailchimp/serve.ts';
import type { SeedMember } from '../mailchimp/simulator.ts';
import { postJson, startSimulatedProcess } from './simulated-process.ts';

export interface SimulatedMailchimp {
  readonly exited: Promise<unknown>;
  readonly baseUrl: string;
  readonly controlUrl: string;
  readonly apiKey: string;
  readonly audienceId: string;
  readonly pid: number;
  seed(members: readonly SeedMember[]): Promise<void>;
  /**
   * Makes the audience's webhook and returns its signing secret, which is shown only when it is made. One
   * that is there is kept (null) when its secret is known, and replaced otherwise: nobody could verify it.
   */
  registerWebhook(url: string, isSecretKnown: boolean): Promise<string | null>;
  stop(): Promise<void>;
}

interface Ready {
  readonly baseUrl: string;
  readonly controlUrl: string;
  readonly apiKey: string;
  readonly audienceId: string;
}

export async function startSimulatedMailchimp(
  options: ServeOptions,
  onLog: (line: string) => void,
): Promise<SimulatedMailchimp> {
  const process = await startSimulatedProcess<Ready>({
    name: 'the simulated Mailchimp',
    script: join(import.meta.dirname, '../mailchimp/serve.ts'),
    options,
    onLog,
  });
  const { ready, pid, exited } = process;
  return {
    ...ready,
    pid,
    exited,
    seed: async (members) => {
      for (let start = 0; start < members.length; start += 2_000) {
        const part = members.slice(start, start + 2_000);
        await postJson(`${ready.controlUrl}/seed`, { members: part });
      }
    },
    registerWebhook: (url, isSecretKnown) => registerWebhook(ready, url, isSecretKnown),
    stop: () => process.stop(),
  };
}

interface Hook {
  readonly id: string;
  readonly url: string;
}

async function registerWebhook(
  ready: Ready,
  url: string,
  isSecretKnown: boolean,
): Promise<string | null> {
  const hooks = `${ready.baseUrl}/lists/${ready.audienceId}/webhooks`;
  const headers = {
    authorization: `Bearer ${ready.apiKey}`,
    'content-type': 'application/json',
  };
  const { webhooks } = (await (await fetch(hooks, { headers })).json()) as { webhooks: Hook[] };
  const known = webhooks.find((hook) => hook.url === url);
  if (known !== undefined && isSecretKnown) return null;
  if (known !== undefined) await fetch(`${hooks}/${known.id}`, { method: 'DELETE', headers });
  const yes = { subscribe: true, unsubscribe: true, profile: true, cleaned: true, upemail: true };
  const made = await postJson(
    hooks,
    { url, events: { ...yes, campaign: false }, sources: { user: true, admin: true, api: false } },
    headers,
  );
  return (made as { signing_secret?: string }).signing_secret ?? null;
}
