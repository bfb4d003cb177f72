/**
 * The app, as a rehearsal sees it: its whole listing, spilled once, is looked at and written over in the scratch
 * database. Only who is missing from the listing is asked for at the app itself, for absence from a list proves nothing.
 */
import type { RemoteId, SyncSpec } from '../engine/model.ts';
import { setDifference, tagsOf, threeWayUnion } from '../engine/types/tags.ts';
import type { Json, Value } from '../engine/value.ts';
import type {
  AppCommand,
  AppObservation,
  AppOutcome,
  AppReplica,
  CreateCommand,
  FetchTarget,
} from '../ports/app.ts';
import type { Budget, Clock } from '../ports/clock.ts';
import type { Outcome } from '../ports/outcome.ts';
import type { Scratch } from './scratch.ts';

/** What may be asked of the real app. */
export type AppSource = Pick<AppReplica, 'object' | 'capabilities' | 'list' | 'fetch' | 'orderOf'>;

export const APP_SCHEMA = [
  'create table member (seq integer primary key, id text unique, match text, json text)',
  'create index member_match on member (match) where match is not null',
  'create table listed (seq integer primary key, id text unique, match text, json text not null)',
  'create index listed_match on listed (match) where match is not null',
];

export interface ScratchApp {
  readonly replica: AppReplica;
  /** Takes a page of the listing in. */
  spill(observations: readonly AppObservation[]): void;
  /** As listed, in the order of the listing. */
  listedAfter(seq: number, limit: number): readonly { seq: number; observed: AppObservation }[];
  /** As the app listed (or told) it, whatever the rehearsal has written since. Undefined: nobody. */
  original(target: FetchTarget): AppObservation | undefined;
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

interface MemberRow {
  readonly seq: number;
  readonly json: string | null;
}

export function createScratchApp(options: ScratchAppOptions): ScratchApp {
  const { scratch, source, spec } = options;
  const calls: AppCalls = { looks: 0, batched: 0, batches: 0, singles: 0 };
  const shelf = createShelf(options);
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
    replica: {
      object: source.object,
      capabilities: source.capabilities,
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

/** The records of the app by id and by match value, as listed and as the rehearsal leaves them. */
interface Shelf {
  list(observed: AppObservation): void;
  original(target: FetchTarget): AppObservation | undefined;
  /** Undefined: not in the listing, and not made by the rehearsal. */
  find(target: FetchTarget): AppObservation | undefined;
  absent(target: FetchTarget): AppObservation;
  holder(match: Json | undefined): RemoteId | null;
  add(raw: AppObservation['raw']): AppObservation;
  put(id: RemoteId, observed: AppObservation | null): void;
  change(id: RemoteId, change: Partial<AppObservation>): AppObservation;
}

function createShelf({ scratch, spec, clock }: ScratchAppOptions): Shelf {
  let made = 0;
  const field = spec.fields.find(({ role }) => role === 'match');
  const formOf = (raw: Json | undefined): string | null => {
    const parsed = field?.type.parse(raw);
    return field === undefined || parsed?.ok !== true || parsed.value === null
      ? null
      : field.type.key(parsed.value);
  };
  const matchOf = ({ raw }: AppObservation): string | null => formOf(raw[field?.path ?? '']);
  const absent = ({ remoteId }: FetchTarget): AppObservation => ({
    remoteId,
    existence: 'absent',
    raw: {},
    version: null,
    optInAt: null,
    beganAt: clock.now(),
  });
  const rowOf = (table: 'member' | 'listed', target: FetchTarget): MemberRow | undefined =>
    target.remoteId === null
      ? scratch.first<MemberRow>(
          `select seq, json from ${table} where match = ? order by seq limit 1`,
          formOf(target.match),
        )
      : scratch.first<MemberRow>(`select seq, json from ${table} where id = ?`, target.remoteId);
  const read = (table: 'member' | 'listed', target: FetchTarget): AppObservation | undefined => {
    const row = rowOf(table, target);
    if (row === undefined) return undefined;
    return row.json === null ? absent(target) : (JSON.parse(row.json) as AppObservation);
  };
  const put = (id: RemoteId, observed: AppObservation | null): void =>
    scratch.run(
      'insert into member (id, match, json) values (?, ?, ?) on conflict (id) do update set match = excluded.match, json = excluded.json',
      id,
      observed === null ? null : matchOf(observed),
      observed === null ? null : JSON.stringify(observed),
    );
  const isChanged = (id: RemoteId): boolean =>
    scratch.first('select seq from member where id = ?', id) !== undefined;
  /** What was written over is no more where the listing shows it. */
  const find = (target: FetchTarget): AppObservation | undefined => {
    const ours = read('member', target);
    if (ours !== undefined) return ours;
    const listed = read('listed', target);
    const isStale = listed?.remoteId != null && isChanged(listed.remoteId);
    return isStale ? undefined : listed;
  };
  return {
    absent,
    find,
    put,
    original: (target) => read('listed', target),
    list: (observed) =>
      // A record that moves while it is listed is listed twice; the later sight counts.
      scratch.run(
        'insert into listed (id, match, json) values (?, ?, ?) on conflict (id) do update set match = excluded.match, json = excluded.json',
        observed.remoteId,
        matchOf(observed),
        JSON.stringify(observed),
      ),
    holder: (match) =>
      typeof match === 'string' ? (find({ remoteId: null, match })?.remoteId ?? null) : null,
    add: (raw) => {
      made += 1;
      const id = `(made by the rehearsal: ${made})` as RemoteId;
      const observed = { ...absent({ remoteId: id, match: null }), existence: 'present', raw };
      put(id, observed as AppObservation);
      return observed as AppObservation;
    },
    change: (id, change) => {
      const before = find({ remoteId: id, match: null }) as AppObservation;
      const observed = { ...before, ...change, beganAt: clock.now() };
      put(id, observed);
      return observed;
    },
  };
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
      const match = spec.fields.find(({ role }) => role === 'match');
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
  const match = spec.fields.find(({ role }) => role === 'match');
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
