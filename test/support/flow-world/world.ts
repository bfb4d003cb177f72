/**
 * The whole of one sync in memory: both ends, memory, queues, clock, and the two functions that work
 * them. Everything is driven step by step and nothing runs by itself, so one seed is one run.
 */
import type { SyncConfig } from '../../../lib/config/model.ts';
import type { SyncContext } from '../../../lib/flow/context.ts';
import { digesting, keepsDigests } from '../../../lib/flow/keep-digests.ts';
import type { StateStore } from '../../../lib/ports/state.ts';
import type { AppReplica } from '../../../lib/ports/app.ts';
import type { Log } from '../../../lib/ports/log.ts';
import { createAppPort, type AppFault, type AppKind, type AppTroubles } from './app-port.ts';
import { createAudience, type Audience, type AudienceDump } from './audience.ts';
import type { AudienceRules } from './audience-writes.ts';
import { createChance, type Chance } from './chance.ts';
import { watchUnseen } from './unseen-maps.ts';
import { createCrmPort, FIRST_SERVER, type ReaderRow, type Server } from './crm-port.ts';
import { createCrmPeople, type CrmPeople } from './crm-people.ts';
import { createCrmTable, type CrmTable, type TableDump, type Values } from './crm-table.ts';
import {
  createMemoryState,
  createMemoryStore,
  readRecord,
  type MemoryDump,
  type MemoryState,
} from './memory-state.ts';
import { createMonitor, type Monitor } from './monitor.ts';
import { createHolders, takeLate } from './latecomers.ts';
import {
  fineWeather,
  inWeather,
  landDue,
  refused,
  throttled,
  troublesOf,
  type Weather,
} from './weather.ts';
import { createWitness, type Witness, type WitnessDump } from './witness.ts';
import { createQueuePort, createQueues, type Queued, type Queues } from './queues.ts';
import {
  createRunning,
  createStepCounter,
  createWorldClock,
  type Fate,
  type Running,
  type StepCounter,
  type WorldClock,
} from './running.ts';
import { COLUMNS, PROFILE_PATHS, sampleSync, type SampleSyncOptions } from './sample-sync.ts';

export interface WorldOptions {
  readonly seed: number;
  /** @default 'delta' */
  readonly app?: AppKind;
  readonly sync?: SampleSyncOptions;
  readonly trigger?: (cells: Values) => Values;
  readonly refuseRow?: (cells: Values) => string | null;
  readonly rules?: Partial<AudienceRules>;
  /** Rows of the log and members of the app to a page. @default 3 */
  readonly pageMax?: number;
  /** How far the app's clock is ahead, ms. @default 0 */
  readonly vendorSkewMs?: number;
  /** Receives after which a message is given up. @default 5 */
  readonly receivesMax?: number;
  /** Another app than the audience, and the sync with it. */
  readonly other?: OtherApp;
  /** A world that was there before. @default a new one */
  readonly resumed?: WorldDump;
  /** The world of another app of the same CRM: its table and its clock are this one's, too. */
  readonly beside?: World;
  /** What was seen in it. */
  readonly witnessed?: WitnessDump;
  /** From where random ids are counted: a world that is gone on with gives none a second time. @default 0 */
  readonly idsFrom?: number;
}

export interface OtherApp {
  readonly sync: SyncConfig;
  readonly port: (
    running: Running,
    surroundings: AppTroubles & { readonly writes: string[] },
  ) => AppReplica;
}

/** A world as JSON: both ends, memory, and what waits in the queues. */
export interface WorldDump {
  readonly now: number;
  readonly table: TableDump;
  readonly reader: ReaderRow;
  readonly audience: AudienceDump;
  readonly memory: MemoryDump;
  /** Bodies by group. */
  readonly queues: Readonly<Record<string, readonly string[]>>;
}

/** What can go wrong or happen in between; scenarios replace these at will. */
export interface Hazards extends Fate {
  dies: Fate['dies'];
  between: Fate['between'];
  appFault: (label: string) => AppFault | null;
  crmDown: (label: string) => boolean;
  /** The time between a crash and the redelivery of its messages, ms. */
  redeliveryMs: number;
  /** Somebody acts after a crash, before the redelivery. */
  afterCrash: () => void;
  timeIsUp: (step: number) => boolean;
  /** How far each invocation's host is ahead of the world's clock, ms. */
  skewMs: () => number;
}

export const noHazards = (): Hazards => ({
  dies: () => false,
  between: () => undefined,
  appFault: () => null,
  crmDown: () => false,
  redeliveryMs: 12_000,
  afterCrash: () => undefined,
  timeIsUp: () => false,
  skewMs: () => 0,
});

