/** Which folder serves which kind of app. */
import type { AppConfig } from '../config/model.ts';
import type { AppReplica, VerifyWebhook } from '../ports/app.ts';
import type { Clock } from '../ports/clock.ts';
import type { Halted } from '../ports/outcome.ts';
import type { WebhookRegistry } from '../ports/webhooks.ts';
import {
  createMailchimp,
  createMailchimpWebhooks,
  createVerifyWebhook,
  parseCredentials,
  requireOptions,
  secretFromVariables,
} from './mailchimp/index.ts';

export interface ReplicaSetup {
  readonly app: AppConfig;
  /** The secret's JSON, parsed. */
  readonly secret: unknown;
  /** The app paths the sync maps. */
  readonly paths: readonly string[];
  readonly clock: Clock;
  /** Processes that may call with this secret at once: for each of its syncs one per lane, and the pull. */
  readonly processes: number;
}

/** Credentials that lead nowhere give a replica that says so at every call, so that the sync halts with the sentence. */
export function createReplica(setup: ReplicaSetup): AppReplica {
  const { app, secret, paths, clock, processes } = setup;
  const options = requireOptions(app.options);
  const credentials = parseCredentials(secret);
  if (credentials.kind === 'halted') return haltedReplica(app, options.audience, credentials);
  const share = Math.max(1, Math.floor(app.capabilities.connectionsMax / processes));
  const connectionsMax = options.connectionsMax ?? share;
  const replica = createMailchimp({
    options,
    credentials: credentials.value,
    paths,
    clock,
    connectionsMax,
  });
  return replica.kind === 'halted' ? haltedReplica(app, options.audience, replica) : replica.value;
}

/** The webhooks of an app's object at the vendor. */
export function createWebhooks(
  setup: Pick<ReplicaSetup, 'app' | 'secret' | 'clock'>,
): { readonly kind: 'ok'; readonly value: WebhookRegistry } | Halted {
  const credentials = parseCredentials(setup.secret);
  if (credentials.kind === 'halted') return credentials;
  return createMailchimpWebhooks({
    options: requireOptions(setup.app.options),
    credentials: credentials.value,
    clock: setup.clock,
    connectionsMax: 1,
  });
}

export function createVerifier(app: AppConfig): VerifyWebhook {
  return createVerifyWebhook(requireOptions(app.options).audience);
}

/** Makes an app's secret from environment variables; a text names the one that is missing. */
export const secretReaderOf = (
  kind: AppConfig['kind'],
): ((read: (name: string) => string | undefined) => object | string) =>
  ({ mailchimp: secretFromVariables })[kind];

function haltedReplica(app: AppConfig, object: string, halted: Halted): AppReplica {
  const stop = () => Promise.resolve(halted);
  return {
    object,
    capabilities: app.capabilities,
    identify: stop,
    present: stop,
    pull: stop,
    list: stop,
    orderOf: () => 0,
    fetch: (targets) => Promise.resolve(targets.map(() => halted)),
    push: (commands) => Promise.resolve(commands.map(() => halted)),
  };
}
