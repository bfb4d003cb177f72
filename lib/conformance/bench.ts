/** What a clause works with: a stage that was just opened, the connector on it, and words for what clauses do. */
import type { CrmKey, RemoteId } from '../engine/model.ts';
import { isEmpty, type FieldType, type Json, type Value } from '../engine/value.ts';
import type {
  AppCommand,
  AppObservation,
  AppOutcome,
  AppReplica,
  FetchTarget,
  PullPage,
} from '../ports/app.ts';
import type { Budget } from '../ports/clock.ts';
import type { Outcome } from '../ports/outcome.ts';
import { claim } from './clause.ts';
import {
  isLacking,
  type Fields,
  type Harness,
  type Held,
  type People,
  type Stage,
} from './harness.ts';

export interface Bench {
  readonly harness: Harness;
  readonly stage: Stage;
  /** One process's connector. */
  readonly app: AppReplica;
  readonly people: People;
  push(...commands: readonly AppCommand[]): Promise<readonly AppOutcome[]>;
  /** Makes people through the connector; they are there and each has its number's match value. */
  make(count: number): Promise<readonly Held[]>;
  /** The one record with the nth person's match value. */
  requireHeld(n: number): Promise<Held>;
  look(...targets: readonly FetchTarget[]): Promise<readonly AppObservation[]>;
}

/** More than any clause needs. */
export const PLENTY: Budget = { remainingMs: () => 60_000 };

/** A walk that takes more pages than this does not end. */
const PAGES_MAX = 300;

export function createBench(harness: Harness, stage: Stage): Bench {
  const app = stage.connect();
  const push: Bench['push'] = (...commands) => app.push(commands, PLENTY);
  const requireHeld = async (n: number): Promise<Held> => {
    const match = matchOf(harness, harness.person(n));
    const found = heldBy(harness, await stage.held(), match);
    const [only] = found;
    claim(
      found.length === 1 && only !== undefined,
      `the app holds ${found.length} records of person ${n}, and not one`,
    );
    return only;
  };
  return {
    harness,
    stage,
    app,
    get people() {
      if (isLacking(stage.people)) throw new Error(`No people: ${stage.people.lacks}`);
      return stage.people;
    },
    push,
    requireHeld,
    make: async (count) => {
      const numbers = range(count);
      requireAll(await push(...numbers.map((n) => createOf(harness, n))), 'applied');
      const made = [];
      for (const n of numbers) made.push(await requireHeld(n));
      return made;
    },
    look: async (...targets) => (await app.fetch(targets, PLENTY)).map(valueOf),
  };
}

export const range = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, n) => n);

export const keyOf = (n: number): CrmKey => String(1000 + n) as CrmKey;

export const createOf = (harness: Harness, n: number, fields: Fields = {}): AppCommand => ({
  kind: 'create',
  key: keyOf(n),
  fields: { ...harness.person(n), ...fields },
});

/** An update of plain values, alone by the durable id. */
export const updateOf = (
  harness: Harness,
  n: number,
  { remoteId }: Pick<Held, 'remoteId'>,
  fields: Fields = harness.changed(n),
): AppCommand => ({
  kind: 'update',
  key: keyOf(n),
  remoteId,
  match: matchOf(harness, harness.person(n)),
  fields,
  bulk: false,
  ...agreedOf(harness, n),
});

/** What both ends last agreed on, as the flow tells it: the nth person as they were made. */
export const agreedOf = (harness: Harness, n: number): { readonly agreed: Fields } => ({
  agreed: harness.person(n),
});

export function matchOf(harness: Harness, fields: Fields): string {
  const match = fields[harness.matchPath];
  if (typeof match !== 'string') throw new Error(`${harness.name}: a person needs a match value`);
  return match;
}

/** The text at a path, or none. */
export function textAt(values: Readonly<Record<string, unknown>>, path: string): string {
  const value = values[path];
  return typeof value === 'string' ? value : '';
}

export function heldBy(harness: Harness, held: readonly Held[], match: string): readonly Held[] {
  return held.filter(({ raw }) =>
    isSame(harness, harness.matchPath, raw[harness.matchPath], match),
  );
}

