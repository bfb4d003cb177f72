/** Which folder serves which kind of app. An app of the user's own brings its connector. */
import type { AppConfig } from '../config/model.ts';
import type { AppReplica, VerifyWebhook } from '../ports/app.ts';
import type { Clock } from '../ports/clock.ts';
import type { AppExaminer } from '../ports/examine.ts';
import type { Halted } from '../ports/outcome.ts';
import type { WebhookRegistry } from '../ports/webhooks.ts';
import { examineIdentity } from './examine-identity.ts';
import {
  createMailchimp,
  createMailchimpExaminer,
  createMailchimpWebhooks,
  createVerifyWebhook,
  parseCredentials,
  requireOptions,
  secretFromVariables,
} from './mailchimp/index.ts';
import { createOwnReplica, createOwnVerifier, noOwnWebhooks, ownObject } from './own.ts';

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
  const { app, processes } = setup;
  const share = Math.max(1, Math.floor(app.capabilities.connectionsMax / processes));
  const made =
    app.kind === 'own'
      ? createOwnReplica({ ...setup, app, connectionsMax: share })
      : createMailchimpReplica(setup, share);
  return made.kind === 'halted' ? haltedReplica(app, objectOf(app), made) : made.value;
}

function createMailchimpReplica(
  { app, secret, paths, clock }: ReplicaSetup,
  share: number,
): ReturnType<typeof createMailchimp> {
  const options = requireOptions(app.options);
  const credentials = parseCredentials(secret);
  if (credentials.kind === 'halted') return credentials;
  const connectionsMax = options.connectionsMax ?? share;
  return createMailchimp({
    options,
    credentials: credentials.value,
    paths,
    clock,
    connectionsMax,
  });
}

const objectOf = (app: AppConfig): string =>
  app.kind === 'own' ? ownObject(app) : requireOptions(app.options).audience;

/** The webhooks of an app's object at the vendor. */
export function createWebhooks(
  setup: Pick<ReplicaSetup, 'app' | 'secret' | 'clock'>,
): { readonly kind: 'ok'; readonly value: WebhookRegistry } | Halted {
  if (setup.app.kind === 'own') return noOwnWebhooks(setup.app);
  const credentials = parseCredentials(setup.secret);
  if (credentials.kind === 'halted') return credentials;
  return createMailchimpWebhooks({
    options: requireOptions(setup.app.options),
    credentials: credentials.value,
    clock: setup.clock,
    connectionsMax: 1,
  });
}

/** Looks at an app's object before a sync relies on it: by the connector's own examination, or at least by its identity. */
export function createExaminer(
  setup: Omit<ReplicaSetup, 'processes'>,
): { readonly kind: 'ok'; readonly value: AppExaminer } | Halted {
  if (setup.app.kind !== 'mailchimp') {
    // Beside all lanes and pulls: one of the app's connections.
    const processes = setup.app.capabilities.connectionsMax;
    return { kind: 'ok', value: examineIdentity(createReplica({ ...setup, processes })) };
  }
  const credentials = parseCredentials(setup.secret);
  if (credentials.kind === 'halted') return credentials;
  return createMailchimpExaminer({
    options: requireOptions(setup.app.options),
    credentials: credentials.value,
    clock: setup.clock,
    connectionsMax: 1,
  });
}

export function createVerifier(app: AppConfig): VerifyWebhook {
  if (app.kind === 'own') return createOwnVerifier(app);
  return createVerifyWebhook(requireOptions(app.options).audience);
}

/** Makes an app's secret from environment variables; a text names the one that is missing. */
export const secretReaderOf = (
  app: AppConfig,
): ((read: (name: string) => string | undefined) => object | string) =>
  app.kind === 'own' ? app.connector.secretFromVariables : secretFromVariables;

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
