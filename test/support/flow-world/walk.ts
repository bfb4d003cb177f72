/**
 * A random walk: people act at both ends while messages are delivered, doubled, delayed, worked by two
 * holders and killed at any step. Then everything is left alone, and must come to rest in order.
 */
import type { CrmKey } from '../../../lib/engine/model.ts';
import type { Chance } from './chance.ts';
import { readRecords } from './memory-state.ts';
import { isDrained } from './queues.ts';
import { Crash } from './running.ts';
import { createHelm } from './helm.ts';
import { PATHS, type SampleSyncOptions } from './sample-sync.ts';
import { addPair } from './scenarios.ts';
import { settle } from './settle.ts';
import { findProblems, findRestlessness } from './verdict.ts';
import { deliver, deliverTogether, ring } from './deliver.ts';
import { carry } from './carrying.ts';
import { planWithoutTrace } from './foretelling.ts';
import type { PlannedRecord } from '../../../lib/plan/planned-record.ts';
import { createWorld, noHazards, type World } from './world.ts';

export interface Walk {
  readonly world: World;
  readonly problems: readonly string[];
  /** What happened, in words. */
  readonly story: readonly string[];
}

const ACTS = 40;
const SWEEP_MS = 25 * 3_600_000;

export interface WalkOptions {
  /** Somebody also pauses and resumes the sync, and lets it only look for a while. */
  readonly isSteered?: boolean;
  /** Somebody also makes plans, in the middle of everything, and carries them out later. */
  readonly isPlanned?: boolean;
  /** The CRM is read by timestamp, and swept at the end. */
  readonly isTimed?: boolean;
}

export async function walk(seed: number, options: WalkOptions = {}): Promise<Walk> {
  const chance = dice(seed);
  const worldMore = {
    receivesMax: 100,
    vendorSkewMs: chance.pick([0, 0, -3_000, 3_000]),
    pageMax: chance.pick([1, 2, 3, 50]),
  };
  const sync: SampleSyncOptions = {
    lanes: chance.pick([1, 2, 3]),
    phonePolicy: chance.pick(['crm', 'app', 'newest']),
    onAppDelete: chance.pick(['leave', 'mark', 'recreate', 'delete']),
    onCrmDelete: chance.pick(['archive', 'archive', 'delete']),
    ...(options.isTimed === true ? { modified: 'updated_at' } : {}),
  };
  const world = createWorld({ seed, ...worldMore, sync });
  const story: string[] = [];
  const people = 1 + chance.below(4);
  for (let index = 0; index < people; index += 1) addPair(world, `p${index}@x.test`);
  const note = (text: string): void => {
    story.push(text);
    world.steps.trace.push(`## ${text}`);
  };
  const isMet = chance.isTrue(0.8);
  if (isMet) await settle(world);
  const stage: Stage = { world, chance, note, addresses: people, values: 0, isMet };
  const helm = createHelm(world, sync, { chance, note });
  const plan = createPlanner(world, note);
  const problems: string[] = [];
  try {
    for (let act = 0; act < ACTS; act += 1) {
      if (options.isSteered === true && chance.isTrue(0.15)) helm.turn();
      if (options.isPlanned === true && chance.isTrue(0.2)) problems.push(...(await plan.turn()));
      await takeStep(stage);
    }
    Object.assign(world.hazards, noHazards());
    helm.letGo();
    forgive(world);
    await settle(world);
    if (options.isTimed === true) await sweep(world);
    if (isMistaken(world)) return { world, problems: world.monitor.violations, story };
    problems.push(
      ...helm.problems,
      ...findProblems(world, ALLOWED),
      ...(await findRestlessness(world)),
    );
  } catch (error) {
    problems.push(String(error));
  }
  return { world, problems, story };
}

/** One turn makes a plan, the next carries it out, however much has moved in between. */
function createPlanner(
  world: World,
  note: Stage['note'],
): { turn: () => Promise<readonly string[]> } {
  let kept: readonly PlannedRecord[] | null = null;
  return {
    turn: async () => {
      const records = kept;
      if (records === null) {
        const { problems, foretold } = await planWithoutTrace(world);
        kept = foretold.records;
        note(`planned: ${kept.length} records`);
        return problems;
      }
      const carried = await carry(world, records).catch(unlessKilled);
      // Whoever was killed over it begins again.
      if (carried === null) return [];
      kept = null;
      note(`carried out: ${carried.applied}, ${carried.moved} had moved`);
      return [];
    },
  };
}

/** Whoever carries a plan out is a process like any other, and has an end to its time here. */
function unlessKilled(error: unknown): null {
  if (error instanceof Crash || /time is up/.test(String(error))) return null;
  throw error;
}

async function sweep(world: World): Promise<void> {
  world.clock.advance(SWEEP_MS);
  await settle(world);
}