/** Whether what an end shows means this value. */
export function isSame(
  harness: Harness,
  path: string,
  raw: Json | undefined,
  value: Value,
): boolean {
  const type = typeOf(harness, path);
  const parsed = type.parse(raw);
  if (!parsed.ok) return false;
  if (isEmpty(parsed.value) && isEmpty(value)) return true;
  return type.key(parsed.value) === type.key(value);
}

export function typeOf(harness: Harness, path: string): FieldType {
  const type = harness.types[path];
  if (type === undefined) throw new Error(`${harness.name}: the harness gives ${path} no type`);
  return type;
}

/** The one path of this type, or null. */
export const pathOfType = (harness: Harness, name: string): string | null =>
  Object.keys(harness.types).find((path) => harness.types[path]?.name === name) ?? null;

/** The path of the consent, as words or as a yes or no, and what stands there when it is withdrawn; null: none. */
export function consentOf(
  harness: Harness,
): { readonly path: string; readonly withdrawn: string | boolean } | null {
  const inWords = pathOfType(harness, 'consent');
  if (inWords !== null) return { path: inWords, withdrawn: 'unsubscribed' };
  const refusal = pathOfType(harness, 'optOut');
  return refusal === null ? null : { path: refusal, withdrawn: true };
}

/** The paths that are neither match value nor consent nor tags. */
export const plainPaths = (harness: Harness): readonly string[] =>
  Object.keys(harness.types).filter(
    (path) =>
      path !== harness.matchPath &&
      !['consent', 'optOut', 'tags'].includes(harness.types[path]?.name ?? ''),
  );

/** Claims that the record holds these values. */
export function claimHolds(
  harness: Harness,
  raw: Readonly<Record<string, Json>>,
  fields: Fields,
): void {
  for (const [path, value] of Object.entries(fields)) {
    claim(
      isSame(harness, path, raw[path], value),
      `${path} is ${JSON.stringify(raw[path])}, and not ${JSON.stringify(value)}`,
    );
  }
}

export function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.kind !== 'ok') claim(false, `a question was answered by ${tell(outcome)}`);
  return outcome.value;
}

export function tell(outcome: { readonly kind: string; readonly reason?: string }): string {
  return outcome.reason === undefined ? outcome.kind : `${outcome.kind}: ${outcome.reason}`;
}

export function requireAll(outcomes: readonly AppOutcome[], kind: AppOutcome['kind']): void {
  const other = outcomes.find((outcome) => outcome.kind !== kind);
  claim(other === undefined, `a command was answered by ${other && tell(other)}, and not ${kind}`);
}

export function requireOnly<T>(list: readonly T[]): T {
  const [only] = list;
  claim(list.length === 1 && only !== undefined, `one answer was due and ${list.length} came`);
  return only;
}

export interface WalkOptions {
  readonly bench: Bench;
  readonly by: 'list' | 'pull';
  readonly from: Json;
  /** Something that happens after a page. */
  readonly between?: (page: number) => Promise<void>;
}

export interface Walked {
  readonly seen: readonly AppObservation[];
  readonly cursors: readonly Json[];
  readonly cursor: Json;
}

/** A whole walk. Each page is read by another process: of the last one it knows nothing but the cursor's text. */
export async function walkThrough({ bench, by, from, between }: WalkOptions): Promise<Walked> {
  const seen: AppObservation[] = [];
  const cursors: Json[] = [];
  let cursor = from;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const read: PullPage = valueOf(await bench.stage.connect()[by](cursor, PLENTY));
    seen.push(...read.observations);
    cursor = JSON.parse(JSON.stringify(read.cursor)) as Json;
    cursors.push(cursor);
    if (read.done) return { seen, cursors, cursor };
    await between?.(page);
  }
  claim(false, `the walk has not ended after ${PAGES_MAX} pages`);
}

/** What was last seen of each record. */
export const lastSeen = (
  seen: readonly AppObservation[],
): ReadonlyMap<RemoteId | null, AppObservation> =>
  new Map(seen.map((observation) => [observation.remoteId, observation]));
