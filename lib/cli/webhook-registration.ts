/**
 * One app's webhook: at the vendor, and its signing secret where the webhook function reads it. The vendor shows
 * that secret once, in the answer that makes the webhook; one whose secret was lost must be made anew.
 *
 *   ask the vendor ─► is ours there, signed, rung, and its secret kept? ─► nothing to do
 *                     otherwise: remove what is there of ours ─► make it ─► keep its secret
 *
 * Between the last two a crash loses the secret; the next run finds a webhook whose secret is not kept, and
 * makes it anew. A while without a webhook costs a schedule's time, never a change.
 */
import {
  forgetWebhook,
  parseWebhookSecret,
  rememberWebhook,
  type WebhookSecret,
} from '../config/webhook-secret.ts';
import type { Budget } from '../ports/clock.ts';
import type { MadeWebhook, Webhook, WebhookOutcome, WebhookRegistry } from '../ports/webhooks.ts';
import { CommandFailure, EXIT } from './failure.ts';
import type { SecretBook } from './secret-book.ts';

export interface Registration {
  readonly app: string;
  readonly registry: WebhookRegistry;
  readonly secrets: SecretBook;
  /** Name of the secret with the webhooks' keys. */
  readonly secretName: string;
  /** What the vendor calls; null where the outside reaches nothing of ours. */
  readonly url: string | null;
  readonly budget: Budget;
}

export interface KnownWebhook extends Webhook {
  /** It leads to this stack, or did when its secret was kept. */
  readonly isOurs: boolean;
  /** Its requests will be believed: signed with a secret that is kept, or at an address that is secret. */
  readonly isTrusted: boolean;
}

/** `open`: our address. `secret`: the one below it that takes the place of a signature. */
type Address = 'open' | 'secret' | 'other';

type Seen = KnownWebhook & { readonly address: Address };

export type Registered = {
  readonly outcome: 'there' | 'registered' | 'renewed';
  readonly webhook: KnownWebhook;
};

export async function listWebhooks(registration: Registration): Promise<readonly KnownWebhook[]> {
  const { secret } = await readSecret(registration);
  return (await look(registration, secret)).map(withoutKey);
}

export async function registerWebhook(
  registration: Registration & { readonly url: string },
): Promise<Registered> {
  const { secret } = await readSecret(registration);
  const ours = (await look(registration, secret)).filter(({ isOurs }) => isOurs);
  const [only, ...others] = ours;
  const isRight =
    only !== undefined && only.isTrusted && only.address !== 'other' && only.events.length > 0;
  if (isRight && others.length === 0) return { outcome: 'there', webhook: withoutKey(only) };
  // The vendor takes an address once: the old one goes first.
  for (const { id } of ours) await removeOne(registration, id);
  const { signingSecret, ...webhook } = await makeOne(registration, secret);
  await changeSecret(registration, (text) =>
    rememberWebhook(text, registration.app, { id: webhook.id, signingSecret }),
  );
  const address = addressOf(registration, secret, webhook.url);
  return {
    outcome: ours.length === 0 ? 'registered' : 'renewed',
    webhook: withoutKey({ ...webhook, address, isOurs: true, isTrusted: true }),
  };
}

/** Takes ours away, and what was kept about them; others' stay. */
export async function removeWebhooks(registration: Registration): Promise<readonly KnownWebhook[]> {
  const { secret } = await readSecret(registration);
  const ours = (await look(registration, secret)).filter(({ isOurs }) => isOurs);
  for (const { id } of ours) await removeOne(registration, id);
  if (ours.length > 0) {
    await changeSecret(registration, (text) => forgetWebhook(text, registration.app));
  }
  return ours.map(withoutKey);
}

async function look(registration: Registration, secret: WebhookSecret): Promise<readonly Seen[]> {
  const { app, registry, budget } = registration;
  const all = valueOf(await registry.list(budget), app);
  const [hook, { signing }] = [secret.hookOf(app), secret.forApp(app)];
  return all.map((webhook) => {
    const address = addressOf(registration, secret, webhook.url);
    // A person who put the secret there by hand noted no id; then any signed one of ours is taken for it.
    const isKept = signing.length > 0 && (hook === null || hook === webhook.id);
    return {
      ...webhook,
      address,
      isOurs: address !== 'other' || webhook.id === hook,
      isTrusted: address === 'secret' || (address === 'open' && webhook.isSigned && isKept),
    };
  });
}

function addressOf({ app, url: own }: Registration, secret: WebhookSecret, url: string): Address {
  if (own === null) return 'other';
  if (url === own) return 'open';
  return url === `${own}/${secret.forApp(app).path ?? ''}` ? 'secret' : 'other';
}

/** The last segment of a secret address is the key; it is shown to nobody. */
function withoutKey({ address, ...webhook }: Seen): KnownWebhook {
  if (address !== 'secret') return webhook;
  return { ...webhook, url: `${webhook.url.slice(0, webhook.url.lastIndexOf('/'))}/<secret>` };
}

/** Where the vendor does not sign, the address itself has to be the secret. */
async function makeOne(
  registration: Registration & { readonly url: string },
  secret: WebhookSecret,
): Promise<MadeWebhook> {
  const { app, registry, url, budget } = registration;
  const made = valueOf(await registry.register(url, budget), app);
  const { path } = secret.forApp(app);
  if (made.signingSecret !== null || path === null) return made;
  await removeOne(registration, made.id);
  return valueOf(await registry.register(`${url}/${path}`, budget), app);
}

async function removeOne({ app, registry, budget }: Registration, id: string): Promise<void> {
  valueOf(await registry.remove(id, budget), app);
}

async function readSecret({
  secrets,
  secretName,
}: Registration): Promise<{ readonly text: string; readonly secret: WebhookSecret }> {
  const text = await secrets.read(secretName);
  const parsed = parseWebhookSecret(text);
  if (!parsed.ok)
    throw new CommandFailure(`The secret ${secretName} cannot be used: ${parsed.reason}.`);
  return { text, secret: parsed.secret };
}

/** Read anew just before: a person may have put something else there meanwhile. */
async function changeSecret(
  registration: Registration,
  change: (text: string) => string,
): Promise<void> {
  const { text } = await readSecret(registration);
  await registration.secrets.write(registration.secretName, change(text));
}

function valueOf<T>(outcome: WebhookOutcome<T>, app: string): T {
  switch (outcome.kind) {
    case 'ok':
      return outcome.value;
    case 'halted':
      throw new CommandFailure(`${app}: ${outcome.reason}`, EXIT.needsPerson);
    case 'rejected':
    case 'retry':
      throw new CommandFailure(`${app}: ${outcome.reason}`);
  }
}
