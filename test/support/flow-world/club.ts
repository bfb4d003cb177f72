/**
 * An app that takes people and shows nobody. It finds them by their identifiers: a removal takes out every row that
 * has one of them. Where it `merges`, it takes rows that share anything for one person besides, and they go
 * together: that is as bad as the vendor may be, and nobody can see whether it is.
 */
import type { Encoded } from '../../../lib/engine/ledger.ts';
import type { Value } from '../../../lib/engine/value.ts';
import type { AppReplica } from '../../../lib/ports/app.ts';
import type {
  LedgerCommand,
  LedgerOutcome,
  Replace,
  ReplaceBatch,
  ReplaceOutcome,
} from '../../../lib/ports/ledger.ts';
import type { Failure, Retry } from '../../../lib/ports/outcome.ts';
import type { AppTroubles } from './app-port.ts';
import type { Running } from './running.ts';

export interface Club {
  /** Rows by digest, with their identifiers. */
  readonly rows: Map<string, readonly string[]>;
  readonly merges: boolean;
  /** Who was taken out of everything, by identifier. */
  readonly banned: Set<string>;
  /** Sessions that replace everybody, with what was done wrong in them; true: ended. */
  readonly sessions: Map<number, boolean>;
  readonly mistakes: string[];
  /** What calls put in or took out that had been given up: rows by digest, identifiers as they stand in one. */
  readonly late: string[];
}

export const createClub = (merges: boolean): Club => ({
  rows: new Map(),
  merges,
  banned: new Set(),
  sessions: new Map(),
  mistakes: [],
  late: [],
});

export const CLUB_CAPABILITIES = {
  delta: 'none',
  versions: false,
  longestCallMs: 10_000,
  connectionsMax: 4,
  rowsPerCall: 2,
} as const;

/** An address with “refuse” in it is one the app takes no row of. */
const isRefused = (ids: readonly string[]): boolean => ids.some((id) => id.includes('refuse'));

export function encodeMember(values: Readonly<Record<string, Value>>): Encoded {
  const textAt = (path: string): string | null => {
    const value = values[path];
    return typeof value === 'string' ? value : null;
  };
  const [email, phone, name] = [textAt('EMAIL'), textAt('PHONE'), textAt('FN')];
  const cells = [email, phone, name];
  const ids = [
    ...(email === null ? [] : [`e:${email}`]),
    ...(phone === null ? [] : [`p:${phone}`]),
  ];
  return ids.length === 0
    ? { kind: 'nobody', reason: 'there is nothing to find anybody by' }
    : { kind: 'row', row: { ids, digest: JSON.stringify(cells), cells: [] } };
}

export interface ClubPort extends AppTroubles {
  readonly club: Club;
  readonly running: Running;
  readonly writes: string[];
}

export function createClubPort(options: ClubPort): AppReplica {
  const { running } = options;
  const nobody = { kind: 'ok', value: { observations: [], cursor: null, done: true } } as const;
  const never = () => Promise.reject(new Error('the flow asked an app that shows nobody'));
  return {
    object: 'club-1',
    capabilities: CLUB_CAPABILITIES,
    identify: () =>
      running.call('app.identify', () => ({
        kind: 'ok',
        value: { account: 'account-1', object: 'club-1' },
      })),
    present: () => running.call('app.present', () => ({ kind: 'ok', value: null })),
    list: () => running.call('app.list', () => nobody),
    orderOf: () => 0,
    pull: never,
    fetch: never,
    push: never,
    ledger: {
      encode: encodeMember,
      send: (commands) => send(options, commands),
      replace: createReplace(options),
    },
  };
}

function createReplace(options: ClubPort): Replace {
  const { club, running } = options;
  const call = <T extends { kind: string }>(label: string, effect: () => T): Promise<T | Retry> =>
    running.call(`app.${label}`, () => {
      const fault = options.faultOf(label);
      if (fault === null) return effect();
      if (fault.endsWith('after')) effect();
      return troubleOf('app', fault.endsWith('after'));
    });
  return {
    sessionMs: 90 * 60_000,
    mayBegin: () => call('mayBegin', () => ({ kind: 'ok', value: true })),
    hasBegun: (session) =>
      call('hasBegun', () => ({ kind: 'ok', value: club.sessions.has(session) })),
    send: (batch) => call(`replace ${batch.seq}`, () => takeBatch(options, batch)),
  };
}

