/**
 * One loss of a whole part, in the middle of everything: a database that goes back, a server that takes another's place, a
 * state table that is gone, an audience that is another, days in which nobody came.
 */
import { askSweep } from '../../../lib/flow/steer.ts';
import type { AudienceDump } from './audience.ts';
import type { TableDump } from './crm-table.ts';
import type { ReaderRow } from './crm-port.ts';
import {
  createMemoryState,
  dumpMemory,
  readCheckpoint,
  readHealth,
  type MemoryDump,
} from './memory-state.ts';
import { ring } from './deliver.ts';
import { restoreMemory } from './restores.ts';
import { drain, settle } from './settle.ts';
import type { Stage } from './stage.ts';
import type { World } from './world.ts';

export interface Losses {
  /** A backup, now and then. */
  backUp(): void;
  /** What the disk of the database holds so far; commits that do not wait for it are a moment ahead. */
  flush(): void;
  strike(loss: LossName): Promise<void>;
  /** What was taken from people although nobody could know whether they meant it. */
  harm(): readonly string[];
  /** What a person says, where a person must. The sync has waited for it: else that is a problem. */
  mend(): Promise<readonly string[]>;
}

interface Backup {
  readonly table: TableDump;
  readonly reader: ReaderRow;
  readonly audience: AudienceDump;
  readonly memory: MemoryDump;
}

const DAY_MS = 86_400_000;
/** SQS, https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-architecture.html */
const RETENTION_MS = 14 * DAY_MS;

const backupOf = ({ table, reader, audience, memory }: World): Backup =>
  structuredClone({
    table: table.dump(),
    reader: { ...reader },
    audience: audience.dump(),
    memory: dumpMemory(memory),
  });

function putBackCrm({ table, reader }: World, backup: Backup): void {
  table.restore(backup.table);
  Object.assign(reader, backup.reader);
}

/** What was sent longer ago than a queue keeps is gone, and nobody is told. */
function leaveAlone({ clock, queues }: World, days: number): void {
  clock.advance(days * DAY_MS);
  const oldest = clock.now() - RETENTION_MS;
  for (const [group, messages] of queues.groups)
    queues.groups.set(
      group,
      messages.filter(({ sentAt }) => sentAt >= oldest),
    );
}

/** The same people under other ids, and not all of them; nothing in its delta says so. */
function exchange({ audience }: World): void {
  const old = [...audience.members.values()];
  audience.members.clear();
  for (const [index, { id: _id, ...member }] of old.entries()) {
    const made = index % 5 === 4 ? null : audience.add(member.email, structuredClone(member));
    if (made !== null) made.change = (index + 1) / 1_000;
  }
}

/** The next sweep lists everybody, and finds who is missing. */
async function untilHalted(world: World): Promise<void> {
  world.clock.advance(DAY_MS + 3_600_000);
  for (let round = 0; round < 8 && readHealth(world.memory).halted === null; round += 1) {
    ring(world);
    await drain(world);
    world.clock.advance(5_000);
  }
}

/** What so many acts did is on no disk yet. */
const COMMITS_LOST = 3;

interface Loss {
  readonly happens: (world: World, backup: Backup, flushed: Backup) => void;
  /** Everybody is met anew: nobody can tell what was agreed, or who was taken away. */
  readonly forgets: boolean;
  /** Whatever was on its way, the next round finds out. */
  readonly isNoticed?: boolean;
  /** Nothing says that it happened: what it took back looks like edits (SPEC.md, gaps). */
  readonly isUnseen?: boolean;
  /** Nothing is on its way when it happens: messages would name links that nobody knows any more (SPEC.md, gaps). */
  readonly isQuiet?: boolean;
  /** Whom a walk under way looks at one by one is found gone before any listing says that all are. */
  readonly isAtRest?: boolean;
  /** A person must say that it is meant. */
  readonly isAdopted?: boolean;
}