export interface World {
  readonly options: WorldOptions;
  /** As deployed now. */
  readonly sync: SyncConfig;
  /** Another configuration from the next invocation on. */
  redeploy(sync: SampleSyncOptions | SyncConfig | (() => SyncConfig)): void;
  readonly clock: WorldClock;
  readonly chance: Chance;
  readonly table: CrmTable;
  /** What `trivet.reader` holds. */
  readonly reader: ReaderRow;
  /** Which database answers. */
  readonly server: Server;
  readonly audience: Audience;
  readonly memory: MemoryState;
  readonly queues: Queues;
  readonly steps: StepCounter;
  readonly monitor: Monitor;
  readonly witness: Witness;
  readonly hazards: Hazards;
  readonly weather: Weather;
  /** What a handler threw besides crashes: the message went back. */
  readonly errors: unknown[];
  /** Messages given up after five receives. */
  readonly dead: Queued[];
  readonly crm: CrmPeople;
  /** When each person withdrew in truth, by CRM key and by member id. */
  readonly withdrawals: Map<string, number>;
  /** Nobody is at work for the sync. */
  isQuiet(): boolean;
  /** Invocations that are under way. */
  atWork: number;
  context(running: Running): SyncContext;
  start(turn?: () => Promise<void>): Running;
}

const STARTS_AT = Date.parse('2025-03-01T10:00:00.500Z');
const SILENT: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  count: () => undefined,
};

export function createWorld(options: WorldOptions): World {
  const { resumed } = options;
  let sync = options.other?.sync ?? sampleSync(options.sync);
  let choose = (): SyncConfig => sync;
  const clock = options.beside?.clock ?? createWorldClock(resumed?.now ?? STARTS_AT);
  const chance = createChance(options.seed);
  const { table, audience } = createEnds(options, clock);
  const reader: ReaderRow = { mark: null, previous: null, ...resumed?.reader };
  const server: Server = { ...FIRST_SERVER };
  const memory = createMemoryState(resumed?.memory);
  const withdrawals = new Map<string, number>();
  const witness = createWitness(options.witnessed);
  const monitor = watch({
    options,
    table,
    audience,
    memory,
    withdrawals,
    witness,
    syncOf: () => sync,
  });
  const queues = createQueues(resumed?.queues, clock.now());
  const steps = createStepCounter();
  const hazards = noHazards();
  const weather = fineWeather();
  const ends = { table, reader, server, audience };
  const own = { options, ...ends, memory, queues, monitor, witness, hazards, weather };
  const world: World = {
    ...own,
    atWork: 0,
    isQuiet: () => world.atWork === 0,
    get sync() {
      return sync;
    },
    redeploy: (next) => {
      if (typeof next === 'function') choose = next;
      else {
        sync = 'spec' in next ? next : sampleSync(next);
        choose = () => sync;
      }
    },
    clock,
    chance,
    steps,
    errors: [],
    dead: [],
    crm: createCrmPeople(table, withdrawals),
    withdrawals,
    context: createContexts({ ...own, syncOf: () => choose() }),
    start: createStart({ clock, steps, hazards, weather }),
  };
  return world;
}

/** One invocation after another, each on a host of its own and with whatever fate befalls it. */
const createStart =
  ({
    clock,
    steps,
    hazards,
    weather,
  }: Pick<World, 'clock' | 'steps' | 'hazards' | 'weather'>): World['start'] =>
  (turn) =>
    createRunning({
      clock,
      steps,
      skewMs: hazards.skewMs(),
      fate: {
        dies: (step, label) => hazards.dies(step, label),
        between: (step, label) => {
          for (const { label: name } of landDue(weather, clock.now()))
            steps.trace.push(`-- landed late: ${name}`);
          hazards.between(step, label);
        },
        timeIsUp: (step) => hazards.timeIsUp(step),
      },
      ...(turn === undefined ? {} : { turn }),
    });

function createEnds(
  { sync, resumed, vendorSkewMs = 0, trigger, refuseRow, beside }: WorldOptions,
  clock: WorldClock,
): Pick<World, 'table' | 'audience'> {
  const own = {
    now: () => clock.now(),
    columns: COLUMNS,
    matchColumn: sampleSync(sync).match.column,
    trigger: trigger ?? ((cells) => cells),
    refuse: refuseRow ?? (() => null),
    ...(resumed === undefined ? {} : { resumed: resumed.table }),
  };
  const table = beside?.table ?? createCrmTable(own);
  const audience = createAudience({
    now: () => clock.now() + vendorSkewMs,
    profilePaths: PROFILE_PATHS,
    ...(resumed === undefined ? {} : { resumed: resumed.audience }),
  });
  return { table, audience };
}

