/** Connectors that a configuration brings along, as the registry offers them. */
import type { OwnApp } from '../config/model.ts';
import type { AppReplica, VerifyWebhook } from '../ports/app.ts';
import type { Clock } from '../ports/clock.ts';
import type { Halted } from '../ports/outcome.ts';

export interface OwnSetup {
  readonly app: OwnApp;
  readonly secret: unknown;
  readonly paths: readonly string[];
  readonly clock: Clock;
  readonly connectionsMax: number;
}

export function createOwnReplica({
  app,
  ...setup
}: OwnSetup): { readonly kind: 'ok'; readonly value: AppReplica } | Halted {
  return app.connector.replica({ ...setup, options: app.options });
}

export const ownObject = ({ connector, options }: OwnApp): string => connector.objectOf(options);

export const noOwnWebhooks = ({ connector }: OwnApp): Halted => ({
  kind: 'halted',
  reason: `Trivet cannot register webhooks of ${connector.name}; do it there, by hand.`,
});

export function createOwnVerifier({ connector, options }: OwnApp): VerifyWebhook {
  const refuse: VerifyWebhook = () => ({
    kind: 'refused',
    status: 404,
    reason: `${connector.name} rings nobody`,
  });
  return connector.verifyWebhook?.(options) ?? refuse;
}
