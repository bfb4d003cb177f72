/**
 * The app, as a rehearsal sees it: its whole listing, spilled once, is looked at and written over in the scratch
 * database. Only who is missing from the listing is asked for at the app itself, for absence from a list proves nothing.
 */
import { findMatchField } from '../engine/match-field.ts';
import type { SyncSpec } from '../engine/model.ts';
import { setDifference, tagsOf, threeWayUnion } from '../engine/types/tags.ts';
import type { Value } from '../engine/value.ts';
import type {
  AppCommand,
  AppObservation,
  AppOutcome,
  AppReplica,
  CreateCommand,
  FetchTarget,
} from '../ports/app.ts';
import type { Budget, Clock } from '../ports/clock.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Outcome } from '../ports/outcome.ts';
import type { FindShared } from '../flow/match-values.ts';
import { createShelf, type Shelf } from './app-shelf.ts';
import type { Scratch } from './scratch.ts';

/** What may be asked of the real app. */
export type AppSource = Pick<
  AppReplica,
  'object' | 'capabilities' | 'list' | 'fetch' | 'orderOf' | 'keyOf'
> & {
  /** Of an app that shows nobody only how it would be told. */
  readonly ledger?: Pick<Ledger, 'encode'>;
};

export interface ScratchApp {
  readonly replica: AppReplica;
  /** Takes a page of the listing in. */
  spill(observations: readonly AppObservation[]): void;
  /** As listed, in the order of the listing. */
  listedAfter(seq: number, limit: number): readonly { seq: number; observed: AppObservation }[];
  /** As the app listed (or told) it, whatever the rehearsal has written since. Undefined: nobody. */
  original(target: FetchTarget): AppObservation | undefined;
  readonly shared: FindShared;
  readonly calls: AppCalls;
}

/** What a sync would have called the app for. */
export interface AppCalls {
  /** Single records looked at before a write. */
  looks: number;
  /** Writes that can travel together, and in how many calls they would. */
  batched: number;
  batches: number;
  singles: number;
}

export interface ScratchAppOptions {
  readonly scratch: Scratch;
  readonly source: AppSource;
  readonly spec: SyncSpec;
  readonly clock: Clock;
}

export function createScratchApp(options: ScratchAppOptions): ScratchApp {
  const { scratch, source, spec } = options;
  const calls: AppCalls = { looks: 0, batched: 0, batches: 0, singles: 0 };
  const shelf = createShelf({ scratch, spec, now: () => options.clock.now() });
  const stop = (name: string) => (): Promise<never> =>
    Promise.reject(new Error(`a rehearsal of the lanes calls the app’s ${name}`));
  return {
    calls,
    spill: (observations) => {
      for (const observed of observations) {
        if (observed.remoteId !== null) shelf.list(observed);
      }
    },
    listedAfter: (seq, limit) =>
      scratch
        .all<{ seq: number; json: string }>(
          'select seq, json from listed where seq > ? order by seq limit ?',
          seq,
          limit,
        )
        .map((row) => ({ seq: row.seq, observed: JSON.parse(row.json) as AppObservation })),
    original: (target) => shelf.original(target),
    shared: (values) => Promise.resolve(shelf.shared(values)),
    replica: {
      ...(source.ledger === undefined
        ? {}
        : { ledger: createLedger(options, source.ledger, calls) }),
      object: source.object,
      capabilities: source.capabilities,
      ...(source.keyOf === undefined ? {} : { keyOf: source.keyOf }),
      orderOf: (cursor) => source.orderOf(cursor),
      identify: stop('identify'),
      present: stop('present'),
      pull: stop('pull'),
      list: stop('list'),
      fetch: (targets, budget) => {
        calls.looks += targets.length;
        return look(options, shelf, targets, budget);
      },
      push: (commands) => {
        const batched = commands.filter(isBatched);
        const kinds = new Set(batched.map(({ kind }) => kind));
        calls.batched += batched.length;
        for (const kind of kinds) {
          const count = batched.filter((each) => each.kind === kind).length;
          calls.batches += Math.ceil(count / (source.capabilities.batchMax ?? 1));
        }
        calls.singles += commands.length - batched.length;
        return Promise.resolve(commands.map((command) => write(shelf, spec, command)));
      },
    },
  };
}