const LOSSES = {
  'the CRM goes back to a snapshot': { happens: putBackCrm, forgets: true },
  // synchronous_commit = off: https://www.postgresql.org/docs/current/wal-async-commit.html
  'the CRM loses its last commits': {
    happens: (world, _backup, flushed) => putBackCrm(world, flushed),
    forgets: true,
  },
  'the CRM goes back to a point in time': {
    isNoticed: true,
    happens: (world, backup) => {
      putBackCrm(world, backup);
      world.server.timeline = '00000002';
    },
    forgets: true,
  },
  'a standby is promoted': {
    isNoticed: true,
    happens: ({ server }) => {
      server.timeline = '00000002';
    },
    forgets: true,
  },
  'the CRM is restored into another server': {
    happens: (world, backup) => {
      putBackCrm(world, backup);
      Object.assign(world.server, { systemId: 'system-2', timeline: '00000001' });
    },
    forgets: true,
    isAdopted: true,
  },
  'the state table is lost': {
    isNoticed: true,
    happens: ({ memory }) => restoreMemory(memory, dumpMemory(createMemoryState())),
    forgets: true,
    isQuiet: true,
  },
  'the state table goes back': {
    happens: ({ memory }, backup) => restoreMemory(memory, backup.memory),
    forgets: true,
    isQuiet: true,
  },
  'the audience goes back': {
    happens: ({ audience }, backup) => audience.restore(backup.audience),
    forgets: true,
    isUnseen: true,
  },
  'the audience is exchanged': {
    happens: exchange,
    forgets: true,
    isQuiet: true,
    isAtRest: true,
    isAdopted: true,
  },
  'nobody comes for eight days': { happens: (world) => leaveAlone(world, 8), forgets: false },
  'nobody comes for fifteen days': { happens: (world) => leaveAlone(world, 15), forgets: false },
} as const satisfies Readonly<Record<string, Loss>>;

export type LossName = keyof typeof LOSSES;
export const LOSS_NAMES = Object.keys(LOSSES) as readonly LossName[];

/** At the app; whoever was deleted there is deleted in the CRM by right, once their record has come to rest. */
const TAKEN = /^app .*"kind":"(archive|delete|revive)"/;
const isTaken = (write: string): boolean => TAKEN.test(write);

export function createLosses(stage: Stage): Losses {
  const { world, chance, note } = stage;
  let backup = backupOf(world);
  let flushed = [backup];
  let writes = Infinity;
  let suffered: Loss | null = null;
  let isAtRest = false;
  return {
    backUp: () => {
      backup = backupOf(world);
    },
    flush: () => {
      flushed = [...flushed, backupOf(world)].slice(-COMMITS_LOST);
    },
    strike: async (name) => {
      const loss: Loss = LOSSES[name];
      // Only where nothing that people did was still on its way can be said whether somebody was taken away for the loss.
      isAtRest = chance.isTrue(0.5) || loss.isAtRest === true;
      if (isAtRest) await settle(world);
      if (loss.isQuiet === true) {
        await drain(world);
        world.queues.sent.length = 0;
      }
      suffered = loss;
      note(name);
      loss.happens(world, structuredClone(backup), structuredClone(flushed[0] ?? backup));
      writes = world.monitor.writes.length;
      if (!loss.forgets) return;
      world.witness.dismiss();
      world.monitor.dismiss(name.startsWith('the state table'));
    },
    harm: () => {
      if (suffered?.isNoticed === true && readCheckpoint(world.memory)?.adoption == null)
        return ['nobody was met anew after a loss that the next round must notice'];
      const isMetAnew =
        isAtRest && suffered?.isUnseen !== true && readCheckpoint(world.memory)?.adoption != null;
      const taken = isMetAnew ? world.monitor.writes.slice(writes).filter(isTaken) : [];
      return taken.map((write) => `taken away without a person’s word: ${write}`);
    },
    mend: async () => {
      if (suffered?.isAdopted !== true) return [];
      await untilHalted(world);
      if (readHealth(world.memory).halted === null)
        return ['the sync goes on although it met other people, or another server'];
      await askSweep(world.context(world.start()), 'a person', { adopts: true });
      return [];
    },
  };
}
