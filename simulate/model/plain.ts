/**
 * A world in its plain form: what nobody can ask for any more is gone, and what is only compared is named and timed anew. A
 * world and its plain form behave alike (test/simulate/plain.test.ts goes on from both), so worlds with one plain form are one state.
 */
import { createHash } from 'node:crypto';
import type { CrmKey, Policy } from '../../lib/engine/model.ts';
import type { Reference } from '../../lib/ports/messages.ts';
import type { Checkpoint } from '../../lib/ports/state.ts';
import { itemText } from '../../test/support/flow-world/memory-state.ts';
import type { Queued } from '../../test/support/flow-world/queues.ts';
import { PATHS } from '../../test/support/flow-world/sample-sync.ts';
import type { WitnessDump } from '../../test/support/flow-world/witness.ts';
import type { World, WorldDump } from '../../test/support/flow-world/world.ts';
import type { Person } from './person.ts';
import { LANE, readWorld, type Parts } from './read-world.ts';
import { isNear, NOW, retimed } from './times.ts';
import { anonymous, namesFor, renamed, renamedFights } from './values.ts';

export interface Plain {
  /** The same for two people who have changed places. */
  readonly name: string;
  /** Fences count for what the next round reads. */
  readonly isNear: boolean;
  /** A round would find nothing. */
  readonly isRead: boolean;
  /** Nothing waits anywhere. */
  readonly isAtRest: boolean;
  readonly contests: readonly Contest[];
}

/** The world itself; of most plain forms only the name is asked. */
export interface Kept {
  readonly dump: WorldDump;
  readonly queued: readonly (readonly [string, readonly Queued[]])[];
  readonly witnessed: WitnessDump;
}

/** Whose shared field was changed at which ends since both agreed on it. */
export interface Contest {
  readonly key: CrmKey;
  readonly crm: boolean;
  readonly app: boolean;
}

export function plainOf(world: World, policy: Policy): Plain & { readonly keep: () => Kept } {
  const parts = readWorld(world, policy);
  const now = world.clock.now();
  const people = parts.people.map((person) => renamedPerson(retimed(person, now)));
  const isRead =
    parts.log.length === 0 &&
    parts.touched.length === 0 &&
    people.every(({ state }) => state.parking?.kind !== 'waiting');
  return {
    name: nameOf(parts, people),
    isNear: people.some(isNear),
    isRead,
    isAtRest: isRead && parts.lane.length === 0,
    contests: people.map(contestOf),
    keep: () => ({
      dump: dumpOf(world, parts, people),
      queued: queuedOf(world, parts, people),
      witnessed: {
        values: people.flatMap(({ typed }) => typed),
        held: people.flatMap(({ held }) => held),
      },
    }),
  };
}

function contestOf({ key, cells, member, state }: Person): Contest {
  const pairs = Object.entries(state.shadow?.pairs ?? {});
  const [, pair] = pairs.find(([name]) => name.startsWith('phone>')) ?? [];
  return {
    key,
    crm: cells['phone']?.text !== pair?.c,
    app: member.profile[PATHS.phone] !== pair?.r,
  };
}

/** Values that were taken away count as long as they stand somewhere and could be put back. */
function renamedPerson({ held, typed, ...person }: Person): Person {
  const { fights } = person.state;
  const json = JSON.stringify({ ...person, state: { ...person.state, fights: {} } });
  const names = namesFor(person.key, json);
  const rest = JSON.parse(renamed(json, names)) as Omit<Person, 'held' | 'typed'>;
  return {
    ...rest,
    state: { ...rest.state, fights: renamedFights(fights, names) },
    typed: typed.map((value) => names.get(value) ?? value).toSorted(),
    held: held
      .map(([place, texts]) => {
        const known = texts.flatMap((each) => (each === null ? [null] : (names.get(each) ?? [])));
        return [place, known.toSorted((a, b) => (String(a) < String(b) ? -1 : 1))] as const;
      })
      .filter(([, texts]) => texts.length > 0)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  };
}

