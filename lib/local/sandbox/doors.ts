/**
 * Registers the apps' webhooks and puts their signing secrets where the webhook function reads them, as a person
 * would with `trivet webhooks register`.
 */
import type { SecretsManagerServer } from '../services/secrets-manager.ts';
import type { SandboxApp } from './sandbox-app.ts';

const WEBHOOK_SECRET = 'trivet/main/webhooks';

interface WebhookSecret {
  readonly doorbell: string;
  readonly apps: Readonly<Record<string, { readonly signing: readonly string[] }>>;
}

export const webhookUrl = (endpoint: string, app: string): string => `${endpoint}/webhooks/${app}`;

/** The answer is the doorbell's key. */
export async function openDoors(
  secrets: SecretsManagerServer,
  apps: ReadonlyMap<string, SandboxApp>,
  endpoint: string,
): Promise<string> {
  const text = secrets.read(WEBHOOK_SECRET);
  if (text === undefined) throw new Error(`the stack made no secret ${WEBHOOK_SECRET}`);
  let secret = JSON.parse(text) as WebhookSecret;
  for (const [name, app] of apps) {
    const isKnown = secret.apps[name] !== undefined;
    const signing = await app.registerWebhook(webhookUrl(endpoint, name), isKnown);
    if (signing === null) continue;
    // One by one: a kill in between must not lose the secret of a webhook that is made.
    secret = { ...secret, apps: { ...secret.apps, [name]: { signing: [signing] } } };
    secrets.write(WEBHOOK_SECRET, JSON.stringify(secret));
  }
  return secret.doorbell;
}