/** Two holders of the pulls tell each other so; a slice without time says that it did not move. */
function forgive({ errors }: World): void {
  const isExpected = (error: unknown): boolean =>
    /another pull of|does not move/.test(String(error));
  const left = errors.filter((error) => !isExpected(error));
  errors.splice(0, errors.length, ...left);
}

/**
 * A record killed twice by chance is taken for one that kills, and whom the app refuses for good stands
 * in the way of others: what they hold up says nothing about the rest.
 */
const isMistaken = ({ memory }: World): boolean =>
  readRecords(memory).some(
    ({ state: { parking } }) =>
      parking !== null && /ended the process twice|Forgotten|Compliance/.test(parking.reason),
  );

/** Who was archived or deleted at one end may rightly be missing there for good. */
const ALLOWED = {
  withoutPartner: true,
  withoutRow: true,
  // Edits by chance may look like a fight, and a withdrawal whose row went may leave consent in doubt.
  kinds: ['fight', 'consent'],
};

interface Stage {
  readonly world: World;
  readonly chance: Chance;
  readonly note: (text: string) => void;
  /** The first sync is over. */
  readonly isMet: boolean;
  /** How many addresses were given out. */
  addresses: number;
  /** How many values. */
  values: number;
}

/** People act for a while, and nobody works for the sync meanwhile. */
export function strollFor(
  world: World,
  { seed, acts, isMet }: { readonly seed: number; readonly acts: number; readonly isMet: boolean },
): void {
  const stage: Stage = {
    world,
    chance: dice(seed),
    note: () => undefined,
    isMet,
    addresses: world.audience.members.size,
    values: 0,
  };
  for (let act = 0; act < acts; act += 1) someoneActs(stage);
}

function dice(seed: number): Chance {
  const world = createWorld({ seed: seed * 7919 + 1 });
  return world.chance;
}

async function takeStep(stage: Stage): Promise<void> {
  const { world, chance } = stage;
  if (chance.isTrue(0.5)) {
    someoneActs(stage);
    return;
  }
  world.clock.advance(chance.pick([0, 200, 1_000, 3_000, 8_000, 30_000]));
  if (chance.isTrue(0.6)) ring(world);
  if (chance.isTrue(0.15)) repeatMessage(stage);
  Object.assign(world.hazards, noHazards());
  if (chance.isTrue(0.6)) prepareTrouble(stage);
  await work(stage);
}

/** A message sent earlier is delivered once more, late. */
function repeatMessage({ world, chance, note }: Stage): void {
  if (world.queues.sent.length === 0) return;
  const { group, body } = chance.pick(world.queues.sent);
  note(`again: ${group} ${body.slice(0, 120)}`);
  const waiting = world.queues.groups.get(group) ?? [];
  const at = chance.below(waiting.length + 1);
  waiting.splice(at, 0, { body, sentAt: world.clock.now(), receiveCount: chance.below(2) });
  world.queues.groups.set(group, waiting);
}

function prepareTrouble({ world, chance, note }: Stage): void {
  const { hazards } = world;
  const kind = chance.pick(['kill', 'kill', 'kill', 'app', 'crm', 'time'] as const);
  const from = world.steps.count;
  const at = from + 1 + chance.below(25);
  note(`trouble: ${kind} at step ${at}`);
  hazards.skewMs = () => chance.pick([-2_000, 0, 0, 2_000]);
  hazards.redeliveryMs = chance.pick([0, 2_000, 12_000]);
  if (kind === 'kill') hazards.dies = (step) => step === at;
  if (kind === 'time') hazards.timeIsUp = (step) => step === at;
  if (kind === 'crm') hazards.crmDown = () => world.steps.count === at;
  if (kind !== 'app') return;
  const faults = [
    'timeout-before',
    'timeout-after',
    'busy',
    'record-before',
    'record-after',
  ] as const;
  const fault = chance.pick(faults);
  hazards.appFault = (label) =>
    world.steps.count >= at - 8 && world.steps.count < at + 8 && label.startsWith('push')
      ? fault
      : null;
}

async function work({ world, chance, note }: Stage): Promise<void> {
  for (let count = 0; count < 8 && !isDrained(world.queues); count += 1) {
    const groups = [...world.queues.groups].flatMap(([group, messages]) =>
      messages.length > 0 ? [group] : [],
    );
    const group = chance.pick(groups);
    if (chance.isTrue(0.25)) {
      const other = chance.pick(groups);
      note(`together: ${group} and ${other}`);
      await deliverTogether(world, [group, other]);
    } else {
      note(`deliver ${group}`);
      await deliver(world, group);
    }
    if (chance.isTrue(0.2)) return;
  }
}