function nameOf({ log, touched, lane, receiveCount }: Parts, people: readonly Person[]): string {
  const texts = new Map(people.map((person) => [person, textOf(person)]));
  const named = [people, people.toReversed()].map((order) => {
    const numbered = [log, touched, lane].map((keys) =>
      keys.map((key) => order.findIndex((person) => person.key === key)),
    );
    return JSON.stringify([order.map((person) => texts.get(person)), numbered, receiveCount]);
  });
  const [first] = named.toSorted();
  return createHash('sha256')
    .update(first as string)
    .digest('base64');
}

function textOf(person: Person): string {
  const { key, member } = person;
  return anonymous(JSON.stringify(person))
    .replaceAll(member.email, 'EMAIL')
    .replaceAll(`"${member.id}"`, '"ID"')
    .replaceAll(`/${member.id}/`, '/ID/')
    .replaceAll(`crm/${key}/`, 'crm/KEY/')
    .replaceAll(`"key":"${key}"`, '"key":"KEY"')
    .replace(/"change":\d+/, '"change":0');
}

const RUN = '5';
const MARK = 'mark';
const XID = 100;
const HOUR_MS = 3_600_000;

function dumpOf(
  world: World,
  { checkpoint, log, touched }: Parts,
  people: readonly Person[],
): WorldDump {
  const times = new Map(people.map(({ key, unread }) => [key, unread.values()]));
  const { memory, table, audience } = world;
  return {
    now: NOW,
    table: {
      rows: people.map(({ key, cells }) => [key, cells] as const),
      log: log.map((key, index) => ({
        xid: String(XID + 1 + index),
        seq: String(1 + index),
        at: times.get(key)?.next().value as number,
        key,
        isDelete: false,
      })),
      xids: String(XID + log.length),
      seqs: String(log.length),
      keys: table.rows.size,
    },
    reader: { mark: MARK, previous: MARK },
    audience: {
      ...audience.dump(),
      members: people.map(({ key, member }, index) => ({
        ...member,
        change: (touched.includes(key) ? people.length + touched.indexOf(key) : index) + 1,
      })),
      changes: people.length + touched.length,
    },
    memory: {
      // Nobody holds a version between two invocations.
      records: people.map(
        ({ key, state, marks }) => [key, itemText({ state, marks, version: 0 })] as const,
      ),
      links: [...memory.links],
      documents: [['checkpoint', JSON.stringify(plainCheckpoint(checkpoint, people.length))]],
      ...NOTHING_MORE,
    },
    queues: {},
  };
}

const NOTHING_MORE = {
  blocked: [],
  unmatched: [],
  history: [],
  tombstones: [],
  planned: [],
  holders: [],
  digests: [],
  spills: [],
};

function plainCheckpoint(checkpoint: Checkpoint, change: number): Checkpoint {
  const { crm, sweep } = checkpoint;
  return {
    ...checkpoint,
    version: 1,
    crm: { ...crm, position: { xid: String(XID), seq: '0' }, mark: MARK, before: MARK },
    app: { change },
    run: RUN,
    round: { number: Number(RUN), beganAt: NOW - 2_000, endedAt: NOW - 1_000, routed: 0 },
    sweptAt: NOW - HOUR_MS,
    ...(sweep === undefined ? {} : { sweep: { ...sweep, lastAt: NOW - HOUR_MS } }),
  };
}

/** One invocation takes all that waits in the lane, and unites it before anything else. */
function queuedOf(
  world: World,
  { lane, receiveCount }: Parts,
  people: readonly Person[],
): Kept['queued'] {
  if (lane.length === 0) return [];
  const refOf = (key: CrmKey): Reference =>
    people.find((person) => person.key === key)?.ref as Reference;
  const sync = world.sync.spec.name;
  const message = { sync, lane: 0, refs: lane.map(refOf), position: {}, run: RUN };
  return [[LANE, [{ body: JSON.stringify(message), sentAt: NOW, receiveCount }]]];
}
