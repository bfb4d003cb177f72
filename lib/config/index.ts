/** What a configuration imports from 'trivet'. */
import type { CrmConfig, NetworkConfig } from './model.ts';

export { mailchimp } from '../connectors/mailchimp/config.ts';
export * from '../engine/types/index.ts';
export { ConfigError, defineTrivet } from './define.ts';
export type { FieldInput, SyncInput, TrivetInput } from './define.ts';
export type { TrivetConfig } from './model.ts';

/** The CRM's database: the secret holds `{ "url": "postgres://…" }`. */
export function postgres(options: {
  readonly secret: string;
  readonly capture?: 'log';
  readonly network?: NetworkConfig;
}): CrmConfig {
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
