/** Which folder serves which kind of app. An app of the user's own brings its connector. */
import type { AppConfig } from '../config/model.ts';
import type { AppReplica, VerifyWebhook } from '../ports/app.ts';
import type { Clock } from '../ports/clock.ts';
import type { AppExaminer } from '../ports/examine.ts';
import type { Halted } from '../ports/outcome.ts';
import { createOwnRates, type RateStore } from '../ports/rates.ts';
import type { WebhookRegistry } from '../ports/webhooks.ts';
import * as dialpad from './dialpad/index.ts';
import { examineIdentity } from './examine-identity.ts';
import * as mailchimp from './mailchimp/index.ts';
import * as meta from './meta/index.ts';
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
  /** What somebody should know of although everything works. @default nobody is told */
  readonly notice?: (sentence: string) => void;
  /** Names this installation in ids planted in the app. */
  readonly installation: string;
  /** Where calls are counted that a vendor rations. */
  readonly rates: RateStore;
}

type WebhookSetup = Pick<ReplicaSetup, 'app' | 'secret' | 'clock' | 'rates'>;
type MadeWebhooks = { readonly kind: 'ok'; readonly value: WebhookRegistry } | Halted;

type Made = { readonly kind: 'ok'; readonly value: AppReplica } | Halted;

/** Credentials that lead nowhere give a replica that says so at every call, so that the sync halts with the sentence. */
export function createReplica(setup: ReplicaSetup): AppReplica {
  const { app, processes } = setup;
  const share = Math.max(1, Math.floor(app.capabilities.connectionsMax / processes));
  const made = make(setup, share);
  return made.kind === 'halted' ? haltedReplica(app, objectOf(app), made) : made.value;
}

function make(setup: ReplicaSetup, connectionsMax: number): Made {
  const { app } = setup;
  switch (app.kind) {
    case 'own':
      return createOwnReplica({ ...setup, app, connectionsMax });
    case 'mailchimp':
      return createMailchimpReplica(setup, connectionsMax);
    case 'meta':
      return createMetaReplica(setup);
    case 'dialpad':
      return createDialpadReplica(setup, connectionsMax);
  }
}

function createMailchimpReplica({ app, secret, paths, clock }: ReplicaSetup, share: number): Made {
  const options = mailchimp.requireOptions(app.options);
  const credentials = mailchimp.parseCredentials(secret);
  if (credentials.kind === 'halted') return credentials;
  const connectionsMax = options.connectionsMax ?? share;
  return mailchimp.createMailchimp({
    options,
    credentials: credentials.value,
    paths,
    clock,
    connectionsMax,
  });
}

function createMetaReplica({ app, secret, paths, notice }: ReplicaSetup): Made {
  const options = meta.requireOptions(app.options);
  const credentials = meta.parseCredentials(secret);
  if (credentials.kind === 'halted') return credentials;
  const value = meta.createMeta({
    options,
    credentials: credentials.value,
    paths,
    notice: notice ?? (() => undefined),
  });
  return { kind: 'ok', value };
}

function createDialpadReplica({ app, secret, ...given }: ReplicaSetup, share: number): Made {
  const options = dialpad.requireOptions(app.options);
  const credentials = dialpad.parseCredentials(secret);
  if (credentials.kind === 'halted') return credentials;
  const connectionsMax = options.connectionsMax ?? share;
  const setup = { ...given, options, credentials: credentials.value, connectionsMax };
  return { kind: 'ok', value: dialpad.createDialpad(setup) };
}

function objectOf(app: AppConfig): string {
  switch (app.kind) {
    case 'own':
      return ownObject(app);
    case 'mailchimp':
      return mailchimp.requireOptions(app.options).audience;
    case 'meta':
      return meta.requireOptions(app.options).audience;
    case 'dialpad':
      return dialpad.requireOptions(app.options).company;
  }
}

/** The webhooks of an app's object at the vendor. */
export function createWebhooks(setup: WebhookSetup): MadeWebhooks {
  const { app, secret, clock } = setup;
  switch (app.kind) {
    case 'own':
      return noOwnWebhooks(app);
    case 'meta':
      return { kind: 'halted', reason: 'Meta sends no webhooks about custom audiences.' };
    case 'dialpad':
      return createDialpadWebhooks(setup);
    case 'mailchimp': {
      const credentials = mailchimp.parseCredentials(secret);
      if (credentials.kind === 'halted') return credentials;
      return mailchimp.createMailchimpWebhooks({
        options: mailchimp.requireOptions(app.options),
        credentials: credentials.value,
        clock,
        connectionsMax: 1,
      });
    }
  }
}

