/** The app port over the audience in memory, one step per command, with faults before and after the effect. */
import { digest } from '../../../lib/engine/hash.ts';
import type { CrmKey } from '../../../lib/engine/model.ts';
import type { Json } from '../../../lib/engine/value.ts';
import type {
  AppCommand,
  AppObservation,
  AppOutcome,
  AppReplica,
  FetchTarget,
  PullPage,
} from '../../../lib/ports/app.ts';
import type { Failure, Outcome, Retry } from '../../../lib/ports/outcome.ts';
import type { Audience, Member } from './audience.ts';
import { PLANTED, plantedId, writeMember, type AudienceRules } from './audience-writes.ts';
import type { Running } from './running.ts';

/**
 * `timeout-after`: no answer comes although the call took effect. `late`: it does so some time afterwards. `record`: only
 * this one is troubled. `busy`: nobody is served.
 */
export type AppFault =
  | 'late'
  | 'timeout-before'
  | 'timeout-after'
  | 'busy'
  | 'record-before'
  | 'record-after';

/**
 * `listed`: an app like Dialpad. It tells no changes and no times, listings have no order and no snapshot, nothing is
 * archived, addresses are not unique, and a create plants our key.
 */
export type AppKind = 'delta' | 'listed';

export const LIST_EVERY_MS = 60_000;

export interface AppPortOptions extends AppTroubles {
  readonly kind: AppKind;
  readonly audience: Audience;
  readonly rules: AudienceRules;
  readonly running: Running;
  readonly pageMax: number;
  /** Every member that a command really changed or made. */
  readonly wrote: (command: AppCommand, before: Member | null, after: Member | null) => void;
  /** The same, of a command that was given up before. */
  readonly landed: AppPortOptions['wrote'];
}

/** How calls of an app go wrong. */
export interface AppTroubles {
  faultOf(label: string): AppFault | null;
  /** How long to wait when it is busy; null: it does not say. */
  retryAfterMs(): number | null;
  /** A call that timed out here, and takes effect there later. */
  giveUp(label: string, effect: () => void): void;
}

interface Place {
  readonly change: number;
}

export function createAppPort(options: AppPortOptions): AppReplica {
  const { audience, running } = options;
  const placeOf = (cursor: Json): number => (cursor as unknown as Place | null)?.change ?? 0;
  const ask: Ask = (label, effect) =>
    running.call(`app.${label}`, () => {
      if (running.remainingMs() === 0) return outOfTime();
      const fault = options.faultOf(label);
      if (fault !== null) return troubleOf(options, fault, false);
      return { kind: 'ok', value: effect(running.clock.now()) };
    });
  if (options.kind === 'listed') return createListedPort(options, ask);
  return {
    object: 'audience-1',
    capabilities: { delta: 'time', versions: true, longestCallMs: 10_000, connectionsMax: 8 },
    identify: () => ask('identify', () => ({ account: 'account-1', object: 'audience-1' })),
    present: () => ask('present', () => ({ change: newestOf(audience) })),
    orderOf: placeOf,
    pull: (cursor) => ask('pull', (beganAt) => page(options, placeOf(cursor), beganAt)),
    list: (cursor) => ask('list', (beganAt) => page(options, placeOf(cursor), beganAt)),
    fetch: async (targets) => {
      const outcomes = [];
      for (const target of targets) {
        const label = `fetch ${target.remoteId ?? target.match}`;
        outcomes.push(await ask(label, (beganAt) => look(audience, target, beganAt)));
      }
      return outcomes;
    },
    push: (commands) => push(options, commands),
  };
}

type Ask = <T>(label: string, effect: (beganAt: number) => T) => Promise<Outcome<T>>;

function createListedPort(options: AppPortOptions, ask: Ask): AppReplica {
  const { audience } = options;
  const blind = (observed: AppObservation): AppObservation => ({
    ...observed,
    version: null,
    optInAt: null,
  });
  return {
    object: 'company-1',
    capabilities: {
      delta: 'listing',
      versions: false,
      longestCallMs: 10_000,
      connectionsMax: 8,
      archives: false,
      portionMax: 2,
      listEveryMs: LIST_EVERY_MS,
    },
    identify: () => ask('identify', () => ({ account: 'account-1', object: 'company-1' })),
    present: () => ask('present', () => null),
    orderOf: () => 0,
    pull: () => ask('pull', () => ({ observations: [], cursor: null, done: true })),
    keyOf: (id) => (id.startsWith(PLANTED) ? (id.slice(PLANTED.length) as CrmKey) : null),
    list: (cursor) => ask('list', (beganAt) => scattered(options, cursor, beganAt)),
    fetch: async (targets) => {
      const outcomes = [];
      for (const { remoteId, key } of targets) {
        const id = remoteId ?? (key === undefined ? null : plantedId(key));
        const named = { remoteId: id, match: null };
        const seen = await ask(`fetch ${id}`, (beganAt) => blind(look(audience, named, beganAt)));
        outcomes.push(
          seen.kind === 'ok' && seen.value.existence === 'absent'
            ? { ...seen, value: { ...seen.value, remoteId } }
            : seen,
        );
      }
      return outcomes;
    },
    push: async (commands) =>
      (await push(options, commands)).map((outcome) =>
        outcome.kind === 'applied' && outcome.observed !== null
          ? { ...outcome, observed: blind(outcome.observed) }
          : outcome,
      ),
  };
}