function someoneActs(stage: Stage): void {
  const { world, chance } = stage;
  // Who was never met is only known by the address: addresses then stay as they are.
  const acts = chance.isTrue(0.75) || !stage.isMet ? EDITS : MOVES;
  const [name, act] = chance.pick(Object.entries(acts));
  const text = act(stage);
  stage.note(`${name}: ${text ?? '–'}`);
  if (chance.isTrue(0.3)) world.clock.advance(chance.pick([100, 6_000]));
}

type Act = (stage: Stage) => string | null;

const anyKey = ({ world, chance }: Stage): CrmKey | null => {
  const keys = [...world.table.rows.keys()].filter((key) => !world.table.isLocked(key));
  return keys.length === 0 ? null : chance.pick(keys);
};

const anyMember = ({ world, chance }: Stage) => {
  const live = [...world.audience.members.values()].filter(({ isArchived }) => !isArchived);
  return live.length === 0 ? null : chance.pick(live);
};

const fresh = (stage: Stage): string => `v${(stage.values += 1)}`;
const newAddress = (stage: Stage): string => `p${(stage.addresses += 1)}@x.test`;

const editRow =
  (column: string): Act =>
  (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    const value = stage.chance.isTrue(0.1) ? null : fresh(stage);
    stage.world.crm.update(key, { [column]: value });
    return `${key} ${value}`;
  };

const editMember =
  (path: string): Act =>
  (stage) => {
    const member = anyMember(stage);
    if (member === null) return null;
    const value = stage.chance.isTrue(0.1) ? null : fresh(stage);
    stage.world.audience.people.update(member.email, { [path]: value });
    return `${member.id} ${value}`;
  };

const EDITS: Readonly<Record<string, Act>> = {
  'crm first_name': editRow('first_name'),
  'crm phone': editRow('phone'),
  'crm city': editRow('city'),
  'app first_name': editMember(PATHS.first_name),
  'app phone': editMember(PATHS.phone),
  'app city': editMember(PATHS.city),
  'crm tags': (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    const tags = ['a', 'b', 'c', 'd'].filter(() => stage.chance.isTrue(0.5));
    stage.world.crm.update(key, { tags });
    return `${key} ${tags.join()}`;
  },
  'app tags': (stage) => {
    const member = anyMember(stage);
    if (member === null) return null;
    const tags = ['a', 'b', 'c', 'd'].filter(() => stage.chance.isTrue(0.5));
    stage.world.audience.people.tag(member.email, tags);
    return `${member.id} ${tags.join()}`;
  },
};

const MOVES: Readonly<Record<string, Act>> = {
  'crm renames': (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    const email = newAddress(stage);
    stage.world.crm.update(key, { email });
    return `${key} ${email}`;
  },
  'crm swaps': (stage) => {
    const { world } = stage;
    const [a, b] = [anyKey(stage), anyKey(stage)];
    if (a === null || b === null || a === b) return null;
    const [first, second] = [a, b].map((key) => world.table.rows.get(key)?.['email']?.text ?? null);
    world.crm.update(a, { email: second ?? null });
    world.crm.update(b, { email: first ?? null });
    return `${a} ${b}`;
  },
  'app renames': (stage) => {
    const member = anyMember(stage);
    // What a batch made has no id of ours until it is listed: renamed before, it is a stranger.
    if (member === null || !stage.world.memory.links.has(member.id)) return null;
    const email = newAddress(stage);
    stage.world.audience.people.rename(member.email, email);
    return `${member.id} ${email}`;
  },
  'app unsubscribes': (stage) => {
    const member = anyMember(stage);
    if (member === null) return null;
    stage.world.withdrawals.set(member.id, stage.world.clock.now());
    stage.world.audience.people.unsubscribe(member.email);
    return member.id;
  },
  'crm unsubscribes': (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    stage.world.crm.update(key, { email_status: 'unsubscribed' });
    return key;
  },
  'app signs up': (stage) => stage.world.audience.people.signup(newAddress(stage)).id,
  'crm inserts': (stage) =>
    stage.world.crm.insert({ email: newAddress(stage), first_name: fresh(stage) }),
  'crm removes': (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    stage.world.crm.remove(key);
    return key;
  },
  'crm removes and inserts again': (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    const email = stage.world.table.rows.get(key)?.['email']?.text ?? null;
    const transaction = stage.world.table.begin();
    transaction.remove(key);
    const again = transaction.insert({ email, first_name: fresh(stage) });
    transaction.commit();
    return `${key} as ${again}`;
  },
  'app archives': (stage) => {
    const member = anyMember(stage);
    if (member === null) return null;
    stage.world.audience.people.archive(member.email);
    return member.id;
  },
  filter: (stage) => {
    const key = anyKey(stage);
    if (key === null) return null;
    const active = stage.chance.pick(['no', 'yes']);
    stage.world.crm.update(key, { active });
    return `${key} ${active}`;
  },
};
