/** The simulated Dialpad as one of the sandbox's apps. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { requireOptions } from '../../connectors/dialpad/config.ts';
import type { ServeOptions } from '../dialpad/serve.ts';
import type { SampleData } from './sample-data.ts';
import type { SandboxApp, SandboxAppOptions } from './sandbox-app.ts';
import { postJson, startSimulatedProcess } from './simulated-process.ts';

export interface DialpadDescription {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly companyId: string;
  readonly control: string;
}

interface Ready {
  readonly baseUrl: string;
  readonly controlUrl: string;
  readonly apiKey: string;
  readonly companyId: string;
}

export async function startDialpadApp({
  app,
  seed,
  statePath,
  onLog,
}: SandboxAppOptions): Promise<SandboxApp> {
  const { company } = requireOptions(app.options);
  const kept = statePath === null ? {} : { statePath };
  const options: ServeOptions = { seed, companyId: company, endsWithStdin: false, ...kept };
  const process = await startSimulatedProcess<Ready>({
    name: 'the simulated Dialpad',
    script: join(import.meta.dirname, '../dialpad/serve.ts'),
    options,
    onLog,
  });
  const { baseUrl, apiKey, companyId, controlUrl } = process.ready;
  const description = {
    baseUrl,
    apiKey,
    companyId,
    control: controlUrl,
  } satisfies DialpadDescription;
  return {
    title: 'the simulated Dialpad',
    pid: process.pid,
    exited: process.exited,
    description,
    secret: { apiKey, baseUrl },
    hasWebhooks: true,
    seed: (data) => seedContacts(controlUrl, data),
    registerWebhook: (url, isSecretKnown) => registerWebhook(process.ready, url, isSecretKnown),
    stop: () => process.stop(),
  };
}

const PART = 2_000;

/** Of the CRM's people three in four were typed into Dialpad by hand, with their number; the others are to be made there. */
async function seedContacts(controlUrl: string, { contacts }: SampleData): Promise<void> {
  const rows = contacts.flatMap(({ first_name: first, last_name: last, phone }, index) =>
    phone === null || index % 4 === 3
      ? []
      : [{ first_name: first, last_name: last, phones: [phone] }],
  );
  for (let start = 0; start < rows.length; start += PART) {
    await postJson(`${controlUrl}/seed`, { contacts: rows.slice(start, start + PART) });
  }
}

interface Hook {
  readonly id: number;
  readonly hook_url: string;
}

/** The vendor takes our secret instead of making one. */
async function registerWebhook(
  { baseUrl, apiKey }: Ready,
  url: string,
  isSecretKnown: boolean,
): Promise<string | null> {
  const api = `${baseUrl}/api/v2`;
  const headers = { authorization: `Bearer ${apiKey}` };
  const listed = (await (await fetch(`${api}/webhooks`, { headers })).json()) as { items?: Hook[] };
  const known = listed.items?.find((hook) => hook.hook_url === url);
  if (known !== undefined && isSecretKnown) return null;
  if (known !== undefined)
    await fetch(`${api}/webhooks/${known.id}`, { method: 'DELETE', headers });
  const secret = randomBytes(32).toString('base64url');
  const made = (await postJson(`${api}/webhooks`, { hook_url: url, secret }, headers)) as Hook;
  const subscription = { contact_type: 'shared', endpoint_id: made.id, enabled: true };
  await postJson(`${api}/subscriptions/contact`, subscription, headers);
  return secret;
}