/** The first batch empties the club; there must be one first batch, and rows in each. */
function takeBatch({ club, writes }: ClubPort, batch: ReplaceBatch): ReplaceOutcome {
  const { session, seq, rows, isLast } = batch;
  if (rows.length === 0) club.mistakes.push(`batch ${seq} is empty`);
  if (seq === 1 && club.sessions.has(session)) club.mistakes.push('batch 1 came twice');
  if (seq !== 1 && !club.sessions.has(session)) club.mistakes.push(`batch ${seq} came first`);
  if (club.sessions.get(session) === true) return { kind: 'over', reason: 'the session is over' };
  if (seq === 1) club.rows.clear();
  const fit = rows.filter(({ ids }) => !isRefused(ids));
  for (const { digest, ids } of fit) club.rows.set(digest, ids);
  writes.push(`batch ${seq}: ${fit.length}`);
  club.sessions.set(session, isLast);
  const invalid = batch.invalidBefore + rows.length - fit.length;
  return { kind: 'applied', isClean: invalid === batch.invalidBefore, invalid };
}

/** Who leaves, then who enters; each is a step after which the process may die. */
async function send(
  options: ClubPort,
  commands: readonly LedgerCommand[],
): Promise<readonly LedgerOutcome[]> {
  const outcomes = new Map<LedgerCommand, LedgerOutcome>();
  let stop: Failure | null = null;
  const steps = [
    ...commands.filter(({ take }) => take.length > 0).map((command) => ({ command, act: leave })),
    ...commands.filter(({ put }) => put !== null).map((command) => ({ command, act: enter })),
  ];
  for (const { command, act } of steps) {
    const before = stop ?? outcomes.get(command) ?? APPLIED;
    if (before.kind !== 'applied') {
      outcomes.set(command, before);
      continue;
    }
    const outcome = await attempt(options, command, act);
    outcomes.set(command, outcome);
    if (outcome.kind === 'retry' && outcome.scope !== 'record') stop = outcome;
  }
  return commands.map((command) => outcomes.get(command) ?? APPLIED);
}

const APPLIED: LedgerOutcome = { kind: 'applied' };

type Act = (options: ClubPort, command: LedgerCommand) => LedgerOutcome;

function attempt(options: ClubPort, command: LedgerCommand, act: Act): Promise<LedgerOutcome> {
  const label = `push ${act.name} ${command.key}`;
  return options.running.call(`app.${label}`, () => {
    if (options.running.remainingMs() === 0) return troubleOf('budget', false);
    const fault = options.faultOf(label);
    if (fault === null) return act(options, command);
    if (fault.endsWith('after')) act(options, command);
    if (fault === 'late') options.giveUp(label, () => land(options, command, act));
    const trouble = troubleOf(
      fault.startsWith('record') ? 'record' : 'app',
      fault.endsWith('after') || fault === 'late',
    );
    return fault === 'busy' ? { ...trouble, afterMs: options.retryAfterMs() } : trouble;
  });
}

function land(options: ClubPort, command: LedgerCommand, act: Act): void {
  act(options, command);
  const { late } = options.club;
  if (act === enter) late.push(command.put?.digest ?? '');
  else late.push(...command.take.map((id) => JSON.stringify(id.slice(2))));
}

const troubleOf = (scope: Retry['scope'], ambiguous: boolean): Retry => ({
  kind: 'retry',
  scope,
  afterMs: null,
  reason: `${scope} trouble`,
  ambiguous,
});

function leave({ club, writes }: ClubPort, { take, everywhere }: LedgerCommand): LedgerOutcome {
  const named = [...club.rows].filter(([, ids]) => ids.some((id) => take.includes(id)));
  const theirs = new Set(named.flatMap(([, ids]) => ids));
  const gone = club.merges
    ? [...club.rows].filter(([, ids]) => ids.some((id) => theirs.has(id)))
    : named;
  for (const [digest] of gone) club.rows.delete(digest);
  if (everywhere) for (const id of take) club.banned.add(id);
  if (gone.length > 0) writes.push(`out: ${take.join()}`);
  return APPLIED;
}

function enter({ club, writes }: ClubPort, { put }: LedgerCommand): LedgerOutcome {
  if (put === null) return APPLIED;
  if (isRefused(put.ids)) return { kind: 'rejected', reason: 'no such person', path: null };
  if (!club.rows.has(put.digest)) writes.push(`in: ${put.digest}`);
  club.rows.set(put.digest, put.ids);
  return APPLIED;
}
