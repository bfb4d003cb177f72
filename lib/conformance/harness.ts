/**
 * What a connector's author writes so that the suite can try it: one value, in one file. It says what the app has
 * and what not, makes people, and opens the simulated app. It never says what the connector should answer: that is
 * the port's to say (lib/ports/app.ts), and the same for all.
 */
import type { LedgerRow } from '../engine/ledger.ts';
import type { AppExistence, RemoteId } from '../engine/model.ts';
import type { FieldType, Json, Value } from '../engine/value.ts';
import type {
  AppOutcome,
  AppReplica,
  Capabilities,
  VerifyWebhook,
  WebhookRequest,
} from '../ports/app.ts';

/** Something an app does not have, with the reason that the report prints. */
export interface Lacks {
  readonly lacks: string;
}

export type Has<T> = T | Lacks;

export const lacks = (why: string): Lacks => ({ lacks: why });

export const isLacking = (thing: unknown): thing is Lacks =>
  typeof thing === 'object' && thing !== null && 'lacks' in thing;

/** Values by app path, as a command carries them. */
export type Fields = Readonly<Record<string, Value>>;

export interface Harness {
  /** As the report calls the connector. */
  readonly name: string;
  /** What the configuration declares (`AppConfig.capabilities`). */
  readonly capabilities: Capabilities;
  /** Of an app that shows nobody and is told by a ledger (lib/ports/ledger.ts); others leave it out. */
  readonly ledger?: LedgerBench;
  /** The mapped app paths and their types. The path of type `consent` or `optOut` is the consent, that of type `tags` the tags. */
  readonly types: Readonly<Record<string, FieldType>>;
  /** The path by which people are told apart. */
  readonly matchPath: string;
  /** What the app has one record of: a match value, or the key of ours that a create plants in it. */
  readonly oneRecordPer: 'match' | 'key';
  /** The nth person, all mapped paths among the fields; other numbers are other people. */
  person(n: number): Fields;
  /** Plain fields of the nth person, each another than `person(n)` has. */
  changed(n: number): Fields;
  /** Another match value for the nth person. */
  readonly rename: Has<(n: number) => string>;
  /** What is left of a record after our `archive`, or after our `delete`. */
  readonly archive: Has<AppExistence>;
  readonly delete: Has<AppExistence>;
  readonly revive: Has<true>;
  /** Whether others can take a record out for good (`People.remove`). */
  readonly removal: Has<true>;
  /** The nth of the values that stand in the set, where a path has the type `tags`. */
  readonly tag: Has<(n: number) => string>;
  /** Somebody the app refuses for a value, and the path to blame if it can be told. */
  readonly refused: Has<(n: number) => { readonly fields: Fields; readonly path: string | null }>;
  /** Values by path that must come back as the same value. */
  readonly samples: Has<Readonly<Record<string, readonly Value[]>>>;
  readonly limits: Limits;
  readonly webhook: Has<WebhookBench>;
  /** Troubles that mean something else here, or cannot happen. */
  readonly troubles: Readonly<Partial<Record<TroubleName, Lacks | Meaning>>>;
  /** With so much time left to each call, one that is never answered is given up within about a second. */
  readonly shortBudgetMs: number;
  open(): Promise<Stage>;
}

/** What only the author knows of an app that is told by a ledger. */
export interface LedgerBench {
  /** Paths whose values leave only as hashes. */
  readonly hashed: readonly string[];
  /** The digest of `person(0)`, once written down. A connector that makes another has everybody told again. */
  readonly digest: string;
  /** The row with something in it that the app refuses. */
  spoil(row: LedgerRow): LedgerRow;
  readonly replace: Has<true>;
}

/** Another meaning than usual, with the vendor's reason for it. */
export interface Meaning {
  readonly means: AppOutcome['kind'];
  readonly because: string;
}

export interface Limits {
  /** Most rows a writing call may carry; 1: there are no bulk calls. */
  readonly rowsPerWrite: number;
  /** Rows of a listing's page, as the stage connects: small, so that few people make several pages. */
  readonly rowsPerPage: number;
  /** Calls in a stretch of time. */
  readonly calls: Has<{ readonly max: number; readonly withinMs: number }>;
}

export type TroubleName =
  | '401'
  | '403'
  | '404'
  | '409'
  | '429'
  | '500'
  | '503'
  | 'html-502'
  | 'html-200'
  | 'timeout-before'
  | 'timeout-after'
  | 'reset'
  | 'unreachable';

export interface Trouble {
  readonly name: TroubleName;
  readonly on: 'everything' | 'writes';
  /** How many calls it meets; null: all. */
  readonly times: number | null;
}

/** One freshly opened simulated app with a connector in front of it. */
export interface Stage {
  /** The connector as a process of its own makes it, with the good credentials. */
  connect(options?: { readonly connectionsMax?: number }): AppReplica;
  /** Everybody the app holds, read past the connector. */
  held(): Promise<readonly Held[]>;
  /** All calls the app has received. Only an app that is told by a ledger is asked. */
  readonly heard?: () => readonly Heard[];
  /** What others do in the app. */
  readonly people: Has<People>;
  trouble(trouble: Trouble): Promise<void>;
  /** Ends all trouble. */
  calm(): Promise<void>;
  /** Each call takes so long from now on. */
  slow(ms: number): Promise<void>;
  usage(): Promise<Usage>;
  /** Time passes for the app and for the connector. */
  pass(ms: number): void;
  /** By the connector's clock. */
  now(): number;
  /** Texts that must never be shown: keys, tokens, passwords. */
  readonly secrets: readonly string[];
  stop(): Promise<void>;
}

/** One call as the app received it. */
export interface Heard {
  /** With the query. */
  readonly url: string;
  readonly body: string;
}

/** One record as the app has it. */
export interface Held {
  readonly remoteId: RemoteId;
  readonly existence: AppExistence;
  /** By path, in the app's own form. */
  readonly raw: Readonly<Record<string, Json>>;
}

export interface People {
  /** Puts records in place. */
  add(people: readonly Fields[]): Promise<readonly RemoteId[]>;
  edit(who: RemoteId, fields: Fields): Promise<void>;
  remove(who: RemoteId): Promise<void>;
}

/** As the simulated app counted since it was opened. */
export interface Usage {
  readonly calls: number;
  readonly writes: number;
  /** Most calls at one time. */
  readonly connectionsPeak: number;
  /** Most rows one writing call carried. */
  readonly rowsPeak: number;
  /** Most calls within `limits.calls.withinMs`. */
  readonly callsPeak: number;
  /** Calls the app refused for being too many, too large or too often. Injected trouble does not count. */
  readonly turnedAway: number;
}

export interface WebhookBench {
  readonly verify: VerifyWebhook;
  /** A webhook as the vendor sends it, signed at a time with a secret. */
  sign(secret: string, atMs: number): WebhookRequest;
  /** How long a signature is believed. */
  readonly believedMs: Has<number>;
}