function createDialpadWebhooks({ app, secret, clock, rates }: WebhookSetup): MadeWebhooks {
  const credentials = dialpad.parseCredentials(secret);
  if (credentials.kind === 'halted') return credentials;
  const value = dialpad.createDialpadWebhooks({
    options: dialpad.requireOptions(app.options),
    credentials: credentials.value,
    clock,
    rates,
    connectionsMax: 1,
  });
  return { kind: 'ok', value };
}

/** Looks at an app's object before a sync relies on it: by the connector's own examination, or at least by its identity. */
export function createExaminer(setup: ExaminerSetup): MadeExaminer {
  switch (setup.app.kind) {
    case 'own': {
      // Beside all lanes and pulls: one of the app's connections.
      const processes = setup.app.capabilities.connectionsMax;
      // Its identity is one call, and no id of ours.
      const apart = { processes, installation: 'main', rates: createOwnRates() };
      return { kind: 'ok', value: examineIdentity(createReplica({ ...setup, ...apart })) };
    }
    case 'mailchimp':
      return createMailchimpExaminer(setup);
    case 'meta':
      return createMetaExaminer(setup);
    case 'dialpad':
      return createDialpadExaminer(setup);
  }
}

type ExaminerSetup = Omit<ReplicaSetup, 'processes' | 'installation' | 'rates'>;
type MadeExaminer = { readonly kind: 'ok'; readonly value: AppExaminer } | Halted;

function createMetaExaminer({ app, secret }: ExaminerSetup): MadeExaminer {
  const credentials = meta.parseCredentials(secret);
  if (credentials.kind === 'halted') return credentials;
  const options = meta.requireOptions(app.options);
  return {
    kind: 'ok',
    value: meta.createMetaExaminer({ options, credentials: credentials.value }),
  };
}

function createDialpadExaminer({ app, secret, clock }: ExaminerSetup): MadeExaminer {
  const credentials = dialpad.parseCredentials(secret);
  if (credentials.kind === 'halted') return credentials;
  const value = dialpad.createDialpadExaminer({
    options: dialpad.requireOptions(app.options),
    credentials: credentials.value,
    clock,
    connectionsMax: 1,
    // A dozen calls: what the functions leave of the company's second is enough.
    rates: createOwnRates(),
  });
  return { kind: 'ok', value };
}

function createMailchimpExaminer(setup: ExaminerSetup): MadeExaminer {
  const credentials = mailchimp.parseCredentials(setup.secret);
  if (credentials.kind === 'halted') return credentials;
  return mailchimp.createMailchimpExaminer({
    options: mailchimp.requireOptions(setup.app.options),
    credentials: credentials.value,
    clock: setup.clock,
    connectionsMax: 1,
  });
}

/** `paths`: what the sync maps. */
export function createVerifier(app: AppConfig, paths: readonly string[]): VerifyWebhook {
  if (app.kind === 'dialpad') return dialpad.createVerifyWebhook(paths);
  if (app.kind === 'own') return createOwnVerifier(app);
  if (app.kind === 'meta') return meta.verifyWebhook;
  return mailchimp.createVerifyWebhook(mailchimp.requireOptions(app.options).audience);
}

/** Makes an app's secret from environment variables; a text names the one that is missing. */
export function secretReaderOf(
  app: AppConfig,
): (read: (name: string) => string | undefined) => object | string {
  switch (app.kind) {
    case 'own':
      return app.connector.secretFromVariables;
    case 'mailchimp':
      return mailchimp.secretFromVariables;
    case 'meta':
      return meta.secretFromVariables;
    case 'dialpad':
      return dialpad.secretFromVariables;
  }
}

function haltedReplica(app: AppConfig, object: string, halted: Halted): AppReplica {
  const stop = () => Promise.resolve(halted);
  const isLedger = app.capabilities.delta === 'none';
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
    ...(isLedger ? { ledger: haltedLedger(halted) } : {}),
  };
}

/** Whoever cannot be told stays as they are: a row for everybody that says nothing, and stops when it is sent. */
const haltedLedger = (halted: Halted): NonNullable<AppReplica['ledger']> => ({
  encode: () => ({ kind: 'row', row: { ids: [], digest: '', cells: [] } }),
  send: (commands) => Promise.resolve(commands.map(() => halted)),
});
