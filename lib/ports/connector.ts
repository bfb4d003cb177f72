/**
 * A connector that is not Trivet's own: everything that the functions, the checks of the configuration and the
 * command line ask of one. A configuration that names it brings it into each function's bundle.
 */
import type { Json } from '../engine/value.ts';
import type { AppReplica, Capabilities, VerifyWebhook } from './app.ts';
import type { Clock } from './clock.ts';
import type { Halted } from './outcome.ts';

/** As the configuration gives them: JSON. */
export type ConnectorOptions = { readonly [key: string]: Json };

export interface ConnectorSetup {
  readonly options: ConnectorOptions;
  /** The secret's JSON, parsed; its form is the connector's to check. */
  readonly secret: unknown;
  /** The app paths the sync maps: what observations carry. */
  readonly paths: readonly string[];
  readonly clock: Clock;
  /** Simultaneous calls of this process. */
  readonly connectionsMax: number;
}

export interface OptionProblem {
  readonly option: string;
  readonly remedy: string;
}

export interface Connector {
  /** As people call the app. */
  readonly name: string;
  readonly capabilities: Capabilities;
  /** The app's fields that are known by name, and those that can name a person. */
  readonly paths: readonly string[];
  readonly matchPaths: readonly string[];
  /** Why a field cannot be mapped with a field type (`text`, `phone`, …), with the remedy; null when it can. */
  checkField(path: string, type: string): string | null;
  /** The first option that cannot be used, with the remedy; null when all can. */
  checkOptions(options: ConnectorOptions): OptionProblem | null;
  /** The object's id, known without a call and without credentials. */
  objectOf(options: ConnectorOptions): string;
  /** Halted when the secret cannot lead anywhere. */
  replica(setup: ConnectorSetup): { readonly kind: 'ok'; readonly value: AppReplica } | Halted;
  /** The secret from environment variables, for `trivet local`; a text names the variable that is missing. */
  readonly secretFromVariables: (read: (name: string) => string | undefined) => object | string;
  /** Left out: nobody rings. */
  verifyWebhook?(options: ConnectorOptions): VerifyWebhook;
}
