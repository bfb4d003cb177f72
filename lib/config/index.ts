/** What a configuration imports from 'trivet'. */
import type { AnyTables } from './row-types.ts';
import type { Capture, CrmConfig, NetworkConfig } from './model.ts';

export { dialpad, type DialpadFields } from '../connectors/dialpad/config.ts';
export { mailchimp, type MailchimpFields } from '../connectors/mailchimp/config.ts';
export { meta, type MetaFields } from '../connectors/meta/config.ts';
export * from '../engine/types/index.ts';
export { ConfigError, defineTrivet } from './define.ts';
export type { ComputedInput, FieldInput, SyncInput, TrivetInput } from './define.ts';
export type { AppConfig, TrivetConfig } from './model.ts';
export type { ModifiedInput } from './modified.ts';
export type { AnyRow } from './row-types.ts';
export { ownApp } from './own-app.ts';
/** What a connector of one's own is written against. */
export type { RemoteId } from '../engine/model.ts';
export type { Json, Value } from '../engine/value.ts';
export type {
  AppCommand,
  AppObservation,
  AppOutcome,
  AppReplica,
  Capabilities,
  FetchTarget,
  PullPage,
} from '../ports/app.ts';
export type { Budget, Clock } from '../ports/clock.ts';
export type { Halted, Outcome, Retry } from '../ports/outcome.ts';
export type {
  Connector,
  ConnectorOptions,
  ConnectorSetup,
  OptionProblem,
} from '../ports/connector.ts';

/**
 * The CRM's database: the secret holds `{ "url": "postgres://…" }`. With the types of your tables' rows,
 * `postgres<{ contacts: ContactRow }>({ … })`, the compiler knows every column. `capture: 'timestamp'` is for databases
 * that allow no triggers; each sync then names its `modified` column.
 */
export function postgres<Tables = AnyTables>(options: {
  readonly secret: string;
  readonly capture?: Capture;
  readonly network?: NetworkConfig;
}): CrmConfig<Tables> {
  return {
    secret: options.secret,
    capture: options.capture ?? 'log',
    network: options.network ?? { kind: 'public' },
  };
}

/** Functions outside any VPC; the database is reached over verified TLS. */
export const publicNetwork: NetworkConfig = { kind: 'public' };

/** Your own subnets, which must have a way out to the internet. */
export const vpc = (own: Omit<Extract<NetworkConfig, { kind: 'vpc' }>, 'kind'>): NetworkConfig => ({
  kind: 'vpc',
  ...own,
});
