/**
 * A world taken apart: what belongs to each person, and what they share. Whatever a small scope cannot lead to (a walk, a
 * lost place, somebody blocked) is refused loudly: the plain form would not know what of it counts.
 */
import type { CrmKey, Policy } from '../../lib/engine/model.ts';
import { uniteRefs } from '../../lib/flow/apply-open.ts';
import { isTimePosition } from '../../lib/ports/crm.ts';
import type { LaneMessage, Reference } from '../../lib/ports/messages.ts';
import type { Checkpoint } from '../../lib/ports/state.ts';
import { readCheckpoint, readRecord } from '../../test/support/flow-world/memory-state.ts';
import { laneGroup, PULL_GROUP } from '../../test/support/flow-world/queues.ts';
import type { World } from '../../test/support/flow-world/world.ts';
import type { Person } from './person.ts';

export const LANE = laneGroup(0);

export interface Parts {
  readonly people: readonly Person[];
  readonly checkpoint: Checkpoint;
  /** The rows that the log names and no round has read. A page names each of them once. */
  readonly log: readonly CrmKey[];
  /** The members that the app's delta still has to name. */
  readonly touched: readonly CrmKey[];
  /** The records that wait in the lane, which may be worked in any order; and how often their messages were received. */
  readonly lane: readonly CrmKey[];
  readonly receiveCount: number;
}

const inOrder = (keys: readonly CrmKey[]): readonly CrmKey[] => [...new Set(keys)].toSorted();

/** One invocation takes so many messages: no more must wait, if all are to be one page. */
const RECEIVED_MAX = 10;
/** A bell is worked as a new one as long as no round began so much later. */
const CLOCK_ROOM_MS = 2_000;

export function readWorld(world: World, policy: Policy): Parts {
  const checkpoint = checkpointOf(world);
  const waiting = world.queues.groups.get(LANE) ?? [];
  expect(waiting.length <= RECEIVED_MAX, 'a lane that is longer than a page');
  const messages = waiting.map(({ body }) => JSON.parse(body) as LaneMessage);
  expect(messages.every(isBare), 'a message that carries more than references');
  const refs = uniteRefs(messages.flatMap((message) => message.refs));
  const log = unreadOf(world, checkpoint);
  const touched = touchedOf(world, checkpoint);
  const told = JSON.stringify(world.memory.history);
  const parts = { log, touched, refs, told, policy };
  return {
    people: [...world.table.rows.keys()].map((key) => personOf(world, key, parts)),
    checkpoint,
    log: inOrder(log.map(({ key }) => key)),
    touched: inOrder(touched),
    lane: inOrder([...refs.keys()]),
    receiveCount: Math.max(0, ...waiting.map(({ receiveCount }) => receiveCount)),
  };
}

function expect(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(`a small scope has led to ${what}: the plain form does not know it`);
}

function checkpointOf({ memory, reader, queues }: World): Checkpoint {
  const { blocked, unmatched, tombstones, planned, holders, digests, spills, documents } = memory;
  const notes = [blocked, unmatched, tombstones, planned, holders, digests, spills];
  expect(
    notes.every(({ size }) => size === 0),
    'notes beside the records',
  );
  expect(documents.size === 1, 'a document besides the checkpoint');
  const checkpoint = readCheckpoint(memory) as Checkpoint;
  const { backfill, progress, adoption, crm, round } = checkpoint;
  expect(backfill === null && progress === null && adoption === undefined, 'a walk');
  expect([reader.mark, reader.previous].includes(crm.mark), 'a lost place in the log');
  for (const { body, sentAt } of queues.groups.get(PULL_GROUP) ?? [])
    expect(
      body.includes('"ring"') && sentAt >= round.beganAt - CLOCK_ROOM_MS,
      'a message to the pulls that is no new bell',
    );
  return checkpoint;
}

const isBare = ({ commands, backfill, plan, erase }: LaneMessage): boolean =>
  [commands, backfill, plan, erase].every((part) => part === undefined);

function unreadOf({ table }: World, { crm: { position } }: Checkpoint) {
  if (isTimePosition(position)) throw new Error('there is no log');
  const { xid, seq } = { xid: BigInt(position.xid), seq: BigInt(position.seq) };
  const unread = table.log.filter((each) => each.xid > xid || (each.xid === xid && each.seq > seq));
  expect(
    unread.every(({ isDelete }) => !isDelete),
    'a deletion',
  );
  return unread.toSorted((a, b) => Number(a.xid - b.xid) || Number(a.seq - b.seq));
}

function touchedOf({ audience, memory }: World, { app }: Checkpoint): readonly CrmKey[] {
  const cursor = (app as unknown as { readonly change: number }).change;
  return [...audience.members.values()]
    .filter(({ change }) => change > cursor)
    .toSorted((a, b) => a.change - b.change)
    .map(({ id }) => memory.links.get(id) as CrmKey);
}

function personOf(
  { memory, table, audience, witness }: World,
  key: CrmKey,
  {
    log,
    touched,
    refs,
    told,
    policy,
  }: Pick<Parts, 'touched'> & {
    readonly log: World['table']['log'];
    readonly refs: ReadonlyMap<CrmKey, Reference>;
    readonly told: string;
    readonly policy: Policy;
  },
): Person {
  const record = readRecord(memory, key);
  const id = record?.state.remoteId ?? null;
  const member = id === null ? undefined : audience.members.get(id);
  const cells = table.rows.get(key);
  if (record === undefined || member === undefined || cells === undefined)
    throw new Error(`a small scope has led to a row ${key} without a partner`);
  const { link, withheld } = record.state;
  expect(memory.links.get(member.id) === key && link === 'linked', 'another link');
  expect(withheld === null, 'somebody who is withheld');
  const { values, held } = witness.dump();
  const places = [`crm/${key}/`, `app/${member.id}/`];
  return {
    key,
    cells,
    member,
    state: record.state,
    marks: record.marks,
    ref: plainRef(refs.get(key), policy),
    unread: log
      .filter((each) => each.key === key)
      .map(({ at }) => at)
      .slice(-1),
    isRead: !touched.includes(key),
    held: held.filter(([place]) => places.some((own) => place.startsWith(own))),
    // What the history tells cannot vanish any more.
    typed: values.filter((value) => value.startsWith(`${key}.`) && !told.includes(`"${value}"`)),
  };
}

/**
 * What is looked at anyway is not judged on what a message carries; and of two ends that were tied and in traffic before, only
 * `newest` asks when the row changed.
 */
function plainRef(ref: Reference | undefined, policy: Policy): Reference | null {
  if (ref === undefined) return null;
  const { observed, crmAt, ...rest } = ref;
  return {
    ...rest,
    ...(observed === undefined || ref.look === true ? {} : { observed }),
    ...(crmAt === undefined || policy !== 'newest' ? {} : { crmAt }),
  };
}