/** Takes whatever it is told, and counts the calls it would be told in. */
function createLedger(
  { source }: ScratchAppOptions,
  { encode }: Pick<Ledger, 'encode'>,
  calls: AppCalls,
): Ledger {
  return {
    encode,
    send: (commands) => {
      const told = [
        commands.filter(({ take, everywhere }) => take.length > 0 && everywhere).length,
        commands.filter(({ take, everywhere }) => take.length > 0 && !everywhere).length,
        commands.filter(({ put }) => put !== null).length,
      ];
      for (const count of told) {
        calls.batched += count;
        calls.batches += Math.ceil(count / (source.capabilities.rowsPerCall ?? 1));
      }
      return Promise.resolve(commands.map(() => ({ kind: 'applied' as const })));
    },
  };
}

const isBatched = (command: AppCommand): boolean =>
  command.kind === 'create' || (command.kind === 'update' && command.bulk);

async function look(
  { source }: ScratchAppOptions,
  shelf: Shelf,
  targets: readonly FetchTarget[],
  budget: Budget,
): Promise<readonly Outcome<AppObservation>[]> {
  const answers = targets.map((target) => shelf.find(target));
  const missing = targets.filter(
    (target, index) => answers[index] === undefined && target.remoteId !== null,
  );
  const asked = missing.length === 0 ? [] : await source.fetch(missing, budget);
  const told = new Map(missing.map((target, index) => [target, asked[index]] as const));
  return targets.map((target, index) => {
    const known = answers[index];
    if (known !== undefined) return { kind: 'ok', value: known };
    const outcome = told.get(target);
    if (outcome?.kind === 'ok' && outcome.value.existence !== 'absent') shelf.list(outcome.value);
    // Nobody of a complete listing has this address.
    return outcome ?? { kind: 'ok', value: shelf.absent(target) };
  });
}

/** The command as an app takes it that stores what it is given; what a vendor makes of values nobody can foretell. */
function write(shelf: Shelf, spec: SyncSpec, command: AppCommand): AppOutcome {
  if (command.kind === 'create') return create(shelf, spec, command);
  const id = command.remoteId;
  const before = shelf.find({ remoteId: id, match: null });
  if (before === undefined || before.existence === 'absent') return GONE;
  const applied = (change: Partial<AppObservation>): AppOutcome => {
    const observed = shelf.change(id, change);
    return { kind: 'applied', observed, beganAt: observed.beganAt };
  };
  const beganAt = before.beganAt;
  switch (command.kind) {
    case 'update':
      return applied({ raw: { ...before.raw, ...command.fields } });
    case 'rename': {
      const holder = shelf.holder(command.to);
      if (holder !== null && holder !== id) return TAKEN;
      return applied({ raw: { ...before.raw, [command.path]: command.to } });
    }
    case 'consent':
      return applied({ raw: { ...before.raw, [command.path]: command.to }, existence: 'present' });
    case 'tags': {
      const shown = tagsIn(spec, command.path, before);
      const added = threeWayUnion([], shown, command.add);
      const tags = setDifference(command.remove, added).add;
      return applied({ raw: { ...before.raw, [command.path]: tags } });
    }
    case 'revive': {
      const match = findMatchField(spec.fields);
      const holder = shelf.holder(command.fields[match?.path ?? '']);
      if (holder !== null && holder !== id) return TAKEN;
      return applied({ raw: { ...before.raw, ...command.fields }, existence: 'present' });
    }
    case 'archive':
      shelf.change(id, { existence: 'archived' });
      return { kind: 'applied', observed: null, beganAt };
    case 'delete':
      shelf.put(id, null);
      return { kind: 'applied', observed: null, beganAt };
  }
}

const GONE = { kind: 'gone', reason: 'the record is not there' } as const;
const TAKEN = { kind: 'exists', reason: 'another record has this match value' } as const;

/** Its answer names no id, as that of a batch: the link is completed by the next listing. */
function create(shelf: Shelf, spec: SyncSpec, { fields }: CreateCommand): AppOutcome {
  const match = findMatchField(spec.fields);
  if (shelf.holder(fields[match?.path ?? '']) !== null) return TAKEN;
  const raw: Record<string, Value> = {};
  for (const { path } of spec.fields) raw[path] = fields[path] ?? null;
  const observed = shelf.add(raw);
  return {
    kind: 'applied',
    observed: { ...observed, remoteId: null },
    beganAt: observed.beganAt,
  };
}

function tagsIn(spec: SyncSpec, path: string, { raw }: AppObservation): readonly string[] {
  const parsed = spec.fields.find((field) => field.path === path)?.type.parse(raw[path]);
  return tagsOf(parsed?.ok === true ? parsed.value : null);
}