type Watched = Pick<
  World,
  'options' | 'table' | 'audience' | 'memory' | 'withdrawals' | 'witness'
> & { readonly syncOf: () => SyncConfig };

/** The monitor sees both ends as they truly are, whatever the flow believes. */
function watch({
  options,
  table,
  audience,
  memory,
  withdrawals,
  witness,
  syncOf,
}: Watched): Monitor {
  return createMonitor({
    fields: () => syncOf().spec.fields,
    witness,
    recreates: () => syncOf().spec.onAppDelete === 'recreate',
    now: () => table.options.now(),
    isAgreed: (key, { fingerprint }) =>
      readRecord(memory, key)?.state.shadow?.pairs[fingerprint] !== undefined,
    isMet: (key) => readRecord(memory, key)?.state.shadow != null,
    isMoving: (key) => {
      const state = readRecord(memory, key)?.state;
      return state?.intent?.existence?.end === 'app' || state?.archivedByUs === true;
    },
    keyOf: ({ id }) => memory.links.get(id) ?? null,
    consentOwner: options.sync?.consentOwner ?? 'app',
    rowOf: (key) => table.rows.get(key) ?? null,
    memberOf: (key) => {
      // Of another audience, or made anew, they have a link that leads nowhere besides.
      const ids = [...memory.links].flatMap(([id, holder]) => (holder === key ? [id] : []));
      return ids.flatMap((id) => audience.members.get(id) ?? [])[0] ?? null;
    },
    isThere: (id, key) =>
      audience.members.get(id)?.isArchived === false && (memory.links.get(id) ?? key) === key,
    withdrawnAt: (key, member) => {
      const times = [
        withdrawals.get(key),
        member === null ? undefined : withdrawals.get(member.id),
      ];
      const known = times.filter((time) => time !== undefined);
      return known.length === 0 ? null : Math.max(...known);
    },
  });
}

type Parts = Pick<
  World,
  | 'options'
  | 'table'
  | 'reader'
  | 'server'
  | 'audience'
  | 'memory'
  | 'queues'
  | 'monitor'
  | 'witness'
  | 'hazards'
  | 'weather'
> & { readonly syncOf: () => SyncConfig };

const keptIn = (sync: SyncConfig, state: StateStore): Pick<SyncContext, 'sync' | 'state'> =>
  keepsDigests(sync) ? digesting(sync, state, 'a key of the tests') : { sync, state };

/** What one invocation works with; the reader's mark and the ids outlive it. */
function createContexts(parts: Parts): World['context'] {
  const { options, syncOf, table, reader, server, audience, memory } = parts;
  const { queues, monitor, hazards, weather } = parts;
  let ids = options.idsFrom ?? 0;
  const random = (): string => `id-${(ids += 1)}`;
  const pageMax = options.pageMax ?? 3;
  const rules: AudienceRules = {
    rewrite: options.rules?.rewrite ?? ((_path, value) => value),
    refuse: options.rules?.refuse ?? (() => null),
  };
  const landed = takeLate(parts);
  const holders = createHolders(parts);
  const appOf = (running: Running, tell: (what: string) => void): AppReplica => {
    const troubles = troublesOf(parts, running);
    const { writes } = monitor;
    const other = options.other?.port(running, { ...troubles, writes });
    if (other !== undefined) return other;
    return createAppPort({
      ...troubles,
      kind: options.app ?? 'delta',
      audience,
      rules,
      running,
      pageMax,
      wrote: (command, before, after) => {
        tell(`app ${command.kind} ${command.key}`);
        holders.wrote(running)(command, before, after);
      },
      landed,
    });
  };
  return (running) => {
    const sync = syncOf();
    const tell = watchUnseen(parts, sync);
    const store = createMemoryStore(memory, inWeather(running, weather.stateFault, throttled));
    const state = holders.watching(store, running);
    return {
      ...keptIn(sync, state),
      crm: createCrmPort({
        table,
        reader,
        server,
        running,
        random,
        pageMax,
        overlapMs: sync.modified?.overlapMs ?? null,
        isDown: (label) => hazards.crmDown(label),
        missingColumn: () => weather.missingColumn,
        wrote: (command, before) => {
          tell(`crm ${command.kind} ${command.key}`);
          monitor.crmWrote(command, before);
        },
        showed: (key, cells) => monitor.rowShown(key, cells),
      }),
      app: appOf(running, tell),
      queue: createQueuePort(queues, inWeather(running, weather.queueFault, refused)),
      clock: running.clock,
      random,
      log: SILENT,
      budget: { remainingMs: () => running.remainingMs() },
    };
  };
}