/** Where a member stands follows from how often it was changed: changed in the middle of a walk it is missed, or comes twice. */
function scattered({ audience, pageMax }: AppPortOptions, cursor: Json, beganAt: number): PullPage {
  const placeOf = ({ id, change }: Member): string =>
    digest(`${id} ${change}`).padStart(14, '0') + id;
  const after = typeof cursor === 'string' ? cursor : '';
  const rest = [...audience.members.values()]
    .map((member) => ({ member, place: placeOf(member) }))
    .filter(({ place }) => place > after)
    .toSorted((a, b) => (a.place < b.place ? -1 : 1));
  const shown = rest.slice(0, pageMax);
  return {
    observations: shown.map(({ member }) => ({
      ...audience.observe(member, beganAt),
      version: null,
      optInAt: null,
    })),
    cursor: shown.at(-1)?.place ?? after,
    done: rest.length <= pageMax,
  };
}

const newestOf = ({ members }: Audience): number =>
  Math.max(0, ...[...members.values()].map(({ change }) => change));

function page({ audience, pageMax }: AppPortOptions, after: number, beganAt: number): PullPage {
  const changed = [...audience.members.values()]
    .filter(({ change }) => change > after)
    .sort((a, b) => a.change - b.change);
  const shown = changed.slice(0, pageMax);
  return {
    observations: shown.map((member) => audience.observe(member, beganAt)),
    cursor: { change: shown.at(-1)?.change ?? after },
    done: changed.length <= pageMax,
  };
}

function look(audience: Audience, target: FetchTarget, beganAt: number) {
  const member = audience.find(target);
  if (member !== undefined) return audience.observe(member, beganAt);
  const { remoteId } = target;
  return {
    remoteId,
    existence: 'absent' as const,
    raw: {},
    version: null,
    optInAt: null,
    beganAt,
  };
}

async function push(
  options: AppPortOptions,
  commands: readonly AppCommand[],
): Promise<readonly AppOutcome[]> {
  const { running } = options;
  const outcomes = new Map<AppCommand, AppOutcome>();
  const failed = new Map<string, AppOutcome>();
  let stop: Failure | null = null;
  for (const command of commands) {
    const earlier = stop ?? failed.get(command.key);
    if (earlier !== undefined) {
      outcomes.set(command, stop === null ? notTried() : { ...stop, ...unambiguous });
      continue;
    }
    const outcome = await running.call(`app.push ${command.kind} ${command.key}`, () =>
      running.remainingMs() === 0 ? outOfTime() : tryCommand(options, command, commands),
    );
    outcomes.set(command, outcome);
    if (outcome.kind !== 'applied') failed.set(command.key, outcome);
    if (outcome.kind === 'retry' && outcome.scope !== 'record') stop = outcome;
  }
  return commands.map((command) => outcomes.get(command) as AppOutcome);
}

const unambiguous = { ambiguous: false };

function tryCommand(
  options: AppPortOptions,
  command: AppCommand,
  all: readonly AppCommand[],
): AppOutcome {
  const fault = options.faultOf(`push ${command.kind}`);
  if (fault === 'busy') return troubleOf(options, fault, false);
  if (fault === 'timeout-before' || fault === 'record-before')
    return troubleOf(options, fault, true);
  const isBatch =
    options.kind === 'delta' &&
    isBatchMate(command) &&
    all.filter(isBatchMate).some((each) => isOther(each, command));
  if (fault === 'late') {
    const late = { ...options, wrote: options.landed };
    const label = `push ${command.kind} ${command.key}`;
    options.giveUp(label, () => void carryOut(late, command, isBatch));
    return troubleOf(options, fault, true);
  }
  const outcome = carryOut(options, command, isBatch);
  return fault === null ? outcome : troubleOf(options, fault, true);
}

function carryOut(options: AppPortOptions, command: AppCommand, isBatch: boolean): AppOutcome {
  const { audience, rules } = options;
  const target = 'remoteId' in command ? command.remoteId : null;
  const before = target === null ? null : copy(audience.members.get(target));
  const last = newestOf(audience);
  const outcome = writeMember(
    { audience, rules, beganAt: options.running.clock.now(), isBatch, kind: options.kind },
    command,
  );
  const touched = [...audience.members.values()].find(({ change }) => change > last) ?? null;
  const isErased = before !== null && !audience.members.has(before.id);
  if (touched !== null || isErased) options.wrote(command, before, copy(touched ?? undefined));
  return outcome;
}

const isBatchMate = (command: AppCommand): boolean =>
  command.kind === 'create' || (command.kind === 'update' && command.bulk);
const isOther = (a: AppCommand, b: AppCommand): boolean => a.kind === b.kind && a.key !== b.key;
const copy = (member: Member | undefined): Member | null =>
  member === undefined ? null : structuredClone(member);

function troubleOf(
  { retryAfterMs }: Pick<AppTroubles, 'retryAfterMs'>,
  fault: AppFault,
  isWrite: boolean,
): Retry {
  const scope = fault.startsWith('record') ? 'record' : 'app';
  const ambiguous = isWrite && fault !== 'busy';
  const afterMs = fault === 'busy' ? retryAfterMs() : null;
  return { kind: 'retry', scope, afterMs, reason: `the app: ${fault}`, ambiguous };
}

const notTried = (): Retry => ({
  kind: 'retry',
  scope: 'budget',
  afterMs: 0,
  reason: 'an earlier command of this record was not applied',
  ambiguous: false,
});

const outOfTime = (): Retry => ({
  kind: 'retry',
  scope: 'budget',
  afterMs: null,
  reason: 'time is up',
  ambiguous: false,
});
