/** The compiled configuration: what `defineTrivet()` returns and everything else reads. */
import type * as z from 'zod';
import type { Caps } from '../engine/caps.ts';
import type { Owner, SyncSpec } from '../engine/model.ts';
import type { FieldType, Json } from '../engine/value.ts';
import type { Capabilities } from '../ports/app.ts';
import type { Connector } from '../ports/connector.ts';
import type { AnyTables } from './row-types.ts';

export type NetworkConfig =
  | { readonly kind: 'public' }
  | {
      readonly kind: 'vpc';
      readonly vpcId: string;
      readonly subnetIds: readonly string[];
      readonly securityGroupIds: readonly string[];
    };

export interface CrmConfig<Tables = AnyTables> {
  /** Name of the secret holding `{ "url": "postgres://…" }`. */
  readonly secret: string;
  /** How changes are found: by a log that triggers write, or by each table's own timestamp. */
  readonly capture: Capture;
  readonly network: NetworkConfig;
  /** Never set: it carries the types of the user's tables to the compiler. */
  readonly tables?: Tables;
}

export type Capture = 'log' | 'timestamp';

/** The column that says when a row was written; see docs/capture-by-timestamp.md. */
export interface ModifiedConfig {
  readonly column: string;
  readonly clock: 'database' | 'app';
  readonly overlapMs: number;
  readonly timeZone: string | null;
  /** How often the table is walked for what timestamps cannot show. */
  readonly sweepEveryMs: number;
}

/** App field → names of the field types it can hold. */
export type AnyFields = Readonly<Record<string, string>>;

interface AnyApp<Fields extends AnyFields> {
  /** Name of the secret holding the credentials. */
  readonly secret: string;
  readonly capabilities: Capabilities;
  /** The connector's own options, checked by its config.ts. */
  readonly options: { readonly [key: string]: Json };
  readonly rules: AppRules;
  /** Never set: it carries the app's fields to the compiler. */
  readonly fields?: Fields;
}

/** What the configuration's checks must know of an app: all of it is said by the connector's config.ts. */
export interface AppRules {
  /** The app's object, for people and to find two apps that are the same one: `audience 1a2b3c4d5e`. */
  readonly object: string;
  /** What the options may be. */
  readonly schema: z.ZodObject;
  /** The options as they were given: checked with everything else, so that all problems are told at once. */
  readonly given: object;
  /** App fields that can name a person. */
  readonly matchFields: readonly string[];
  /** App fields known by name, for “did you mean”. */
  readonly fieldNames: readonly string[];
  /** Why an app field cannot be mapped with a field type, with the remedy; null when it can. */
  readonly checkField: (path: string, type: FieldType) => string | null;
  /** The same for the field's owner. @default any */
  readonly checkOwner?: (path: string, owner: Owner) => string | null;
  /** App fields that can be read and not written. */
  readonly readOnlyFields?: readonly string[];
}

/** `kind` names the connector's folder under lib/connectors/. */
export interface KnownApp<Fields extends AnyFields = AnyFields> extends AnyApp<Fields> {
  readonly kind: 'mailchimp' | 'meta' | 'dialpad';
}

/** An app whose connector the configuration brings along. */
export interface OwnApp<Fields extends AnyFields = AnyFields> extends AnyApp<Fields> {
  readonly kind: 'own';
  readonly connector: Connector;
}

/** One app object. */
export type AppConfig<Fields extends AnyFields = AnyFields> = KnownApp<Fields> | OwnApp<Fields>;

export type IncludeRow = (row: Readonly<Record<string, Json>>) => boolean;

export interface SyncConfig {
  readonly spec: SyncSpec;
  readonly table: { readonly schema: string; readonly name: string };
  readonly key: readonly string[];
  readonly match: { readonly column: string; readonly path: string };
  readonly include: IncludeRow;
  /** Further columns `include`, `mark` and consent evidence read. */
  readonly columns: readonly string[];
  /** CRM column with the time of the last opt-in, when the CRM may grant consent. */
  readonly optInColumn: string | null;
  /** How often everything is compared; null: only when a person asks. */
  readonly sweepEveryMs: number | null;
  /** Null where changes are read from the log. */
  readonly modified: ModifiedConfig | null;
  readonly app: string;
  /** Fixed when the sync is first deployed. @default 4 */
  readonly lanes: number;
  /** How often EventBridge rings. @default 1 */
  readonly scheduleMinutes: number;
  /** False: it reads and judges, and writes nothing to either end. @default true */
  readonly write: boolean;
  readonly brakes: Caps;
  /** A digest of the functions of the configuration, whose text is part of the map. */
  readonly functions: string;
}

export interface TrivetConfig {
  readonly crm: CrmConfig;
  readonly apps: Readonly<Record<string, AppConfig>>;
  readonly syncs: readonly SyncConfig[];
  /** Days a decision stays in history. @default 90 */
  readonly historyDays: number;
}

/** Processes that may call an app with the same secret at once: a connection limit is the secret's, not a sync's. */
export function processesOf(
  { apps, syncs }: Pick<TrivetConfig, 'apps' | 'syncs'>,
  app: AppConfig,
): number {
  return syncs
    .filter((sync) => apps[sync.app]?.kind === app.kind && apps[sync.app]?.secret === app.secret)
    .reduce((sum, { lanes }) => sum + lanes + 1, 0);
}
